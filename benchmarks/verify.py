"""How long does `ci-ml registry verify` take on 20,000 events, a commit each? Cold processes, bytecode compiled.

    python benchmarks/verify.py [--events 20000] [--runs 5]

Two repositories are made in a temporary folder, one with 20 models and one with a single one: events sealed by ci-ml's
own code, evidence for every version, the tags that follow, in each commit a page and a table of models (rendered in the
newest commit, other bytes of that size in those before it). Everything is packed, as in a fresh clone.
"""

import argparse
import compileall
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, cast

import ci_ml
from ci_ml.digests import FileDigest
from ci_ml.names import encode
from ci_ml.registry.event_builder import Draft, Sealed, seal
from ci_ml.registry.facts import Facts, Headline
from ci_ml.registry.gto.tags import implied_tags
from ci_ml.registry.history import History
from ci_ml.registry.payloads import EventPayload, Promoted, Registered
from ci_ml.registry.summary import summarise
from ci_ml.reports.registry_pages import render_pages

_BEGAN = datetime(2013, 1, 1, tzinfo=UTC)
_WHO = "Ann <ann@example.com>"


def make(folder: Path, *, events: int, models: int) -> None:
    """A repository with so many events, an event a commit, the models taking turns."""
    _git(folder, "init", "--quiet", "--initial-branch=main")
    with _Import(folder) as out:
        for number in range(events // models // 3 + 1):  # a version a commit, as ci-ml registers them
            out.commit("main", {"train.py": b"print(%d)\n" % number}, _BEGAN)
    pinned = [tuple(line.split()) for line in _git(folder, "log", "--format=%H %T", "main").splitlines()]
    histories = {f"model-{number:02d}": History(model=f"model-{number:02d}") for number in range(models)}
    makers: dict[str, list[int]] = {model: [] for model in histories}
    with _Import(folder) as out:
        for number in range(events):
            model = f"model-{number % models:02d}"
            sealed = _next(histories[model], pinned, number)
            histories[model] = sealed.history
            makers[model].append(number)
            page, index = f"models/{encode(model)}/README.md", "README.md"
            files = {".gitattributes": b"* -text\n", page: _filler(number, 6000), index: _filler(-number, 200 * models)}
            if number == events - 1:
                files |= _pages(histories, out.evidence)
            out.commit("model-registry", {**files, **sealed.files}, _BEGAN + timedelta(minutes=number))
    commits = _git(folder, "rev-list", "--reverse", "model-registry").split()
    with _Import(folder) as out:
        for model, history in histories.items():
            for tag in implied_tags(history, witness=lambda n, m=model: commits[makers[m][n - 1]]):  # type: ignore[misc]
                out.tag(tag.name, tag.target, tag.tagger, int(tag.at.timestamp()), tag.message)
    _git(folder, "repack", "-a", "-d", "--quiet")
    _git(folder, "pack-refs", "--all")


def _next(history: History, pinned: list[tuple[str, ...]], number: int) -> Sealed:
    """A version is registered, goes to staging, then to production."""
    turn, step = divmod(len(history.events), 3)
    commit, tree = pinned[turn % len(pinned)]
    version = f"v1.{turn}.0"
    stage = "staging" if step == 1 else "production"
    payload: EventPayload = Promoted(stage=stage, version=version, replaces=history.holder(stage), commit=commit)
    evidence = {}
    if step == 0:
        payload = Registered(
            **_facts(commit, tree, f"{history.model} {turn}"), version=version, bump="minor", bump_reason="code"
        )
        evidence = {
            "evaluation.json": b'{"roc_auc": 0.7, "turn": %d}\n' % turn,
            "verdict.json": b'{"pass": %d}\n' % turn,
        }
    draft = Draft(model=history.model, payload=payload, evidence=evidence)
    at = _BEGAN + timedelta(minutes=number)
    return seal(history, (draft,), id=f"command-{number:08d}", at=at, recorded_by=_WHO)


def _facts(commit: str, tree: str, name: str) -> dict[str, object]:
    from hashlib import sha256

    import msgspec

    own = sha256(name.encode()).hexdigest()
    model = FileDigest(path="model.pkl", sha256=own, md5=own[:32], size=1_000_000)
    headline = Headline(metric="roc_auc", value=0.75, low=0.7, high=0.8)
    return msgspec.structs.asdict(
        Facts(
            commit=commit, tree=tree, model=model, rows=own, features=own, parameters=own, code=own, headline=headline
        )
    )


def _pages(histories: dict[str, History], evidence: dict[str, bytes]) -> dict[str, bytes]:
    summaries = {model: summarise(reversed(history.events)) for model, history in histories.items()}
    return dict(render_pages({m: s for m, s in summaries.items() if s}, histories, evidence.get))


def _filler(number: int, size: int) -> bytes:
    return (b"%d " % number) * (size // len(b"%d " % number))


class _Import:
    """Commits and tags, as fast as git takes them."""

    def __init__(self, folder: Path) -> None:
        self.evidence: dict[str, bytes] = {}
        self.process = subprocess.Popen(["git", "fast-import", "--quiet"], cwd=folder, stdin=subprocess.PIPE)
        self.pipe = cast(IO[bytes], self.process.stdin)

    def __enter__(self) -> "_Import":
        return self

    def __exit__(self, *_: object) -> None:
        self.pipe.close()
        if self.process.wait():
            raise SystemExit("git fast-import failed")

    def commit(self, branch: str, files: dict[str, bytes], at: datetime) -> None:
        self.evidence |= {path: content for path, content in files.items() if "/versions/" in path}
        self.pipe.write(
            f"commit refs/heads/{branch}\ncommitter {_WHO} {int(at.timestamp())} +0000\ndata 2\nx\n".encode()
        )
        for path, content in files.items():
            self.pipe.write(b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content))

    def tag(self, name: str, target: str, tagger: str, seconds: int, message: str) -> None:
        text = message.encode()
        head = f"tag {name}\nfrom {target}\ntagger {tagger} {seconds} +0000\n".encode()
        self.pipe.write(head + b"data %d\n%s\n" % (len(text), text))


def measure(folder: Path, runs: int) -> Iterator[tuple[float, float, str]]:
    """Seconds of a whole process, the peak memory of its largest process in MB, and what it said."""
    for _ in range(runs + 1):
        started = time.perf_counter()
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen([sys.executable, "-m", "ci_ml", "registry", "verify"], cwd=folder, stdout=said)
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - started
            said.seek(0)
            text = said.read().decode()
        if status or not text.startswith("OK"):
            raise SystemExit(text)
        yield seconds, usage.ru_maxrss / 1000, text


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    compileall.compile_dir(Path(ci_ml.__file__).parent, quiet=2)
    print(f"| {options.events:,} events, median of {options.runs} | seconds | peak MB |\n| :-- | --: | --: |")
    for models in (20, 1):
        with tempfile.TemporaryDirectory() as folder:
            make(Path(folder), events=options.events, models=models)
            figures = list(measure(Path(folder), options.runs))[1:]
            seconds, memory = (statistics.median(figure[place] for figure in figures) for place in (0, 1))  # type: ignore[type-var]
        print(f"| {models} model{'s' * (models > 1)} | {seconds:.2f} | {memory:.0f} |")


if __name__ == "__main__":
    main()
