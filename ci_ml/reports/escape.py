"""Make values from data, file and branch names inert in GitHub's Markdown.

GitHub acts twice: its parser makes links, images and HTML, and afterwards a filter over the rendered text makes
mentions (`@name`), references (`#1`, `GH-1`, commit ids), emoji and formulas. A code span is left alone by both, so it
is the first choice; `text` is for words that read better as words. HTML needs none of this: Jinja2 escapes it.
"""

import re
import unicodedata

# A letter may carry this many accents; more of them would be drawn over the lines above.
_MOST_MARKS = 3

_BREAK = "\u200b"  # zero-width space: seen by the filters, not by the reader
_PUNCTUATION = re.compile(r"[\\`*\[\]<|~&$]|(?<![^\W_])_|_(?![^\W_])")
_LINE_START = re.compile(r"^(?:[-+=:](?!\w)|[#>])")
_NUMBERED = re.compile(r"^(\d+)([.)])(?=\s|$)")
_FILTERED = (
    re.compile(r"(?<=@)(?=\S)"),  # mentions, e-mail addresses
    re.compile(r"(?<=#)(?=\w)"),  # issues
    re.compile(r"(?<=\bGH)(?=-\d)", re.IGNORECASE),
    re.compile(r"(?<=:)(?=\S)"),  # protocols, emoji
    re.compile(r"(?<=www)(?=\.)", re.IGNORECASE),
    re.compile(r"(?<=\$)"),  # formulas
)
_COMMIT = re.compile(r"\b[0-9a-f]{7,}\b", re.IGNORECASE)


def plain(value: object, limit: int = 400) -> str:
    """One visible line: no controls or invisible marks, single spaces, at most `limit` characters.

    >>> plain("a\\r\\n  b\\u202e")
    'a b'
    """
    # More than this is never shown, and an attacker's megabyte need not be looked at.
    start = str(value)[: 20 * limit]
    seen = start if start.isascii() and start.isprintable() else _seen(start)  # nearly every text is
    line = re.sub(r"\s+", " ", seen).strip()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def code(value: object, limit: int = 80) -> str:
    """The value as an inert code span that is safe in a table cell; `–` for an empty one.

    >>> code("a|b `c` @bob")
    '`` a\\\\|b `c` @bob ``'
    """
    line = plain(value, limit)
    if not line:
        return "–"
    longest = max((len(run) for run in re.findall(r"`+", line)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if longest else ""
    # A table cell ends at a bare pipe, code span or not; `\|` is the only backslash that code spans in tables obey.
    return f"{fence}{pad}{line}{pad}{fence}".replace("|", "\\|")


def text(value: object, limit: int = 400) -> str:
    """The value as plain words that mean nothing to Markdown or to GitHub's filters; safe in a table cell.

    >>> text("roc_auc of *all* rows")
    'roc_auc of \\\\*all\\\\* rows'
    """
    line = _unfiltered(plain(value, limit))
    # A backslash is written as a reference: before the pipe that ends a cell it would keep the cell open.
    line = _PUNCTUATION.sub(lambda found: "&#92;" if found[0] == "\\" else f"\\{found[0]}", line)
    line = _LINE_START.sub(r"\\\g<0>", line)
    return _NUMBERED.sub(r"\1\\\2", line)


def in_html(value: object, limit: int = 400) -> str:
    """The value as inert words on a line that begins with an HTML tag, where Markdown's own escapes do not hold.

    >>> in_html("<b> & *b*")
    '&lt;b&gt; &amp; *b*'
    """
    from html import escape  # with the table of all entities, which no terminal needs

    return escape(_unfiltered(plain(value, limit)))


def _unfiltered(line: str) -> str:
    """With breaks, where GitHub's filters would find something."""
    for place in _FILTERED:
        line = place.sub(_BREAK, line)
    return _COMMIT.sub(lambda found: re.sub(".{6}(?=.)", rf"\g<0>{_BREAK}", found[0]), line)


def _seen(text: str) -> str:
    """What is left to see of a text."""
    # No controls, bidi and other invisible marks, line separators, surrogates, private use, unassigned: they reorder or
    # hide what follows them.
    composed = unicodedata.normalize("NFC", text)
    return _with_few_marks("".join(c if c.isprintable() else " " for c in composed))


def _with_few_marks(line: str) -> str:
    kept, marks = [], 0
    for character in line:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)
