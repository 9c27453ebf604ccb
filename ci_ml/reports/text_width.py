"""How wide is a text in a terminal, and how is it folded to be no wider than asked? Nothing is cut off."""

import unicodedata

GLUE = "\u00a0"  # between words that stay on one line


def columns(line: str) -> int:
    """How many columns a terminal gives the text.

    >>> columns("abc"), columns("日本"), columns("e\\u0301")
    (3, 4, 1)
    """
    if line.isascii():
        return len(line)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def padded(cell: str, width: int) -> str:
    """With spaces behind it, as wide as asked."""
    return cell + " " * (width - columns(cell))


def folded(text: str, width: int, *, gap: str = " ") -> list[str]:
    """The text on as many lines as it takes, parted at `gap`; only a word that is wider than a line is broken.

    >>> folded("roc_auc carrier=AA", 12), folded("abcdefgh ij", 5)
    (['roc_auc', 'carrier=AA'], ['abcde', 'fgh', 'ij'])
    """
    lines: list[str] = []
    for word in text.split(gap):
        if lines and columns(lines[-1]) + columns(gap) + columns(word) <= width:
            lines[-1] += gap + word
        else:
            lines += _broken(word, width)
    return lines


def _broken(word: str, width: int) -> list[str]:
    """A word in pieces that fit; a character that is wider than a line stands on one of its own."""
    if columns(word) <= width:
        return [word]
    pieces = [""]
    for character in word:
        if pieces[-1] and columns(pieces[-1] + character) > width:
            pieces.append("")
        pieces[-1] += character
    return pieces
