"""One repository whose models have a long history, in both forms: the branch model-registry, and the tags of GTO.

    python benchmarks/registry_histories.py FOLDER --events 10000 --models 20 [--imported]

FOLDER/remote.git holds `main`, the branch as ci-ml's writer leaves it (the same code seals the events and renders the
pages; a commit an event, pages only in the newest), and as many tags as events: those that `gto register` and
`gto assign` would have made. Everything is packed, as on a server.

A version is registered, goes to staging and to production; every tenth time production is rolled back. Each version
files three small pieces of evidence. With --imported the branch is what `ci-ml registry import` makes of these tags.
"""

import argparse
import hashlib
import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import SystemRandom
from typing import IO, cast

import msgspec

from ci_ml.digests import FileDigest
from ci_ml.git.questions import Git
from ci_ml.names import encode as folder_of
from ci_ml.registry.branch_paths import event_path
from ci_ml.registry.event_builder import Decision, Draft, seal
from ci_ml.registry.facts import Facts, Headline
from ci_ml.registry.gto.adopting import adopt, sort_tags
from ci_ml.registry.gto.tags import implied_tags
from ci_ml.registry.history import History
from ci_ml.registry.payloads import EventPayload, Promoted, Registered, RolledBack
from ci_ml.registry.summary import summarise
from ci_ml.registry.wording import describe
from ci_ml.reports.registry_pages import render_pages
from ci_ml.repository.event_log.append import append
from ci_ml.repository.event_log.existing_tags import read_tags
from ci_ml.repository.event_log.log import EventLog
from ci_ml.repository.event_log.snapshot import Snapshot

BEGAN = datetime(2013, 1, 1, tzinfo=UTC)
IMPORTED = datetime(2023, 1, 1, tzinfo=UTC)
WHO = "Ann <ann@example.com>"
_AT_ONCE = 100  # events of a model that are sealed in one go, and share a moment


def build(folder: Path, *, events: int, models: int, imported: bool = False) -> None:
    """Make FOLDER/remote.git, and FOLDER/facts.json about it.

    Args:
        imported: the branch begins with the tags of GTO instead of native events.
    """
    remote = folder / "remote.git"
    remote.mkdir(parents=True)
    _git(remote, "init", "--quiet", "--bare", "--initial-branch=main")
    each = events // models
    names = [f"model-{number:02d}" for number in range(models)]
    commits = _write_main(remote, count=each // 3 + 2, names=names)
    histories, files = {}, {}
    for name in names:
        histories[name], own = grow(name, each, commits)
        files |= own
    _write_tags(remote, histories)
    if imported:
        _import_tags(remote)
    else:
        _write_branch(remote, histories, files)
    _git(remote, "repack", "-a", "-d", "--quiet", "--depth=50", "--window=10")
    _git(remote, "pack-refs", "--all")
    _git(remote, "config", "uploadpack.allowFilter", "true")
    last = histories[names[-1]]
    facts = {
        "model": last.model,
        "production": last.holders.get("production"),
        "versions": list(last.releases)[-20:],
        "staging": last.holders.get("staging"),
    }
    (folder / "facts.json").write_text(json.dumps(facts))


def grow(model: str, count: int, commits: Sequence[tuple[str, str]]) -> tuple[History, dict[str, bytes]]:
    """A model's history of so many events, and the files that hold it."""
    drafts = [draft for draft, _ in zip(_drafts(model, commits), range(count), strict=False)]
    history, files = History(model=model), {}
    for start in range(0, count, _AT_ONCE):
        command = f"command-{start:08d}"
        sealed = seal(
            history,
            tuple(drafts[start : start + _AT_ONCE]),
            id=command,
            at=BEGAN + timedelta(hours=start),
            recorded_by=WHO,
        )
        history = sealed.history
        files |= sealed.files
    return history, files


def _drafts(model: str, commits: Sequence[tuple[str, str]]) -> Iterator[Draft]:
    holders: dict[str, str] = {}
    for number, (commit, tree) in enumerate(commits):
        version = f"v1.{number}.0"
        evidence = {f"{name}.json": _evidence(model, number, name) for name in ("evaluation", "verdict", "provenance")}
        fields = msgspec.structs.asdict(_facts(model, number, commit, tree))
        registered = Registered(**fields, version=version, bump="minor", bump_reason="the code changed")
        yield Draft(model=model, payload=registered, evidence=evidence)
        before = holders.get("production")
        for stage in ("staging", "production"):
            move = Promoted(
                stage=stage, version=version, replaces=holders.get(stage), commit=commit, main_commit=commit
            )
            yield Draft(model=model, payload=move)
            holders[stage] = version
        if number % 10 == 9 and before:
            back: EventPayload = RolledBack(stage="production", version=before, left=version)
            yield Draft(model=model, payload=back, reason="worse on the flights of carrier AA")
            holders["production"] = before


def _facts(model: str, number: int, commit: str, tree: str) -> Facts:
    def digest(*what: object) -> str:
        return hashlib.sha256(repr((model, *what)).encode()).hexdigest()

    return Facts(
        commit=commit,
        tree=tree,
        model=FileDigest(path="models/model.txt", sha256=digest(number), md5=digest(number, 1)[:32], size=1_234_567),
        predictions=FileDigest(path="p.parquet", sha256=digest(number, 2), md5=digest(number, 3)[:32], size=456_789),
        data={"data/train.parquet": {"md5": digest("data", number // 5)[:32]}},
        rows=f"sha256:{digest('rows')}",
        features=digest("features"),
        parameters=digest("parameters", number // 3),
        environment=digest("environment", number // 20),
        code=digest("code", number),
        inputs=f"sha256:{digest('inputs', number)}",
        evaluation=hashlib.sha256(_evidence(model, number, "evaluation")).hexdigest(),
        verdict=hashlib.sha256(_evidence(model, number, "verdict")).hexdigest(),
        headline=Headline(metric="roc_auc", value=0.7 + (number % 100) / 1000, low=0.69, high=0.81),
    )


def _evidence(model: str, number: int, name: str) -> bytes:
    digits = hashlib.shake_128(f"{model} {number} {name}".encode()).digest(600 if name == "evaluation" else 120)
    values = [byte / 255 for byte in digits]
    return json.dumps({"model": model, "version": number, name: values}, indent=1).encode()


def _write_main(remote: Path, *, count: int, names: Sequence[str]) -> list[tuple[str, str]]:
    """Commits of main, a version each: (commit, tree), oldest first."""
    with _fast_import(remote) as stream:
        for number in range(count):
            at = BEGAN - timedelta(days=1) + timedelta(seconds=number)
            files = {"train.py": f"print({number})\n".encode(), "ci-ml.yaml": _config(names)}
            _commit(stream, "refs/heads/main", at, f"Change {number}", files)
    listing = _git(remote, "log", "--reverse", "--format=%H %T", "main")
    return [(commit, tree) for commit, tree in (line.split() for line in listing.splitlines())]


def _config(names: Sequence[str]) -> bytes:
    steps = "train: {command: python train.py}, predict: {command: python predict.py}"
    files = "artifact: model.txt, predictions: p.parquet"
    return "".join(["models:\n", *(f"  {name}: {{task: binary, {steps}, {files}}}\n" for name in names)]).encode()


def _write_branch(remote: Path, histories: Mapping[str, History], files: Mapping[str, bytes]) -> None:
    """A commit an event, the models taking turns."""
    branch = "refs/heads/model-registry"
    longest = max(len(history.events) for history in histories.values())
    events = [h.events[place] for place in range(longest) for h in histories.values() if place < len(h.events)]
    summaries = {name: summary for name, h in histories.items() if (summary := summarise(reversed(h.events)))}
    pages = render_pages(summaries, histories, lambda _: None)
    with _fast_import(remote) as stream:
        for event in events:
            paths = [event_path(folder_of(event.model), event.sequence), *event.evidence]
            said = f"{event.model}: {describe(event)}"
            _commit(stream, branch, event.at, said, {path: files[path] for path in paths})
        _commit(stream, branch, events[-1].at, "Pages", {".gitattributes": b"* -text\n", **pages})


def _write_tags(remote: Path, histories: Mapping[str, History]) -> None:
    tags = [tag for history in histories.values() for tag in implied_tags(history, witness=lambda _: None)]
    with _fast_import(remote) as stream:
        for tag in tags:
            if "!" in tag.name:  # GTO itself takes nobody out of a stage when somebody else comes in
                continue
            message = tag.message.encode()
            head = f"tag {tag.name}\nfrom {tag.target}\ntagger {tag.tagger} {int(tag.at.timestamp())} +0000\n"
            stream.write(f"{head}data {len(message)}\n".encode() + message + b"\n")


def _import_tags(remote: Path) -> None:
    """Begin the branch with every tag that is there."""
    git = Git(remote)
    models = sort_tags(read_tags(git)).models

    def decide(snapshot: Snapshot) -> Decision:
        decisions = [adopt(snapshot.read(model), tags) for model, tags in models.items()]
        return Decision(drafts=tuple(draft for decision in decisions for draft in decision.drafts))

    log = EventLog(git, None)
    append(
        log,
        decide,
        id="import-00000001",
        at=IMPORTED,
        recorded_by=WHO,
        render_pages=render_pages,
        rng=SystemRandom(),
    )


def _commit(stream: IO[bytes], branch: str, at: datetime, message: str, files: Mapping[str, bytes]) -> None:
    said = message.encode()
    head = f"commit {branch}\ncommitter {WHO} {int(at.timestamp())} +0000\ndata {len(said)}\n"
    stream.write(head.encode() + said + b"\n")
    for path, content in files.items():
        stream.write(f"M 100644 inline {path}\ndata {len(content)}\n".encode() + content + b"\n")


@contextmanager
def _fast_import(remote: Path) -> Iterator[IO[bytes]]:
    """Where to write what git shall import, in the language of `git fast-import`."""
    process = subprocess.Popen(["git", "fast-import", "--quiet"], cwd=remote, stdin=subprocess.PIPE)
    with process, cast(IO[bytes], process.stdin) as stream:
        yield stream
    if process.returncode:
        raise SystemExit(f"git fast-import failed in {remote}")


def _git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


def main() -> None:
    """Build one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--events", type=int, default=1000)
    parser.add_argument("--models", type=int, default=20)
    parser.add_argument("--imported", action="store_true")
    arguments = parser.parse_args()
    build(arguments.folder, events=arguments.events, models=arguments.models, imported=arguments.imported)


if __name__ == "__main__":
    main()
