"""Whose keys are known, for which purpose and when? The file of allowed signers, in the form that OpenSSH reads.

One line a key: `ann@example.com namespaces="ci-ml-event" ssh-ed25519 AAAA…`; see ALLOWED SIGNERS in ssh-keygen(1).
"""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from ci_ml.errors import ConfigError
from ci_ml.registry.signing.sshsig import fingerprint_of, key_type
from ci_ml.text import shown

_LARGEST = 1 << 20
# Principals stand in quotes as a whole, or in none; options end at the first blank outside quotes.
_PRINCIPALS = re.compile(r'(?:"([^"]*)"|([^\s"]+))\s+')
_OPTIONS = re.compile(r'((?:"[^"]*"|[^\s"])+)\s+')
_OPTION = re.compile(r'([A-Za-z-]+)(?:="([^"]*)")?(?:,|$)')
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?Z?")


@dataclass(frozen=True, kw_only=True)
class AllowedKey:
    """One line of the file.

    Attributes:
        principals: who holds the key, as patterns; usually one name.
        namespaces: patterns of what it may sign; None for everything.
        valid_after, valid_before: in UTC, whatever the machine's time zone; both belong to the time.
        line: its number in the file.
    """

    principals: tuple[str, ...]
    fingerprint: str
    namespaces: tuple[str, ...] | None = None
    valid_after: datetime | None = None
    valid_before: datetime | None = None
    line: int = 0

    @property
    def named(self) -> bool:
        """Whether it belongs to somebody: a pattern such as *@example.com is nobody in particular."""
        return not any(set(name) & set("*?!") for name in self.principals)

    def serves(self, namespace: str) -> bool:
        """Whether the key may sign this kind of thing."""
        return self.namespaces is None or any(fnmatchcase(namespace, pattern) for pattern in self.namespaces)

    def is_valid(self, at: datetime) -> bool:
        after, before = self.valid_after, self.valid_before
        return not (after and at < after) and not (before and at > before)


@dataclass(frozen=True, kw_only=True)
class AllowedSigners:
    """A file of allowed signers: `name` for messages, `text` as ssh-keygen reads it, and what its lines say."""

    name: str
    text: str
    keys: tuple[AllowedKey, ...]

    def of(self, fingerprint: str) -> tuple[AllowedKey, ...]:
        """The lines of one key."""
        return tuple(key for key in self.keys if key.fingerprint == fingerprint)

    def person(self, key: AllowedKey) -> str | None:
        """One name for whoever holds a key: lines that share a principal are one person. None for a pattern."""
        if not key.named:
            return None
        names = set(key.principals)
        own = [other for other in self.keys if other.named]
        for _ in own:  # as far apart as two lines can be
            names |= {name for other in own if names & set(other.principals) for name in other.principals}
        return next(name for other in own if names & set(other.principals) for name in other.principals)

    def calls(self, person: str, name: str) -> bool:
        """Whether a name is one of a person's."""
        return any(name in key.principals and self.person(key) == person for key in self.keys)


def parse_signers(text: str, *, name: str) -> AllowedSigners:
    """Read a file of allowed signers.

    Args:
        name: what to call the file in errors.

    Raises:
        ConfigError: a line that ssh-keygen would pass over in silence; the message starts with `name:line`.
    """
    if len(text) > _LARGEST:
        raise ConfigError(f"{name} has {len(text):,} characters; at most {_LARGEST:,} are read.")
    keys = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                keys += list(_keys(line.strip(), number))
            except ValueError as error:
                raise ConfigError(
                    f"{name}:{number}: {error}.",
                    hint='A line is: ann@example.com namespaces="ci-ml-event" ssh-ed25519 AAAA…',
                ) from None
    return AllowedSigners(name=name, text=text, keys=tuple(keys))


def check_revoked(content: bytes, *, name: str) -> None:
    """Refuse a list of revoked keys that ssh-keygen could not read: it would take every key for revoked.

    Raises:
        ConfigError: it is neither a KRL, nor a list of public keys; the message starts with `name:line`.
    """
    if content.startswith(b"SSHKRL\n\0"):
        return
    for number, line in enumerate(content.split(b"\n"), start=1):
        text = line.decode("utf-8", "replace").strip()
        if text and not text.startswith("#") and not _begins_with_key(text):
            raise ConfigError(
                f"{name}:{number}: there is no public key.",
                hint="A line is: ssh-ed25519 AAAA…   (or the file is a KRL, written by ssh-keygen -k)",
            )


def _keys(line: str, number: int) -> Iterator[AllowedKey]:
    principals, options, encoded = _parts(line)
    given = _options(options)
    if "cert-authority" in given:  # certificates are not read here
        return
    names = tuple(name for name in principals.split(",") if name)
    if not names:
        raise ValueError("it names nobody")
    if any(name.startswith("!") for name in names):
        raise ValueError("a principal that starts with '!' is not read here")
    namespaces = given.get("namespaces")
    yield AllowedKey(
        principals=names,
        fingerprint=fingerprint_of(base64.b64decode(encoded)),
        namespaces=tuple(namespaces.split(",")) if namespaces is not None else None,
        valid_after=_moment(given.get("valid-after")),
        valid_before=_moment(given.get("valid-before")),
        line=number,
    )


def _parts(line: str) -> tuple[str, str, str]:
    """Principals, options if there are any, and the key in base64."""
    found = _PRINCIPALS.match(line)
    rest, options = line[found.end() :] if found else "", ""
    if not _begins_with_key(rest):
        own = _OPTIONS.match(rest)
        options, rest = (own[1], rest[own.end() :]) if own else ("", "")
    if found is None or not _begins_with_key(rest):
        raise ValueError("a quotation mark is not closed" if line.count('"') % 2 else "there is no public key")
    return found[1] or found[2] or "", options, rest.split()[1]


def _begins_with_key(text: str) -> bool:
    words = text.split(maxsplit=2)
    try:
        return len(words) >= 2 and key_type(base64.b64decode(words[1], validate=True)) == words[0]
    except (binascii.Error, ValueError):
        return False


def _options(text: str) -> dict[str, str]:
    given: dict[str, str] = {}
    place = 0
    while place < len(text):
        found = _OPTION.match(text, place)
        name = found[1].lower() if found else ""
        if found is None or name not in ("cert-authority", "namespaces", "valid-after", "valid-before"):
            raise ValueError(f"'{shown(text[place:])}' is no option of allowed signers")
        if (found[2] is None) != (name == "cert-authority"):
            raise ValueError(f'{name} is written {name}="…"' if found[2] is None else f"{name} takes no value")
        if name in given:
            raise ValueError(f"{name} stands twice")
        given[name] = found[2] or ""
        place = found.end()
    return given


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    found = _MOMENT.fullmatch(text)
    try:
        return datetime(*(int(part) for part in found.groups() if part), tzinfo=UTC) if found else _no_moment(text)  # type: ignore[misc, arg-type]
    except ValueError:
        return _no_moment(text)


def _no_moment(text: str) -> datetime:
    raise ValueError(f"'{shown(text)}' is no time such as 20270131 or 202701311200Z")
