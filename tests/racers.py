"""Many processes that promote at once, each in a clone of its own, and what must hold afterwards.

Run as a program it is one of them: it appends as `ci-ml promote` does (the same decision, pages, ids and pauses,
`git push` for real), many times in one process, and prints a line of JSON for each.
"""

import json
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom

from registry_makers import NOW, clone, make_remote, registered, run_git

from ci_ml.errors import RegistryConflict
from ci_ml.git.questions import Git
from ci_ml.registry.event_builder import Decision, Draft
from ci_ml.registry.gto.tags import implied_tags
from ci_ml.registry.moves import promote
from ci_ml.reports.registry_pages import render_pages
from ci_ml.repository.event_log.append import append
from ci_ml.repository.event_log.event_commits import witnesses
from ci_ml.repository.event_log.log import EventLog
from ci_ml.repository.event_log.tag_state import local_tags


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One promotion that is wanted; nobody was seen in the stage."""

    model: str
    version: str
    stage: str


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of a turn: `id` of the command, exit code, the conflict's words, how often it pushed."""

    racer: str
    turn: Turn
    id: str
    code: int
    said: str
    tries: int


def make_arena(folder: Path, *, models: int, versions: int) -> tuple[Path, Git]:
    """A bare remote, a clone, and so many models with versions v1.0.0, v1.1.0, …"""
    bare, git = make_remote(folder)
    commit = run_git(git.root, "rev-parse", "HEAD")
    drafts = tuple(
        Draft(model=model, payload=registered((model, number), f"v1.{number}.0", commit=commit))
        for model in names(models)
        for number in range(versions)
    )
    log = EventLog(git, "origin")
    append(
        log,
        lambda _: Decision(drafts=drafts),
        id="arena-is-made",
        at=NOW,
        recorded_by="Ann",
        render_pages=render_pages,
        rng=SystemRandom(),
    )
    return bare, git


def names(count: int) -> list[str]:
    return [f"model-{number:02}" for number in range(count)]


def race(folder: Path, bare: Path, turns: list[list[Turn]], *, stages: list[str]) -> tuple[list[Result], float]:
    """Let a process for each list of turns go at once; their results, and the seconds from the start to the last."""
    clones = [clone(bare, folder / f"racer-{number}") for number in range(len(turns))]
    start = time.monotonic()
    racers = [
        subprocess.Popen(
            [sys.executable, __file__, str(git.root), f"racer-{number}", json.dumps(stages)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number, git in enumerate(clones)
    ]
    for racer, own in zip(racers, turns, strict=True):
        racer.stdin.write(json.dumps([vars(turn) for turn in own]))
        racer.stdin.close()
    answers = [racer.stdout.read() for racer in racers]
    took = time.monotonic() - start
    codes = [racer.wait() for racer in racers]
    for racer in racers:
        racer.stdout.close()
    assert codes == [0] * len(racers)
    lines = [json.loads(line) for answer in answers for line in answer.splitlines()]
    return [Result(**{**line, "turn": Turn(**line["turn"])}) for line in lines], took


def check(bare: Path, folder: Path, results: list[Result]) -> EventLog:
    """Nothing lost, nothing doubled; pages, tags and objects as they should be. From a clone made afterwards."""
    git = clone(bare, folder / "afterwards")
    log = EventLog(git, "origin")
    assert log.refresh() is None
    check_events(log, results)
    check_pages(log)
    check_tags(log)
    for repository in [bare, *sorted(folder.glob("racer-*"))]:
        assert run_git(repository, "fsck", "--strict", "--no-dangling", "--no-progress") == ""
    return log


def check_events(log: EventLog, results: list[Result]) -> None:
    """Every success is one event, every event belongs to a success, and a conflict left none. Folding checks chains."""
    written = Counter(
        (event.id, event.model, event.payload.version, event.payload.stage)
        for history in log.snapshot().read_all().values()
        for event in history.events
        if event.kind == "promoted"
    )
    wanted = Counter((r.id, r.turn.model, r.turn.version, r.turn.stage) for r in results if r.code == 0)
    assert written == wanted
    assert set(wanted.values()) <= {1}


def check_pages(log: EventLog) -> None:
    """Every page on the branch is the one that these events make now."""
    snapshot = log.snapshot()
    fresh = render_pages(snapshot.summaries(), snapshot.read_all(), snapshot.evidence)
    assert {path: log.git.read(snapshot.head, path) for path in fresh} == dict(fresh)


def check_tags(log: EventLog) -> None:
    """All tags that follow from the log are there (on the remote, where there is one), and no others."""
    if log.remote:
        run_git(log.git.root, "fetch", "--quiet", "--tags", log.remote)
    histories = log.snapshot().read_all()
    known = witnesses(log.git, log.head, list(histories))
    wanted = [tag.name for model, h in histories.items() for tag in implied_tags(h, witness=known[model])]
    found = local_tags(log.git)
    assert sorted(wanted) == sorted(found), set(wanted) ^ set(found)


def _run(root: Path, racer: str, stages: list[str]) -> None:
    """Take the turns that come on stdin."""
    log = EventLog(Git(root), "origin")
    for number, fields in enumerate(json.load(sys.stdin)):
        turn = Turn(**fields)
        id, code, said, tries = f"{racer}-turn-{number:03}", 0, "", 0
        started = 0

        def decide(snapshot, turn=turn):
            nonlocal started
            started += 1
            return promote(
                snapshot.read(turn.model),
                turn.version,
                turn.stage,
                stages=stages,
                expected_holder=None,
                force=True,
                reason="a race",
            )

        try:
            done = append(log, decide, id=id, at=NOW, recorded_by=racer, render_pages=render_pages, rng=SystemRandom())
            tries = done.tries
        except RegistryConflict as conflict:
            code, said, tries = conflict.exit_code, conflict.message, started - 1
        line = {"racer": racer, "turn": fields, "id": id, "code": code, "said": said, "tries": tries}
        sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    _run(Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3]))
