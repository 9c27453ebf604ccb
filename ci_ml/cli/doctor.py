"""`ci-ml doctor`: say what is missing here, before a GPU minute is spent, and how to mend it."""

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING

import click

from ci_ml.cli.app import App
from ci_ml.cli.options import format_option

if TYPE_CHECKING:
    from ci_ml.git.questions import Git


@dataclass(frozen=True)
class Inspected:
    """One thing looked at. `remedy` is set where it is missing; `needed` says whether that stops the work here."""

    what: str
    found: str
    remedy: str = ""
    needed: bool = True


@click.command()
@format_option("table", "json")
@click.pass_obj
def doctor(app: App, style: str) -> int:
    """What is missing on this machine, and how is it mended?

    Exits 3 if something that the configuration needs is missing.

    \b
    Example:
      ci-ml doctor
    """
    findings = [*_machine(), *_repository(app)]
    if style == "json":
        import json
        from dataclasses import asdict

        app.out(json.dumps({"schema": 1, "findings": [asdict(f) for f in findings]}, indent=2))
    else:
        for finding in findings:
            mark = "ok" if not finding.remedy else "MISSING" if finding.needed else "note"
            said = [*_wrapped(finding.found), *_wrapped(finding.remedy)]
            app.out(f"  {mark:<8}{finding.what:<18}{said[0]}")
            for line in said[1:]:
                app.out(f"  {'':<8}{'':<18}{line}")
    return 3 if any(f.remedy and f.needed for f in findings) else 0


def _wrapped(text: str) -> list[str]:
    """Lines that end at column 80; commands and paths, which are there to be copied, are not broken."""
    return wrap(text, 80 - 28, break_long_words=False, break_on_hyphens=False)


def _machine() -> Iterator[Inspected]:
    from ci_ml.training.hardware import describe_machine

    facts = describe_machine()
    memory = f", {facts['memory']}" if "memory" in facts else ""
    yield Inspected("machine", f"{facts['processors']} processors{memory}, {facts['system']}")
    yield Inspected("python", facts["python"])
    yield Inspected("gpus", facts.get("gpus", "none that nvidia-smi shows"))


def _repository(app: App) -> Iterator[Inspected]:
    from ci_ml.cli.adapters import open_git, read_configuration
    from ci_ml.errors import CiMlError
    from ci_ml.git.writes import committer

    try:
        git = open_git(app)
        yield Inspected("git", git.ask("version").strip().removeprefix("git version "))
    except CiMlError as error:
        yield Inspected("git", error.message, error.hint)
        return
    try:
        config = read_configuration(git.root, app.start)
        yield Inspected("ci-ml.yaml", "valid, models: " + ", ".join(config.models))
    except CiMlError as error:
        first, *more = error.message.split("\n")
        said = f"{first.rstrip(':')}." if more else first
        yield Inspected("ci-ml.yaml", said, "ci-ml check" if more else error.hint or "See docs/configuration.md.")
        return
    models = config.models.values()
    stages = any(step.stage for model in models for step in (model.train, model.predict) if step)
    yield _package("evaluate", "numpy", "judging")
    yield _package("evaluate", "pyarrow", "judging")
    yield _package("train", "dvc", "DVC stages", needed=stages)
    yield from _lightgbm()
    yield _remote(git, config.registry.remote)
    yield _store(git, needed=any(model.artifact for model in models))
    for name, model in config.models.items():
        if model.artifact is None:
            where = config.locate("models", name)
            found = f"{name} names none, so it cannot be registered or promoted"
            yield Inspected("artifact", found, f"add artifact: PATH ({where})", needed=False)
    identity = committer(git)
    yield Inspected(
        "git identity",
        identity or "none: the registry's commits are made as ci-ml, but git makes none of yours",
        "" if identity else "git config user.name NAME and git config user.email ADDRESS",
        needed=False,
    )
    if git.head() is None:
        yield Inspected("commit", "none yet", 'git add -A && git commit -m "Add ci-ml"', needed=False)
    if git.is_shallow():
        yield Inspected("history", "shallow", "git fetch --unshallow, if promote --merged asks for more", needed=False)


def _package(extra: str, name: str, purpose: str, *, needed: bool = True) -> Inspected:
    from importlib import metadata

    try:
        return Inspected(name, metadata.version(name))
    except metadata.PackageNotFoundError:
        return Inspected(name, f"not installed ({purpose})", f"pip install 'ci-ml[{extra}]'", needed)


def _lightgbm() -> Iterator[Inspected]:
    from importlib.util import find_spec

    if find_spec("lightgbm") is None:
        return
    import ctypes

    try:
        ctypes.CDLL("libgomp.so.1")
        yield Inspected("libgomp", "found (LightGBM needs it)")
    except OSError:
        yield Inspected("libgomp", "not found (LightGBM needs it)", "apt-get install libgomp1, or dnf install libgomp")


def _remote(git: "Git", name: str) -> Inspected:
    from ci_ml.git.complaints import cause

    if not git.has_remote(name):
        return Inspected("registry", "no remote: the local branch model-registry is the registry")
    answer = git.run("ls-remote", "--heads", "--", name, "refs/heads/model-registry")
    if answer.code:
        return Inspected(
            "registry", f"remote '{name}' does not answer: {cause(answer.errors)}", f"git ls-remote {name}"
        )
    has = "has a registry" if answer.text else "has no registry yet: the first register makes it"
    return Inspected("registry", f"remote '{name}' answers and {has}")


def _store(git: "Git", *, needed: bool) -> Inspected:
    from ci_ml.errors import CiMlError
    from ci_ml.repository.storage.artifacts import open_store

    try:
        store = open_store(git)
    except CiMlError as error:
        return Inspected("artifact store", error.message, error.hint)
    if store.remote is not None:
        return Inspected("artifact store", store.remote.where)
    return (
        Inspected(
            "artifact store",
            "no DVC remote: models must be tracked by git to be registered",
            "dvc remote add -d storage URL",
            needed=False,
        )
        if needed
        else Inspected("artifact store", "none, and none needed")
    )
