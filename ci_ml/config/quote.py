"""Text written so that YAML reads it back as just that text: in hints, and in the configuration that `init` writes."""

import re

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]+)*")
_KEYWORDS = ("true", "false", "null", "yes", "no", "on", "off")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def quote(text: str) -> str:
    """A YAML scalar: plain where that is safe and stays text, else in double quotes.

    >>> quote("y_score"), quote("007"), quote("no"), quote('say "hi": #1')
    ('y_score', '"007"', '"no"', '"say \\\\"hi\\\\": #1"')
    """
    if _PLAIN.fullmatch(text) and text.lower() not in _KEYWORDS:
        return text
    return '"' + "".join(_ESCAPES.get(c) or (c if c.isprintable() else _escape(c)) for c in text) + '"'


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
