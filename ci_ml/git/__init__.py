"""Git as the product uses it: questions, writes, objects, fetching, locks."""
