"""Which hypotheses can a gate state? Each is one entry of one table; everything about it follows from there."""
