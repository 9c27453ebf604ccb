"""Which card does a model's page show? That of the version that matters, if it is still the one that was filed."""

from collections.abc import Callable
from dataclasses import dataclass

from ci_ml.hashing import sha256_hex
from ci_ml.names import encode as folder_of
from ci_ml.registry.branch_paths import evidence_folder
from ci_ml.registry.history import History, Release

NAME = "model_card.md"
# The page is written anew with every event; a longer card is only linked.
LONGEST = 16 * 1024  # bytes
_MAIN_STAGE = "production"


@dataclass(frozen=True, kw_only=True)
class Shown:
    """The card of one version, for the model's page.

    Attributes:
        stage: the one it holds, for whose sake it is shown; empty for the latest version.
        body: Markdown; empty where there is none to show, and then `why` says so.
    """

    release: Release
    stage: str
    body: str = ""
    why: str = ""


def card_shown(history: History, evidence: Callable[[str], bytes | None]) -> Shown | None:
    """The card of the holder of the last stage, else of the latest version; None while there is no version.

    Args:
        evidence: path on the branch -> content; None where it cannot be had.
    """
    stage = main_stage(history)
    release = history.releases[history.holders[stage]] if stage else _latest(history)
    if release is None:
        return None
    content, why = _content(history, release, evidence)
    return Shown(release=release, stage=stage, body=content, why=why)


def body(card: str) -> str:
    """A card's Markdown as a part of another page: without front matter and title, its headings one level down.

    >>> body("---\\nlicense: mit\\n---\\n# m\\n\\n## Purpose\\n\\nx\\n")
    '### Purpose\\n\\nx'
    """
    rest = card.partition("\n---\n")[2] if card.startswith("---\n") else card
    lines = [line for line in rest.splitlines() if not line.startswith("# ")]
    return "\n".join(f"#{line}" if line.startswith("##") else line for line in lines).strip("\n")


def main_stage(history: History) -> str:
    """The held stage that matters most: production, else the one that was entered last for the first time.

    Events do not say in which order ci-ml.yaml names the stages, but a version passes through them in that order.
    """
    held = [stage for stage in history.stages if stage in history.holders]
    return _MAIN_STAGE if _MAIN_STAGE in held else held[-1] if held else ""


def card_path(history: History, version: str) -> str:
    """Where a version's card lies on the branch, if it has one."""
    return f"{evidence_folder(folder_of(history.model), version)}/{NAME}"


def _latest(history: History) -> Release | None:
    return history.latest or next(iter(list(history.releases.values())[::-1]), None)


def _content(history: History, release: Release, evidence: Callable[[str], bytes | None]) -> tuple[str, str]:
    path = card_path(history, release.version)
    if release.facts is None:
        return "", "was imported, so there is no card of it"
    if path not in release.registered.evidence:
        return "", "was registered without a card"
    content = evidence(path)
    if content is None:
        return "", "has a card that could not be read when this page was made"
    if sha256_hex(content) != release.registered.evidence[path].sha256:
        return "", "has a card that is not the one that was filed: ci-ml registry verify"
    if len(content) > LONGEST:
        return "", "has a card too long for this page"
    return body(content.decode("utf-8", "replace")), ""
