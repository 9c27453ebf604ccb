"""Is the registry what it was? Every rule that verification holds the branch to, as pure functions."""
