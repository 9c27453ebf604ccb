"""The machine: running what the configuration names, and writing down what it took."""
