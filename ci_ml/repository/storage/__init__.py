"""Where models, predictions and data lie, by digest: the caches, DVC's remotes, git itself."""
