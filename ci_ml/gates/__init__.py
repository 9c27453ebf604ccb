"""Is it good enough? One hypothesis a gate, all gates together a verdict."""
