"""What does the registry cost, beside `gto` on the same history? Cold processes, bytecode compiled, median of several.

    python benchmarks/registry.py [--events 100 1000 10000 100000] [--models 20 1] [--runs 5] [--limit 60]

For every number of events, spread over 20 models and all in one, it builds a repository that holds the history in both
forms (benchmarks/registry_histories.py) and puts the same questions to both tools, in clones of it. The remote is a
folder, so the network's own time is not in it. Prints the Markdown that stands in docs/registry.md. One model gets up
to 10,000 events: beyond that git takes too long to write a folder of tens of thousands of versions with every commit.

A command that takes longer than --limit seconds is ended, and not repeated; what takes longer than a tenth of it runs
only three times. To build 100,000 events takes some minutes.
"""

import argparse
import itertools
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cold import Cost, digits, measure

# Nothing of ci-ml is imported here: Linux counts the memory of a parent as that of its child, so this one stays small.
HERE = Path(__file__).parent
BRANCH = "refs/heads/model-registry"
SEEN = "refs/remotes/origin/model-registry"
MOST_IN_A_MODEL = 10_000
WORDS = {1: "one", 2: "two", 4: "four", 8: "eight", 16: "sixteen"}


@dataclass(frozen=True)
class Place:
    """A repository with a long history, and room for clones of it."""

    folder: Path
    events: int
    models: int
    runs: int
    limit: float

    @property
    def facts(self) -> dict[str, str]:
        found: dict[str, str] = json.loads((self.folder / "facts.json").read_text())
        return found

    @property
    def name(self) -> str:
        return f"{self.events:,} in {f'{self.models} models' if self.models > 1 else 'one model'}"

    def remote(self, name: str) -> Path:
        """A copy of the remote, for one side alone."""
        copy = self.folder / f"{name}.git"
        if not copy.exists():
            git(self.folder, "clone", "--quiet", "--mirror", "remote.git", str(copy))
            git(copy, "config", "uploadpack.allowFilter", "true")
        return copy

    def clone(self, name: str, *options: str, remote: str = "remote") -> Path:
        work = self.folder / name
        shutil.rmtree(work, ignore_errors=True)
        git(self.folder, "clone", "--quiet", *options, f"file://{self.remote(remote)}", str(work))
        git(work, "config", "user.name", "Ann")
        git(work, "config", "user.email", "ann@example.com")
        return work

    def measure(self, command: Callable[[int], Sequence[str]], folder: Callable[[int], Path]) -> Cost:
        return measure(command, folder, runs=self.runs, limit=self.limit)


def questions(place: Place) -> list[tuple[str, Cost, Cost]]:
    """What reading costs both tools, in a full clone."""
    work = place.clone("full")
    git(work, "fetch", "--quiet", "origin", f"+{BRANCH}:{SEEN}")
    model = place.facts["model"]
    asked = {
        "which": (["which", f"{model}@production", "--offline"], ["show", f"{model}#production", "--version"]),
        "show": (["show", "--offline"], ["show"]),
        "history": (["history", model, "--limit", "0", "--offline"], ["history", model]),
    }
    found = []
    for what, (ours, theirs) in asked.items():
        own = place.measure(lambda _, a=ours: [tool("ci-ml"), "registry", *a], lambda _: work)
        other = place.measure(lambda _, a=theirs: [tool("gto"), *a], lambda _: work)
        if what == "which" and not other.ended and own.said != other.said:
            raise SystemExit(f"{place.name}: ci-ml says {own.said}, gto says {other.said}")
        found.append((what, own, other))
    return found


def fetches(place: Place) -> tuple[tuple[Cost, int], tuple[Cost, int]]:
    """What each side has to fetch into a checkout as CI makes it: shallow, one branch, no tags; bytes in its store."""
    found = []
    for options in (["--depth=1", "--no-tags", "origin", f"{BRANCH}:{SEEN}"], ["--tags", "origin"]):
        works = [place.clone(f"ci-{n}", "--depth=1", "--single-branch", "--no-tags") for n in range(place.runs + 1)]
        before = stored(works[-1])
        cost = place.measure(lambda _, o=options: ["git", "fetch", "--quiet", *o], lambda n, w=works: w[n])
        found.append((cost, stored(works[0]) - before))  # the first is always run
        for work in works:
            shutil.rmtree(work)
    return found[0], found[1]


@dataclass(frozen=True)
class Append:
    """What it costs to promote a version: whole, its pushes alone, and the bytes that are sent and stored."""

    whole: Cost
    branch: Cost
    tags: Cost
    sent: float
    stored: float
    theirs: Cost


def appends(place: Place) -> Append:
    """Promote one version after the other; then push each commit, and its tags, to another remote once more, alone."""
    model, staging = place.facts["model"], place.facts["staging"]
    versions = [version for version in place.facts["versions"] if version != staging]
    work = place.clone("appending", remote="ours")
    git(work, "fetch", "--quiet", "origin", f"{BRANCH}:{SEEN}")
    git(work, "remote", "add", "plain", f"file://{place.remote('plain')}")
    before = stored(place.remote("ours"))
    states: list[tuple[str, set[str]]] = []

    def promote(number: int) -> Sequence[str]:
        states.append((git(work, "rev-parse", SEEN), set(git(work, "tag").split())))
        return [tool("ci-ml"), "promote", model, versions[number % len(versions)], "staging"]

    whole = place.measure(promote, lambda _: work)
    promote(0)  # the last state, without the promotion
    grown = (stored(place.remote("ours")) - before) / (len(states) - 1)
    steps = [(old, new, sorted(after - tags)) for (old, tags), (new, after) in itertools.pairwise(states)]
    packs = [
        len(git_bytes(work, "pack-objects", "--revs", "--thin", "--stdout", "-q", stdin=f"{new}\n^{old}\n"))
        for old, new, _ in steps
    ]
    runs = min(place.runs, max(1, len(steps) - 1))
    push = ["git", "push", "--quiet", "plain"]
    branch, tags = (
        measure(lambda n, f=refs: [*push, *f(*steps[n])], lambda _: work, runs=runs, limit=place.limit)
        for refs in (lambda _, new, __: [f"{new}:{BRANCH}"], lambda _, __, names: [f"refs/tags/{n}" for n in names])
    )
    other = place.clone("assigning", remote="theirs")
    # Without --force it refuses a version that was in the stage before.
    assign = [tool("gto"), "assign", model, "--stage", "staging", "--push", "--force", "--version"]
    theirs = place.measure(lambda n: [*assign, versions[n % len(versions)]], lambda _: other)
    return Append(whole, branch, tags, statistics.median(packs), grown, theirs)


def stored(repository: Path) -> int:
    """Bytes of the files that hold its objects."""
    inside = repository / ".git"
    objects = (inside if inside.is_dir() else repository) / "objects"
    return sum(path.stat().st_size for path in objects.rglob("*") if path.is_file())


def tool(name: str) -> str:
    """A command of this very environment."""
    return str(Path(sys.executable).with_name(name))


def git(folder: Path, *arguments: str) -> str:
    return git_bytes(folder, *arguments).decode().strip()


def git_bytes(folder: Path, *arguments: str, stdin: str = "") -> bytes:
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, stdout=subprocess.PIPE, input=stdin.encode())
    return done.stdout


def _times(ours: Cost, theirs: Cost) -> str:
    ratio = theirs.seconds / ours.seconds
    return (
        f"{'> ' if theirs.ended else ''}{ratio:.1f}" if ratio < 9.95 else f"{'> ' if theirs.ended else ''}{ratio:.0f}"
    )


def print_tables(places: Sequence[Place], command: str) -> None:
    """Measure, and print as it goes."""
    runs = places[0].runs
    cores = os.cpu_count() or 1
    tools = f"Python {platform.python_version()}, {git(HERE, '--version')}, gto {_version('gto')}"
    print(f"Measured on {datetime.now(UTC):%Y-%m-%d} with {WORDS.get(cores, cores)} cores, {tools}, by")
    print(f"`{command}`.\n")
    print("| events | | `ci-ml` | `gto` | times |\n| :-- | :-- | --: | --: | --: |")
    for place in places:
        for what, ours, theirs in questions(place):
            print(f"| {place.name} | {what} | {ours.words(runs)} | {theirs.words(runs)} | {_times(ours, theirs)} |")
        (ours, own), (theirs, other) = fetches(place)
        sides = [f"{digits(cost.seconds)} s, {size / 1e6:.2f} MB" for cost, size in ((ours, own), (theirs, other))]
        print(f"| {place.name} | fetch | {' | '.join(sides)} | {_times(ours, theirs)} |", flush=True)
    header = "events | promote | `git push` of branch, of tags | beyond both | sent | stored | `gto assign` | times"
    print(f"\n| {header} |")
    print("| :-- | --: | --: | --: | --: | --: | --: | --: |")
    for place in places:
        found = appends(place)
        beyond = digits(found.whole.seconds - found.branch.seconds - found.tags.seconds)
        pushes = f"{digits(found.branch.seconds)} s, {digits(found.tags.seconds)} s"
        sizes = f"{found.sent / 1e3:.0f} kB | {found.stored / 1e3:.0f} kB"
        cells = f"{found.whole.words(runs)} | {pushes} | {beyond} s | {sizes}"
        theirs = found.theirs.words(runs)
        print(f"| {place.name} | {cells} | {theirs} | {_times(found.whole, found.theirs)} |", flush=True)


def _version(package: str) -> str:
    from importlib.metadata import version

    return version(package)


def main() -> None:
    """Build, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", nargs="+", type=int, default=[100, 1000, 10_000, 100_000])
    parser.add_argument("--models", nargs="+", type=int, default=[20, 1], help="over how many models they are spread")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--limit", type=float, default=60.0, help="seconds after which a command is ended")
    arguments = parser.parse_args()
    compile_ours = (
        "import compileall, pathlib, ci_ml; compileall.compile_dir(pathlib.Path(ci_ml.__file__).parent, quiet=2)"
    )
    subprocess.run([sys.executable, "-c", compile_ours], check=True)
    with tempfile.TemporaryDirectory(prefix="ci-ml-benchmark-") as folder:
        places = [
            Place(Path(folder, f"{events}-{models}"), events, models, arguments.runs, arguments.limit)
            for models in arguments.models
            for events in arguments.events
            if events <= models * MOST_IN_A_MODEL
        ]
        for place in places:
            sizes = ("--events", str(place.events), "--models", str(place.models))
            subprocess.run([sys.executable, str(HERE / "registry_histories.py"), str(place.folder), *sizes], check=True)
        print_tables(places, " ".join(["python", "benchmarks/registry.py", *sys.argv[1:]]))


if __name__ == "__main__":
    main()
