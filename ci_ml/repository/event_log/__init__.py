"""The registry's branch in git: read it, append to it, write the tags that follow from it."""
