"""Where comments, checks and deployments go: the local folder by default."""
