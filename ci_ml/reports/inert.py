"""Jinja2 for Markdown that cannot forget to escape: what is put out must have passed a filter of this module."""

import re
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from ci_ml import assets
from ci_ml.reports import escape
from ci_ml.text import count

if TYPE_CHECKING:
    from jinja2 import Environment

    from ci_ml.reports.report import Line

_OUR_NUMBERS = re.compile(r"[\d.,+−\-\[\] ]*( (MB|bytes?|%))?")
_OUTCOMES = {
    "pass": "pass",
    "fail": "❌\u00a0**fail**",
    "undecided": "❔\u00a0undecided",
    "not applicable": "not applicable",
}


class Inert(str):
    """Text that does nothing in Markdown but be read."""

    __slots__ = ()


@cache
def environment() -> "Environment":
    """The environment of all Markdown templates.

    Raises (while rendering):
        TypeError: a template puts out a value that no filter has made inert.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(assets.root() / "templates"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701  (HTML's escapes are the wrong ones here; `finalize` sees to Markdown's)
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        finalize=_only_inert,
    )
    made.filters |= {
        "code": lambda value, limit=80: Inert(escape.code(value, limit)),
        "text": lambda value, limit=400: Inert(escape.text(value, limit)),
        "html": lambda value, limit=400: Inert(escape.in_html(value, limit)),
        "number": lambda value: Inert(_number(value)),
        "value": lambda value, limit=120: Inert(_value(value, limit)),
        "count": lambda value, noun="": Inert(escape.text(count(value, noun))),
        "more": lambda value, noun: Inert(f"… and {count(value, f'more {noun}')}" if value else ""),
        "line": lambda value: Inert(inert_line(value)),
        "outcome": lambda value: Inert(_OUTCOMES[value]),
    }
    return made


def inert_line(line: "Line") -> str:
    """Spans as Markdown."""
    form: dict[str, Callable[[str], str]] = {
        "": _with_ends,
        "code": escape.code,
        "strong": lambda words: f"**{escape.text(words)}**",
    }
    return "".join(form[span.style](span.text) for span in line)


def typographic(numbers: str) -> str:
    """With a true minus, as wide as the plus.

    >>> typographic("-0.087 [-0.108, -0.066]")
    '−0.087 [−0.108, −0.066]'
    """
    return re.sub(r"-(?=\d)", "−", numbers)


def _number(numbers: str) -> str:
    """Our own numbers need no escapes, and read better without."""
    shown = typographic(numbers)
    if not _OUR_NUMBERS.fullmatch(shown):
        return escape.text(shown)
    # An interval, and a number with its unit, stay on one line.
    return re.sub(r"(?<=,) (?=[+−\d])|(?<=\d) (?=[%A-Za-z])", "\u00a0", shown)


def _value(value: str, limit: int) -> str:
    """A setting's value: one token such as a digest or a path is a code, numbers and words are text."""
    is_token = " " not in value.strip() and not _OUR_NUMBERS.fullmatch(value) and not value.isalpha()
    return escape.code(value, limit) if is_token else escape.text(value, limit)


def _with_ends(words: str) -> str:
    """Escaped, but with the spaces at both ends that hold spans apart."""
    left, right = words[: len(words) - len(words.lstrip())], words[len(words.rstrip()) :]
    return f"{left and ' '}{escape.text(words)}{right and ' '}"


def _only_inert(value: object) -> object:
    if isinstance(value, Inert):
        return value
    raise TypeError(f"a Markdown template puts out {value!r}, which no filter has made inert")
