"""What does the name of a slice say: a column, or a condition such as 'age >= 60'?"""

import re
from dataclasses import dataclass

from ci_ml.errors import ConfigError
from ci_ml.text import shown

_CONDITION = re.compile(r"\s*(?P<column>[^<>=!]*?)\s*(?P<sign>==|!=|<=|>=|<|>)\s*(?P<value>[^<>=!\s].*?)\s*")
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
HOW_TO_WRITE_ONE = "A condition is a column, one of == != < <= > >=, and a number or text: age >= 60."


@dataclass(frozen=True, kw_only=True)
class Condition:
    """`column sign value`; the value is a number, or text (`quoted` where the user said so)."""

    column: str
    sign: str
    value: float | str
    text: str


def looks_like_condition(by: str) -> bool:
    """Whether it has a sign in it, which no column of a slice may have."""
    return any(sign in by for sign in "<>=")


def is_slice(by: str) -> bool:
    """Whether it is a column, or a condition that is whole."""
    return not looks_like_condition(by) or _parse(by) is not None


def parse(by: str) -> Condition | None:
    """A condition, or None for the name of a column.

    Raises:
        ConfigError: it looks like a condition but is none.

    >>> parse("age >= 60")
    Condition(column='age', sign='>=', value=60.0, text='60')
    """
    if not looks_like_condition(by):
        return None
    found = _parse(by)
    if found is None:
        raise ConfigError(f"slice '{shown(by)}' is neither a column nor a condition.", hint=HOW_TO_WRITE_ONE)
    return found


def slice_column(by: str) -> str:
    """The column that a slice is cut from.

    Raises:
        ConfigError: it looks like a condition but is none.
    """
    condition = parse(by)
    return condition.column if condition else by.strip()


def _parse(by: str) -> Condition | None:
    match = _CONDITION.fullmatch(by)
    if not match or not match["column"]:
        return None
    column, sign, text = match["column"], match["sign"], match["value"]
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"":
        return Condition(column=column, sign=sign, value=text[1:-1], text=text[1:-1])
    return Condition(column=column, sign=sign, value=float(text) if _NUMBER.fullmatch(text) else text, text=text)
