"""Small, deterministic pieces of a registry: facts of a model, histories, repositories in every state of undress."""

import hashlib
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import strategies as st

from ci_ml.digests import FileDigest
from ci_ml.errors import CiMlError, ConfigError, RegistryConflict
from ci_ml.git.questions import Git
from ci_ml.names import encode as folder_of
from ci_ml.registry.branch_paths import event_path
from ci_ml.registry.event_builder import Decision, Draft, seal
from ci_ml.registry.events import encode
from ci_ml.registry.facts import Facts, Headline
from ci_ml.registry.history import History
from ci_ml.registry.moves import promote, register, rollback, vacate
from ci_ml.registry.payloads import Deprecated, Promoted, Registered, Restored, Withdrawn
from ci_ml.repository.event_log import append as appending
from ci_ml.repository.event_log.append import Appended
from ci_ml.repository.event_log.log import EventLog

NOW = datetime(2013, 3, 1, 12, 0, tzinfo=UTC)
STAGES = ("staging", "production")


def hexes(seed: object, length: int = 64) -> str:
    return hashlib.sha256(repr(seed).encode()).hexdigest()[:length]


def facts(seed: object, *, commit: str | None = None, **changes: Any) -> Facts:
    """Facts of a model; another seed is another model file on another commit."""
    made = Facts(
        commit=commit or hexes((seed, "commit"), 40),
        tree=hexes((seed, "tree"), 40),
        model=FileDigest(path="models/m.txt", sha256=hexes((seed, "model")), md5=hexes(seed, 32), size=1_234_567),
        predictions=FileDigest(path="p.csv", sha256=hexes((seed, "p")), md5=hexes((seed, "p"), 32), size=10),
        data={"data/train.parquet": {"md5": hexes("data", 32)}},
        rows="sha256:" + hexes("rows"),
        features=hexes("features"),
        parameters=hexes("parameters"),
        environment=hexes("environment"),
        code=hexes("code"),
        inputs="sha256:" + hexes((seed, "inputs")),
        evaluation=hexes("evaluation"),
        verdict=hexes("verdict"),
        headline=Headline(metric="roc_auc", value=0.7 + int(hexes(seed, 2), 16) / 1000, low=0.6, high=0.9),
    )
    return msgspec.structs.replace(made, **changes)


def registered(seed: object, version: str, **changes: Any) -> Registered:
    fields = msgspec.structs.asdict(facts(seed, **changes))
    return Registered(**fields, version=version, bump="minor", bump_reason="the code changed")


def grow(history: History, *payloads: Any, at: datetime = NOW, step: timedelta = timedelta(minutes=1)) -> History:
    """A history with an event for each payload, or for each (payload, reason)."""
    for payload in payloads:
        what, reason = payload if isinstance(payload, tuple) else (payload, None)
        draft = Draft(model=history.model, payload=what, reason=reason)
        history = seal(history, (draft,), id="command-1", at=at, recorded_by="Ann <ann@example.com>").history
        at += step
    return history


def bare_environment(home: Path) -> dict[str, str]:
    """An environment in which git knows nobody."""
    home.mkdir(exist_ok=True)
    return {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
    }


def run_git(folder: Path, *arguments: str) -> str:
    # Commits are older than what happens to them: GTO takes a later one for a sign of life.
    dates = {"GIT_AUTHOR_DATE": "2013-02-01T00:00:00Z", "GIT_COMMITTER_DATE": "2013-02-01T00:00:00Z"}
    return subprocess.run(
        ["git", "-c", "user.name=Ann", "-c", "user.email=ann@example.com", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **dates},
    ).stdout.strip()


def make_repository(folder: Path) -> Git:
    """A repository with one commit on main and no remote."""
    folder.mkdir(parents=True)
    run_git(folder, "init", "--quiet", "--initial-branch=main")
    (folder / "train.py").write_text("print('train')\n")
    run_git(folder, "add", ".")
    run_git(folder, "commit", "--quiet", "-m", "Start")
    return Git(folder)


def commit_change(git: Git, name: str) -> str:
    """A new commit on main; its id."""
    (git.root / "train.py").write_text(f"print('{name}')\n")
    run_git(git.root, "commit", "--quiet", "--all", "-m", name)
    return run_git(git.root, "rev-parse", "HEAD")


def make_remote(folder: Path) -> tuple[Path, Git]:
    """A bare remote with main, and a clone of it."""
    first = make_repository(folder / "first")
    bare = folder / "remote.git"
    run_git(folder, "clone", "--quiet", "--bare", str(first.root), str(bare))
    return bare, clone(bare, folder / "ann")


def clone(bare: Path, into: Path, *options: str) -> Git:
    # A URL, because git ignores --depth for a plain path.
    run_git(bare, "clone", "--quiet", *options, f"file://{bare}", str(into))
    return Git(into)


def no_pages(summaries: object, changed: object, evidence: object) -> dict[str, bytes]:
    return {}


def identifiers() -> Iterator[str]:
    return (f"command-{number}" for number in range(1, 1_000_000))


_IDS = identifiers()


def append(log: EventLog, decide: Any, *, at: datetime = NOW, **more: Any) -> Appended:
    """Append with everything a test does not care about."""
    settings: dict[str, Any] = {
        "id": next(_IDS),
        "recorded_by": "Ann <ann@example.com>",
        "render_pages": no_pages,
        "rng": Random(1),
        "sleep": lambda _: None,
    }
    return appending.append(log, decide, at=at, **{**settings, **more})


def decision(*payloads: Any, model: str = "late-flight") -> Decision:
    return Decision(drafts=tuple(Draft(model=model, payload=payload) for payload in payloads))


def moves_drawn() -> st.SearchStrategy[list[tuple[int, int, int]]]:
    """Numbers for `play`: what to try, on which version, on which stage."""
    return st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5), st.integers(0, 1)), max_size=25)


def play(moves: list[tuple[int, int, int]], *, commits: list[str] | None = None, model: str = "m") -> History:
    """A history of legal moves: each is decided as the commands decide it, and left out where they would refuse.

    Args:
        commits: the commits that versions lie on; made up by default. No more versions are registered than these.
    """
    history = History(model=model)
    for number, (kind, which, place) in enumerate(moves):
        version, stage = f"v1.{which}.0", STAGES[place]
        if kind <= 2 and (commits is None or len(history.releases) < len(commits)):
            commit = commits[len(history.releases)] if commits else None
            code = hexes((number, "code"))
            history = _try(history, number, lambda h, c=commit, d=code: register(h, facts(d, commit=c, code=d)))
        elif kind <= 5:
            history = _try(history, number, lambda h, v=version, s=stage: _promote(h, v, s))
        elif kind == 6:
            why = f"worse, says move {number}"  # for the same reason it would be the same rollback
            history = _try(
                history, number, lambda h, s=stage, w=why: rollback(h, s, reason=w, expected_holder=h.holder(s))
            )
        elif kind == 7:
            history = _try(history, number, lambda h, s=stage: vacate(h, s, expected_holder=h.holder(s)))
        elif kind == 8 and version in history.releases and version not in history.holders.values():
            undo = Restored(version=version) if history.releases[version].withdrawn else Withdrawn(version=version)
            history = grow(history, undo, at=_clock(number))
        elif kind == 9 and history.releases:
            change = Restored(version=None) if history.deprecated else Deprecated(version=None)
            history = grow(history, change, at=_clock(number))
    return history


def _promote(history: History, version: str, stage: str) -> Decision:
    return promote(
        history, version, stage, stages=STAGES, expected_holder=history.holder(stage), force=True, reason="a test"
    )


def _clock(number: int) -> datetime:
    """Some events share a second, and some clocks lag."""
    return NOW + timedelta(seconds=(number // 3) * 5 - (60 if number % 7 == 6 else 0))


def _try(history: History, number: int, decide: Any) -> History:
    try:
        found = decide(history)
    except (RegistryConflict, ConfigError):
        return history
    return seal(history, found.drafts, id=f"command-{number}", at=_clock(number), recorded_by="Ann").history


MODEL = "late-flight"


def registering(commit: str, *, model: str = MODEL, seed: object = None, evidence: Any = None) -> Any:
    """A decision to register whatever the commit made."""
    return lambda snapshot: register(snapshot.read(model), facts(seed or commit, commit=commit), evidence=evidence)


def promoting(version: str, stage: str = "staging", *, model: str = MODEL, expected: str | None = None) -> Any:
    """A decision to promote, made by somebody who saw `expected` there."""

    def decide(snapshot: Any) -> Decision:
        return promote(snapshot.read(model), version, stage, stages=STAGES, expected_holder=expected)

    return decide


def fill(git: Git, *, model: str = MODEL, versions: int = 2) -> EventLog:
    """Register that many versions, a commit each."""
    log = EventLog(git, "origin" if git.has_remote("origin") else None)
    for number in range(versions):
        commit = commit_change(git, f"{model} {number}")
        if log.remote:
            run_git(git.root, "push", "--quiet", "origin", "HEAD:main")
        append(log, registering(commit, model=model))
    return log


def install_hook(bare: Path, name: str, script: str) -> None:
    hook = bare / "hooks" / name
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{script}\n")
    hook.chmod(0o755)


def fails(error: type[CiMlError], call: Any) -> tuple[str, str]:
    """Message and hint of the error that a call must raise."""
    with pytest.raises(error) as caught:
        call()
    return caught.value.message, caught.value.hint


def play_long(count: int) -> History:
    """One version, and as many moves as it takes for so many events."""
    move = Promoted(stage="staging", version="v1.0.0", replaces=None, commit=hexes("c", 40))
    return grow(History(model=MODEL), registered("a", "v1.0.0"), *[move] * (count - 1))


def plant(git: Git, history: History) -> None:
    """Put a history on the local registry branch, thousands of events as fast as git can."""
    lines = [b"commit refs/heads/model-registry\ncommitter A <a@example.com> 1362139200 +0000\ndata 1\nx\n"]
    for event in history.events:
        data = encode(event)
        path = event_path(folder_of(history.model), event.sequence)
        lines.append(f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n")
    subprocess.run(["git", "fast-import", "--quiet"], cwd=git.root, input=b"".join(lines), check=True)
