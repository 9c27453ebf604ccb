"""Machine-learning delivery that lives in the git repository."""

# The same as in pyproject.toml. To ask importlib.metadata takes longer than most commands do.
VERSION = "0.1.0"
