"""Registries that GTO and ci-ml both read: tags as people and GTO leave them, and what ci-ml does afterwards."""

import os
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from registry_makers import NOW, STAGES, commit_change, facts, hexes, make_repository

from ci_ml.errors import CiMlError
from ci_ml.git.questions import Git
from ci_ml.names import in_tag
from ci_ml.registry import lifecycle, moves
from ci_ml.registry.event_builder import seal
from ci_ml.registry.gto.adopting import adopt, in_order
from ci_ml.registry.gto.rules import PRIORITY
from ci_ml.registry.gto.tags import Tag, implied_tags
from ci_ml.registry.history import History
from ci_ml.registry.payloads import Imported

MODELS = ("late-flight", "models/churn:classifier")


@dataclass(frozen=True)
class World:
    """One repository in which the tags of many worlds lie, one after the other."""

    git: Git
    commits: list[str]

    @classmethod
    def make(cls, folder: Path, commits: int = 12) -> "World":
        git = make_repository(folder)
        return cls(git, [git.head() or "", *(commit_change(git, f"change {n}") for n in range(commits - 1))])

    def replace_tags(self, tags: Iterable[Tag]) -> None:
        """Exactly these tags are in the repository now."""
        old = self.git.ask("for-each-ref", "--format=delete %(refname)", "refs/tags")
        subprocess.run(["git", "update-ref", "--stdin"], cwd=self.git.root, input=old.encode(), check=True)
        lines = []
        for tag in tags:
            message = tag.message.encode()
            head = f"tag {tag.name}\nfrom {tag.target}\ntagger {tag.tagger} {int(tag.at.timestamp())} {tag.zone}\n"
            lines.append(head.encode() + b"data %d\n" % len(message) + message + b"\n")
        subprocess.run(["git", "fast-import", "--quiet"], cwd=self.git.root, input=b"".join(lines), check=True)


def raw_tags(rng: Random, model: str, commits: Sequence[str], *, count: int, crowded: bool = False) -> list[Imported]:
    """Tags as they come to lie in a registry of GTO's: simple and with counters, clocks that lag, stages never left.

    Args:
        crowded: whether several versions may lie on one commit, where GTO itself may stop.
    """
    found: dict[str, Imported] = {}
    for number in range(1, count + 1):
        action = rng.choice(["register"] * 3 + ["deregister"] + ["assign"] * 5 + ["unassign"] * 2 + ["deprecate"])
        place = rng.randrange(len(commits))
        version = f"v0.{place if not crowded else rng.randrange(len(commits))}.0"
        stage = rng.choice(STAGES)
        ending = {
            "register": f"@{version}",
            "deregister": f"@{version}!",
            "assign": f"#{stage}",
            "unassign": f"#{stage}!",
            "deprecate": "@deprecated",
        }[action]
        name = in_tag(model) + ending + (f"#{number}" if rng.random() < 0.7 else "")
        time = NOW - timedelta(days=20) + timedelta(seconds=number // 2 - (3 if rng.random() < 0.1 else 0))
        found.setdefault(
            name,
            Imported(
                tag=name,
                object=hexes((model, name, number), 40),
                target=commits[place],
                annotated=True,
                tagger="Bea <bea@example.com>",
                time=f"{int(time.timestamp())} {rng.choice(['+0000', '+0530', '-0800'])}",
                message=f"{action} {version}\n",
            ),
        )
    return list(found.values())


def begin(model: str, tags: Iterable[Imported]) -> History:
    """The history that an import of these tags makes."""
    return _sealed(History(model=model), adopt(History(model=model), in_order(tags)), NOW)


def go_on(history: History, rng: Random, commits: Sequence[str], *, moves_made: int) -> History:
    """Moves of ci-ml's own, as its commands decide them; what they would refuse is left out."""
    fresh = [commit for commit in commits if commit not in {r.commit for r in history.releases.values()}]
    for number in range(moves_made):
        at = NOW + timedelta(seconds=(number // 3) * 5 - (60 if number % 7 == 6 else 0))
        try:
            decision = _decide(history, rng, fresh, number)
        except CiMlError:
            continue
        history = _sealed(history, decision, at)
    return history


def _decide(history: History, rng: Random, fresh: list[str], number: int) -> Any:
    stage, kind = rng.choice(STAGES), rng.randrange(11)
    versions = list(history.releases) or ["v1.0.0"]
    version = rng.choice(versions)
    if kind <= 1 and fresh:
        code = hexes((number, "code"))
        return moves.register(history, facts((history.model, code), commit=fresh.pop(0), code=code))
    if kind <= 5:
        return moves.promote(
            history, version, stage, stages=STAGES, expected_holder=history.holder(stage), force=True, reason="a test"
        )
    if kind == 6:
        return moves.rollback(history, stage, reason="worse", expected_holder=history.holder(stage))
    if kind == 7:
        return moves.vacate(history, stage, expected_holder=history.holder(stage))
    if kind == 8:
        return lifecycle.withdraw(history, version, reason="leak")
    if kind == 9:
        return lifecycle.restore(history, rng.choice([version, None]))
    return lifecycle.deprecate(history, rng.choice([version, None]))


def _sealed(history: History, decision: Any, at: datetime) -> History:
    return seal(history, decision.drafts, id="command-1", at=at, recorded_by="Ann <ann@example.com>").history


def own_tags(history: History) -> tuple[Tag, ...]:
    return implied_tags(history, witness=lambda sequence: f"{sequence:040x}")


def original(payload: Imported) -> Tag:
    """An imported tag as it lies in the repository."""
    assert payload.moment is not None
    return Tag(
        name=payload.tag,
        target=payload.target,
        message=payload.message or "",
        tagger=payload.tagger or "",
        at=payload.moment,
        sequence=0,
        zone=(payload.time or "").split()[1],
    )


def ask_gto(folder: Path, models: Iterable[str]) -> dict[str, Any]:
    """What GTO's own functions say; in this process, for importing them takes longer than their answers."""
    import logging

    from gto.api import history, show

    logging.getLogger("gto").setLevel(logging.ERROR)
    os.environ.setdefault("GTO_EMOJIS", "false")
    return {
        "show": show(str(folder), deprecated=True),
        "versions": {model: show(str(folder), name=model) for model in models},
        "history": history(str(folder), ascending=True),
    }


__all__ = [
    "MODELS",
    "PRIORITY",
    "World",
    "ask_gto",
    "begin",
    "go_on",
    "original",
    "own_tags",
    "raw_tags",
]
