"""How a number of things is said, and how a text from elsewhere is shown without acting on a terminal."""

from collections.abc import Iterable

_ODD = "\N{REPLACEMENT CHARACTER}"


def count(number: int, noun: str = "", nouns: str = "") -> str:
    """
    >>> count(12377, "row"), count(1, "row"), count(2, "family", "families"), count(1000)
    ('12,377 rows', '1 row', '2 families', '1,000')
    """
    return f"{number:,} {noun if number == 1 else nouns or noun + 's'}" if noun else f"{number:,}"


def rows_of_groups(rows: int, groups: int | None, *, row: str = "row") -> str:
    """
    >>> rows_of_groups(12377, 59), rows_of_groups(1, None, row="held-out row")
    ('12,377 rows of 59 groups', '1 held-out row')
    """
    return count(rows, row) + (f" of {count(groups, 'group')}" if groups is not None else "")


def and_more(names: Iterable[str], most: int = 3) -> str:
    """
    >>> and_more(["a", "b", "c", "d"]), and_more(["a", "b"])
    ('a, b, c and 1 more', 'a, b')
    """
    everything = list(names)
    return ", ".join(everything[:most]) + rest(len(everything) - most)


def rest(left_out: int) -> str:
    """The end of a list that is cut.

    >>> rest(1200), rest(0)
    (' and 1,200 more', '')
    """
    return f" and {left_out:,} more" if left_out > 0 else ""


def inert(text: str) -> str:
    """Lines for a terminal that carry nothing but letters: what was found elsewhere may try to steer it.

    >>> inert("a\\x1b[31m\\nb")
    'a�[31m\\nb'
    """
    if text.isprintable():  # nearly every text is, and verifying a long registry looks at very many
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else _ODD for c in text)


def shown(text: object, limit: int = 80) -> str:
    """Enough of a text from elsewhere to recognise it: one line, nothing that garbles or reorders a terminal.

    >>> shown("a\\x1b[31m\\nb"), shown("a long name", limit=7)
    ('a�[31m b', 'a long…')
    """
    line = inert(" ".join(str(text).split()))
    return line if len(line) <= limit else line[: limit - 1] + "…"


def printable(path: str) -> str:
    """A path that JSON can hold: bytes that are no UTF-8 are spelled out.

    >>> printable("caf\\udce9")
    'caf\\\\xe9'
    """
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
