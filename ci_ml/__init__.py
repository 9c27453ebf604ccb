"""Machine-learning delivery that lives in the git repository."""
