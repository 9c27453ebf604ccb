"""Which version number does a model get? It follows from what changed since the version before."""

from typing import Literal

from ci_ml.names import Version, parse_version
from ci_ml.registry.facts import Facts
from ci_ml.registry.history import History

Bump = Literal["patch", "minor", "major"]
BUMPS: tuple[Bump, ...] = ("patch", "minor", "major")
FIRST = "v1.0.0"

# What changed -> what it is called. Only data, or nothing at all, is a patch.
_MINOR = {
    "code": "the code",
    "features": "the features",
    "parameters": "the parameters",
    "environment": "the environment",
}


def next_version(history: History, facts: Facts, *, at_least: Bump | None = None) -> tuple[str, str, str]:
    """The version a model gets, which number it raises, and why.

    Args:
        facts: of the model that is to be registered.
        at_least: a label or option that may raise the step, never lower it.

    Returns:
        Such as ("v1.1.0", "minor", "the code changed"); the first is ("v1.0.0", "major", "the first version").
    """
    highest = _highest(history)
    if highest is None:
        return FIRST, "major", "the first version"
    step, why = _step(history.facts_of(str(highest)), facts)
    if at_least is not None and BUMPS.index(at_least) > BUMPS.index(step):
        step, why = at_least, f"{at_least} was asked for; {why}"
    return str(_raised(highest, step)), step, why


def _highest(history: History) -> Version | None:
    # Withdrawn versions count: a number is never given twice.
    parsed = [version for version in map(parse_version, history.releases) if version]
    return max(parsed, key=lambda version: version.precedence, default=None)


def _step(before: Facts | None, after: Facts) -> tuple[Bump, str]:
    if before is None:
        return "minor", "what the version before was made from is not known"
    if before.io_schema != after.io_schema and before.io_schema and after.io_schema:
        return "major", "the schema of its inputs or outputs changed"
    changed = [words for name, words in _MINOR.items() if getattr(before, name) != getattr(after, name)]
    if changed:
        return "minor", f"{_listed(changed)} changed"
    if before.code is None:
        return "minor", "whether the code changed cannot be told"
    if before.data != after.data:
        return "patch", "trained on other data"
    return "patch", "trained again on the same data"


def _raised(version: Version, step: Bump) -> Version:
    if step == "major":
        return Version(version.major + 1, 0, 0)
    if step == "minor":
        return Version(version.major, version.minor + 1, 0)
    # The release that a prerelease announces comes after it.
    return Version(version.major, version.minor, version.patch + (0 if version.prerelease else 1))


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
