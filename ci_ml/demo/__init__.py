"""The main job end to end on real flights: `ci-ml demo`."""
