"""Which versions exist, and which is in each stage? Pure functions over the events of the log."""
