"""`ci-ml init` and `ci-ml check`: write the configuration, and say whether it holds."""

from collections.abc import Iterator

import click

from ci_ml.cli.app import App
from ci_ml.cli.options import format_option
from ci_ml.text import count


@click.command()
@click.option("--model", "name", metavar="NAME", help="What to call the model. Default: the folder's name.")
@click.option("--print", "only_print", is_flag=True, help="Print the configuration instead of writing it.")
@click.pass_obj
def init(app: App, name: str | None, only_print: bool) -> int:
    """Write a first ci-ml.yaml for the repository you are in.

    It looks before it writes: DVC stages, training scripts, predictions files
    and their columns. In a folder of a larger repository it writes the folder:
    of that model. It never overwrites. A line in .gitattributes lets git
    store model and predictions byte for byte, on Windows too.

    \b
    Example:
      ci-ml init --model churn
    """
    from ci_ml.cli.adapters import open_git
    from ci_ml.config import FILE_NAME, read_config
    from ci_ml.errors import ConfigError
    from ci_ml.files import read_text, write_bytes
    from ci_ml.names import check_model
    from ci_ml.repository.scaffold import git_attributes, write_config
    from ci_ml.repository.survey import project_folder, survey

    if name is not None:
        check_model(name)
    git = open_git(app)
    path = git.root / FILE_NAME
    folder = project_folder(git, app.start)
    if path.exists() and not only_print:
        more = f"; ci-ml init --print shows the model of {folder}/, to add below models:" if folder else "."
        raise ConfigError(f"{FILE_NAME} is already there; it was not touched.", hint=f"ci-ml check reads it{more}")
    found = survey(git, name, folder)
    text = write_config(found)
    read_config(text)  # what init writes is always valid; a bug here must not leave a file behind
    if only_print:
        app.out(text)
        return 0
    write_bytes(path, text.encode())
    attributes = git.root / ".gitattributes"
    present = read_text(attributes, name=".gitattributes") if attributes.is_file() else ""
    write_bytes(attributes, git_attributes(found, present).encode())
    app.out(f"wrote {FILE_NAME} for model '{found.name}' ({found.summary})")
    blank = {"train": not (found.train_stages or found.train_command), "artifact": found.artifact is None}
    lines = [line.strip() for line in text.splitlines()]
    for key in (key for key, missing in blank.items() if missing):
        number = 1 + next(index for index, line in enumerate(lines) if line.startswith(f"# {key}:"))
        app.note(f"Fill in {key}: in line {number}; nothing was found that it could be.")
    app.note("Next: ci-ml check. After that ci-ml status says what comes next, each time.")
    return 0


@click.command()
@format_option("table", "json")
@click.pass_obj
def check(app: App, style: str) -> int:
    """Read ci-ml.yaml and say what it means, defaults included.

    Looks at what it names, too: files, DVC stages, and the columns of the
    predictions where they are there. Exits 2 with file, line and column of
    everything that is wrong. Keys that this version reads but does not act on
    are named.

    \b
    Example:
      ci-ml check
    """
    from textwrap import fill

    from ci_ml.cli.adapters import configuration_text, open_git
    from ci_ml.config import raise_all, read_with_faults
    from ci_ml.config.card import missing
    from ci_ml.config.describe import describe, inert_keys, resolve
    from ci_ml.delivery.project import Project
    from ci_ml.delivery.project_checks import check_project

    git = open_git(app)
    config, faults = read_with_faults(configuration_text(git.root, app.start))
    found = check_project(Project(git=git, config=config, start=app.start), faults)
    raise_all(config.name, (*faults, *found.faults))
    if style == "json":
        import json

        app.out(json.dumps({"schema": 1, **resolve(config)}, indent=2))
        return 0
    for name, facts in describe(config)["models"].items():
        app.out("\n".join([f"{name}: {facts.pop('task')}", *_aligned(facts)]))
        unsaid = missing(found.cards[name]) if name in found.cards else ()
        if unsaid:
            said = f"  {config.models[name].card} does not state: {', '.join(unsaid)}"
            app.note(fill(said, 80, subsequent_indent="    "))
    for place, key, why in inert_keys(config):
        app.warn(f"{place}: {key} {why}")
    for remark in found.remarks:
        app.warn(remark)
    app.out(f"{config.name} is valid: {count(len(config.models), 'model')}.")
    return 0


def _aligned(facts: dict[str, str]) -> Iterator[str]:
    """A line a fact, going on below itself where column 80 ends it."""
    from textwrap import fill

    width = max(map(len, facts)) + 1
    for key, value in facts.items():
        yield fill(
            value,
            80,
            initial_indent=f"  {key:<{width}}",
            subsequent_indent=" " * (width + 2),
            break_long_words=False,
            break_on_hyphens=False,
        )
