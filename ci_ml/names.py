"""Which names may models, stages and versions have, and which path does a model get on the registry's branch?

A name must be readable by GTO and be possible in a git reference, for every name ends up in a tag.
"""

import re
from dataclasses import dataclass
from functools import cache

from ci_ml.errors import ConfigError
from ci_ml.text import shown

# GTO's grammar. "dir:name" is its monorepo form; a tag has "=" where the name has ":".
_PART = r"[A-Za-z0-9](?:[A-Za-z0-9_/-]*[A-Za-z0-9])?"
MODEL_PATTERN = rf"(?:[A-Za-z0-9_./-]+:)?{_PART}"
_NUMBER = r"(?:0|[1-9][0-9]*)"
_LABEL = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
VERSION_PATTERN = (
    rf"v({_NUMBER})\.({_NUMBER})\.({_NUMBER})(?:-({_LABEL}(?:\.{_LABEL})*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
)
STAGE_PATTERN = _PART

# Compiled when they are needed: `which` needs one of them.
_compiled = cache(re.compile)

LONGEST_NAME = 200  # bytes, encoded: room for a tag's ending in the 255 bytes that file systems allow
LONGEST_STAGE = 64
LONGEST_VERSION = 64


def is_model(name: str) -> bool:
    """Whether a model may be called so: tags can carry it, git and file systems take it."""
    return _fault(name) is None


def is_stage(stage: str) -> bool:
    return len(stage) <= LONGEST_STAGE and bool(_compiled(STAGE_PATTERN).fullmatch(stage)) and "//" not in stage


def check_model(name: str) -> str:
    """The name itself, if a model may have it.

    Raises:
        ConfigError: why not.
    """
    fault = _fault(name)
    if fault:
        raise ConfigError(
            f"'{shown(name)}' cannot be a model's name: {fault}.",
            hint="Letters, digits, '-', '_' and '/' in between; for a monorepo 'folder:name'.",
        )
    return name


def check_stage(stage: str) -> str:
    """The stage itself, if tags can carry it.

    Raises:
        ConfigError: they cannot.
    """
    if not is_stage(stage):
        raise ConfigError(
            f"'{shown(stage)}' cannot be a stage's name.",
            hint=f"Letters, digits, '-', '_' and '/' in between; at most {LONGEST_STAGE} characters.",
        )
    return stage


def encode(name: str) -> str:
    """A model's name as one path component.

    >>> encode("models/churn:classifier")
    'models%2Fchurn=classifier'
    """
    return check_model(name).replace(":", "=").replace("/", "%2F")


def decode(component: str) -> str | None:
    """The model whose folder this is; None for a folder that no model can have.

    >>> decode("models%2Fchurn=classifier")
    'models/churn:classifier'
    """
    name = component.replace("%2F", "/").replace("=", ":")
    return name if is_model(name) and encode(name) == component else None


def in_tag(name: str) -> str:
    """A model's name as tags write it."""
    return name.replace(":", "=")


def _fault(name: str) -> str | None:
    if len(name.encode("utf-8", "surrogatepass").replace(b"/", b"%2F")) > LONGEST_NAME:
        return f"it is longer than {LONGEST_NAME} bytes"
    if not _compiled(MODEL_PATTERN).fullmatch(name):
        return "tags cannot carry it"
    # What GTO allows and git does not (git check-ref-format), and a leading dash, which commands take for an option.
    path = in_tag(name)
    if path.startswith("-"):
        return "it starts with '-'"
    if ".." in path:
        return "it contains '..'"
    for part in path.split("/"):
        if not part:
            return "it has an empty part between slashes"
        if part.startswith(".") or part.endswith(".lock"):
            return f"git allows no part such as '{part}'"
    return None


@dataclass(frozen=True)
class Version:
    """A semantic version; order by `precedence`, in which build metadata does not count."""

    major: int
    minor: int
    patch: int
    prerelease: str = ""
    build: str = ""

    def __str__(self) -> str:
        ends = (f"-{self.prerelease}" if self.prerelease else "") + (f"+{self.build}" if self.build else "")
        return f"v{self.major}.{self.minor}.{self.patch}{ends}"

    @property
    def precedence(self) -> tuple[object, ...]:
        # A release comes after its prereleases; numbers before words, and compared as numbers.
        labels = tuple(
            (0, int(label), "") if label.isdigit() else (1, 0, label) for label in self.prerelease.split(".") if label
        )
        return (self.major, self.minor, self.patch, not self.prerelease, labels)


def parse_version(text: str) -> Version | None:
    """A version such as v1.2.3 or v2.0.0-rc.1; None for any other text."""
    found = _compiled(VERSION_PATTERN).fullmatch(text) if len(text) <= LONGEST_VERSION else None
    if found is None:
        return None
    major, minor, patch, prerelease, build = found.groups()
    return Version(int(major), int(minor), int(patch), prerelease or "", build or "")


def with_v(version: str) -> str:
    """A version as it is stored, from how a person may type it.

    >>> with_v("1.2.0")
    'v1.2.0'
    """
    return version if version.startswith("v") else f"v{version}"


def check_version(text: str) -> str:
    """The version itself.

    Raises:
        ConfigError: it is no semantic version with a "v".
    """
    if parse_version(text) is None:
        raise ConfigError(f"'{shown(text)}' is not a version.", hint="Versions look like v1.2.3.")
    return text
