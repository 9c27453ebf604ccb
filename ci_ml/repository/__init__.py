"""The working copy: git, the event log's branch, predictions files, stored artifacts."""
