"""The registry as GTO sees it: which tags follow from events, and which events from tags."""
