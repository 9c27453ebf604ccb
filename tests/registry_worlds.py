"""Whole registries drawn by a seed: main with every kind of merge, commits of the branch, pages, evidence, tags.

Events are sealed and pages rendered by the code that writes them in earnest; only git is fed in one go.
"""

import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from registry_makers import NOW, STAGES, facts, hexes, run_git

from ci_ml.errors import ConfigError, RegistryConflict
from ci_ml.git.questions import Git
from ci_ml.registry import lifecycle, moves
from ci_ml.registry.event_builder import Decision, Draft, Sealed, Signer, seal
from ci_ml.registry.events import Event
from ci_ml.registry.gto.tags import Tag, implied_tags
from ci_ml.registry.history import History
from ci_ml.registry.payloads import Approved, Imported
from ci_ml.registry.summary import summarise
from ci_ml.reports.registry_pages import render_pages
from ci_ml.repository.event_log.log import EventLog

MODELS = ("late-flight", "models/churn:classifier", "Ranker")
WHO = "Ann <ann@example.com>"
SIGNER = Signer(
    fingerprint="SHA256:" + "A" * 43, sign=lambda data: b"-----BEGIN SSH SIGNATURE-----\n" + data[:8] + b"\n"
)
BRANCH = "refs/heads/model-registry"
# A path of the branch -> its content, or (mode, content) of what is no plain file, or None: removed.
Files = dict[str, Any]


@dataclass(frozen=True)
class Main:
    """A repository whose main branch has seen merges, squashes, rebases, a queue and direct pushes.

    Attributes:
        commits: (commit, tree) of what may be registered.
        orphans: those that no branch contains: their branches were squashed and deleted.
    """

    root: Path
    commits: tuple[tuple[str, str], ...]
    orphans: frozenset[str]


@dataclass(frozen=True)
class World:
    """One registry before it is written.

    Attributes:
        commits: what each commit of the branch adds or replaces, oldest first.
        moments: when each was made.
        histories: by model.
        sealed: event by (model, number) with the stored bytes.
        makers: (model, number) -> which commit added the event.
    """

    main: Main
    commits: tuple[Files, ...] = ()
    moments: tuple[datetime, ...] = ()
    histories: Mapping[str, History] = field(default_factory=dict)
    makers: Mapping[tuple[str, int], int] = field(default_factory=dict)

    def files(self) -> Files:
        """Everything on the branch in the end."""
        return {path: content for commit in self.commits for path, content in commit.items()}

    def events(self) -> list[Event]:
        """Every event, model by model."""
        return [event for history in self.histories.values() for event in history.events]


def draw_world(main: Main, seed: int, *, commands: int = 12, signed: bool | None = None) -> World:
    """A registry that honest writers could have left."""
    rng = Random(seed)
    world = World(main=main)
    signer = SIGNER if (signed if signed is not None else rng.random() < 0.3) else None
    models = list(MODELS[: rng.randint(1, len(MODELS))])
    if rng.random() < 0.3:
        world = append(world, {"imported": imports(main, rng, "imported")}, id=f"import-{seed}", at=NOW)
        models.append("imported")
    clock = NOW
    for number in range(commands):
        clock += timedelta(seconds=rng.choice((0, 0, 1, 60, 3600, -30)))
        drafts = {}
        for model in rng.sample(models, k=rng.choice((1, 1, 1, min(2, len(models))))):
            drafts[model] = draw(world.histories.get(model, History(model=model)), main, rng, f"{seed}-{number}")
        world = append(world, drafts, id=f"command-{seed}-{number}", at=clock, signer=signer)
    return world


def append(
    world: World, decisions: Mapping[str, Decision | None], *, id: str, at: datetime, signer: Signer | None = None
) -> World:
    """One more commit, as `EventLog.append` makes it; none where nothing is decided."""
    sealed: dict[str, Sealed] = {}
    for model, decision in decisions.items():
        if decision and decision.drafts:
            history = world.histories.get(model, History(model=model))
            sealed[model] = seal(history, decision.drafts, id=id, at=at, recorded_by=WHO, signer=signer)
    if not sealed:
        return world
    makers = {(m, event.sequence): len(world.commits) for m, own in sealed.items() for event in own.events}
    files: Files = {".gitattributes": b"* -text\n"}
    for own in sealed.values():
        files |= own.files
    histories = {**world.histories, **{model: own.history for model, own in sealed.items()}}
    there = world.files() | files
    files |= pages(histories, sealed, there)
    return replace(
        world,
        commits=(*world.commits, files),
        moments=(*world.moments, max(event.at for own in sealed.values() for event in own.events)),
        histories=histories,
        makers={**world.makers, **makers},
    )


def pages(histories: Mapping[str, History], changed: Any, files: Files) -> Mapping[str, bytes]:
    """The table of models, and the pages of those that changed."""
    summaries = {model: summarise(reversed(history.events)) for model, history in histories.items()}
    return render_pages(
        {model: summary for model, summary in summaries.items() if summary},
        {model: histories[model] for model in changed},
        files.get,
    )


def draw(history: History, main: Main, rng: Random, name: str) -> Decision | None:
    """What somebody may decide next; None where the rules refuse it."""
    stage = rng.choice(STAGES)
    releases = list(history.releases) or ["v1.0.0"]
    version = rng.choice(releases)
    holder = history.holder(stage)
    move: Callable[[], Decision] = rng.choice(
        (
            *[lambda: _register(history, main, rng, name)] * (2 if history.releases else 20),
            *[lambda: _promote(history, version, stage)] * 3,
            lambda: _register_and_promote(history, main, rng, name),
            lambda: moves.rollback(history, stage, reason="worse", expected_holder=holder),
            lambda: moves.vacate(history, stage, expected_holder=holder),
            lambda: lifecycle.withdraw(history, version, reason="leaked labels"),
            lambda: lifecycle.deprecate(history, rng.choice((version, None))),
            lambda: lifecycle.restore(history, rng.choice((version, None))),
            lambda: moves.decline(history, main_commit=hexes(name, 40), cause="gates", model_digest=hexes(name)),
            lambda: moves.one_event(history, _approval(history, stage, name), None),
        )
    )
    try:
        return move()
    except (RegistryConflict, ConfigError):
        return None


def _register(history: History, main: Main, rng: Random, name: str) -> Decision:
    used = {release.commit for release in history.releases.values()}
    free = [pinned for pinned in main.commits if pinned[0] not in used]
    commit, tree = rng.choice(free or list(main.commits))
    evidence = {"verdict.json": f"verdict {name}\n".encode(), "evaluation.json": b"{}\n"}
    own = facts((history.model, name), commit=commit, tree=tree, code=hexes((name, rng.randint(0, 1))))
    return moves.register(history, own, evidence=evidence if rng.random() < 0.8 else None)


def _promote(history: History, version: str, stage: str) -> Decision:
    return moves.promote(
        history, version, stage, stages=STAGES, expected_holder=history.holder(stage), force=True, reason="it is good"
    )


def _register_and_promote(history: History, main: Main, rng: Random, name: str) -> Decision:
    first = _register(history, main, rng, name)
    from ci_ml.registry.event_builder import preview

    after = preview(history, first)
    stage = rng.choice(STAGES)
    return first + moves.promote(
        after,
        str(first.version),
        stage,
        stages=STAGES,
        expected_holder=after.holder(stage),
        main_commit=rng.choice(main.commits)[0],
    )


def _approval(history: History, stage: str, name: str) -> Approved:
    return Approved(
        model=history.model, stage=stage, model_digest=hexes(name), evaluation=hexes(name), approver="bob@example.com"
    )


def imports(main: Main, rng: Random, model: str) -> Decision:
    """Tags that a GTO user had before, one by one."""
    found = []
    for number, (commit, _) in enumerate(main.commits[: rng.randint(1, 4)]):
        names = [f"{model}@v1.{number}.0", *([f"{model}#staging#{number + 1}"] if rng.random() < 0.7 else [])]
        for name in names:
            seconds = int(NOW.timestamp()) - 86_400 + 60 * len(found)
            tagger = ("Old <old@example.com>", f"{seconds} +0100")
            body = _tag_bytes(name, commit, *tagger, "by GTO\n")
            found.append(
                Imported(
                    tag=name,
                    object=_object_id("tag", body),
                    target=commit,
                    annotated=True,
                    tagger=tagger[0],
                    time=tagger[1],
                    message="by GTO\n",
                )
            )
    return Decision(drafts=tuple(Draft(model=model, payload=payload) for payload in found))


# Git -------------------------------------------------------------------------------------------------------------


def make_main(folder: Path) -> Main:
    """Every way in which a commit comes to main."""
    folder.mkdir(parents=True)
    run_git(folder, "init", "--quiet", "--template=", "--initial-branch=main")
    lines: list[str] = []
    marks: dict[str, int] = {}

    def commit(name: str, branch: str, content: str, *, parent: str | None, merge: str | None = None) -> None:
        marks[name] = len(marks) + 1
        text = f"print('{content}')\n"
        lines.append(f"commit refs/heads/{branch}\nmark :{marks[name]}\n")
        lines.append(f"committer Ann <ann@example.com> {1_359_676_800 + len(marks)} +0000\ndata {len(name)}\n{name}\n")
        lines.append(f"from :{marks[parent]}\n" if parent else "")
        lines.append(f"merge :{marks[merge]}\n" if merge else "")
        lines.append(f"M 100644 inline train.py\ndata {len(text)}\n{text}\n")

    commit("start", "main", "start", parent=None)
    commit("merged", "merged", "merged", parent="start")
    commit("merge", "main", "merged", parent="start", merge="merged")
    commit("squashed-1", "squashed", "squashed 1", parent="merge")
    commit("squashed-2", "squashed", "squashed 2", parent="squashed-1")
    commit("squash", "main", "squashed 2", parent="merge")
    commit("rebased", "rebased", "rebased", parent="merge")
    commit("rebase", "main", "rebased", parent="squash")
    commit("queue-1", "main", "queue 1", parent="rebase")
    commit("queue-2", "main", "queue 2", parent="queue-1")
    commit("direct", "main", "direct", parent="queue-2")
    subprocess.run(["git", "fast-import", "--quiet", "--force"], cwd=folder, input="".join(lines).encode(), check=True)
    listed = run_git(folder, "log", "--all", "--reverse", "--format=%H %T").splitlines()
    for gone in ("squashed", "rebased", "merged"):
        run_git(folder, "update-ref", "-d", f"refs/heads/{gone}")
    kept = set(run_git(folder, "rev-list", "main").split())
    pinned = tuple((line.split()[0], line.split()[1]) for line in listed)
    return Main(root=folder, commits=pinned, orphans=frozenset(own for own, _ in pinned) - kept)


@dataclass(frozen=True)
class Written:
    """A registry in a repository: `ids` are the commits of its branch, oldest first."""

    git: Git
    ids: tuple[str, ...]

    def noted(self, rng: Random) -> dict[str, str]:
        """Commits of the registry that somebody noted somewhere, in short."""
        return {id[:12]: f"witness {id[:12]}" for id in rng.sample(self.ids, k=min(2, len(self.ids)))}

    @property
    def log(self) -> EventLog:
        return EventLog(self.git, "origin" if self.git.has_remote("origin") else None)


def write_world(world: World, folder: Path, *, without: frozenset[str] = frozenset()) -> Written:
    """The whole world as a repository, its tags included, but for some by name."""
    shutil.copytree(world.main.root, folder)
    ids = write_branch(folder, world.commits, world.moments)
    write_tags(folder, [tag for tag in tags_of(world, ids) if tag.name not in without])
    originals = [e.payload for e in world.events() if isinstance(e.payload, Imported) and e.payload.tag not in without]
    write_imported(folder, originals)
    shutil.rmtree(folder / ".git" / "logs", ignore_errors=True)
    return Written(Git(folder), ids)


def write_branch(
    folder: Path, commits: Any, moments: Any, *, merges: Mapping[int, str] | None = None
) -> tuple[str, ...]:
    """The branch from its first commit on; the ids. The same commits get the same ids again.

    Args:
        merges: number of a commit -> a second parent of it.
    """
    lines: list[bytes] = []
    for number, (files, at) in enumerate(zip(commits, moments, strict=True), start=1):
        lines.append(f"commit {BRANCH}\nmark :{number}\ncommitter {WHO} {int(at.timestamp())} +0000\n".encode())
        lines.append(b"data 8\nappended\n")
        if number == 1:
            lines.insert(0, f"reset {BRANCH}\n\n".encode())
        else:
            lines.append(f"from :{number - 1}\n".encode())
        if merges and number - 1 in merges:
            lines.append(f"merge {merges[number - 1]}\n".encode())
        for path, content in files.items():
            quoted = '"' + path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
            if content is None:
                lines.append(f"D {quoted}\n".encode())
                continue
            mode, data = content if isinstance(content, tuple) else ("100644", content)
            if mode == "160000":
                lines.append(f"M 160000 {data} {quoted}\n".encode())
            else:
                lines.append(f"M {mode} inline {quoted}\ndata {len(data)}\n".encode() + data + b"\n")
    lines.append(b"".join(f"get-mark :{number}\n".encode() for number in range(1, len(commits) + 1)))
    done = subprocess.run(
        ["git", "fast-import", "--quiet", "--force", "--cat-blob-fd=1"],
        cwd=folder,
        input=b"".join(lines),
        capture_output=True,
        check=True,
    )
    return tuple(done.stdout.decode().split())


def tags_of(world: World, ids: tuple[str, ...]) -> list[Tag]:
    """The tags that the writers wrote."""
    return [
        tag
        for model, history in world.histories.items()
        for tag in implied_tags(history, witness=lambda number, m=model: ids[world.makers[m, number]])
    ]


def write_tags(folder: Path, tags: Any) -> None:
    """Tags with just these targets, taggers, times and messages."""
    lines = []
    for tag in tags:
        message = tag.message.encode()
        head = f"tag {tag.name}\nfrom {tag.target}\ntagger {tag.tagger} {int(tag.at.timestamp())} +0000\n"
        lines.append(head.encode() + b"data %d\n" % len(message) + message + b"\n")
    _import(folder, lines)


def write_imported(folder: Path, tags: Any) -> None:
    """The tags that were there before the registry."""
    _import(
        folder,
        [
            f"tag {t.tag}\nfrom {t.target}\ntagger {t.tagger} {t.time}\ndata {len(t.message)}\n{t.message}\n".encode()
            for t in tags
        ],
    )


def _import(folder: Path, lines: list[bytes]) -> None:
    if lines:
        subprocess.run(
            ["git", "fast-import", "--quiet", "--force", "--date-format=raw"],
            cwd=folder,
            input=b"".join(lines),
            check=True,
        )


def _tag_bytes(name: str, target: str, tagger: str, time: str, message: str) -> bytes:
    return f"object {target}\ntype commit\ntag {name}\ntagger {tagger} {time}\n\n{message}".encode()


def _object_id(kind: str, content: bytes) -> str:
    from ci_ml.hashing import object_id

    return object_id(kind, content, like="0" * 40)
