"""The use cases: judge, promote a merge, register, roll back, verify. Values and adapters in, answers out."""
