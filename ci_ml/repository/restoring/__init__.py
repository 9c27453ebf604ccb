"""A release as a folder: everything that a version pins, whole and checked, or nothing."""
