"""How a number of things is said."""


def count(number: int, noun: str) -> str:
    """`1 row`, `12,377 rows`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
