"""`ci-ml checkout`: a release as it was: its code, its data and its model in one folder, every digest checked."""

import json
from typing import TYPE_CHECKING, Any

import click

from ci_ml.cli.app import App
from ci_ml.cli.options import format_option

if TYPE_CHECKING:
    from ci_ml.delivery.release_spec import Chosen
    from ci_ml.repository.restoring.release import RestoredRelease

NOTE = ".ci-ml/release.json"


@click.command()
@click.argument("name", metavar="MODEL@STAGE|VERSION")
@click.option("--into", metavar="DIR", help="The folder to make. Default: MODEL-VERSION, here.")
@click.option("--no-data", is_flag=True, help="Leave out the data that DVC tracks.")
@format_option("table", "json")
@click.pass_obj
def checkout(app: App, name: str, into: str | None, no_data: bool, style: str) -> int:
    """Restore code, data and model of a release into a folder.

    All or nothing: the folder appears when every file has the digest that
    the registry pins. No filter, hook or submodule of the code is run, and
    the folder is no git repository.

    \b
    Examples:
      ci-ml checkout late-flight@production
      ci-ml checkout late-flight@v1.0.0 --into /tmp/audit --no-data
    """
    from ci_ml.cli.registry.source import open_log
    from ci_ml.delivery.release_spec import choose, parse_release_name, store_of
    from ci_ml.repository.restoring.assembly import assembled, refuse_taken
    from ci_ml.repository.restoring.release import restore
    from ci_ml.text import shown

    named = parse_release_name(name)
    log = open_log(app, offline=False, address=None)
    chosen = choose(log, named, git_remote=log.remote)
    facts = chosen.facts
    plain = chosen.history.model.replace("/", "-").replace(":", "-")
    target = app.start / (into or f"{plain}-{chosen.release.version}")
    refuse_taken(target)
    if chosen.release.withdrawn:
        app.warn(f"{chosen.name} was withdrawn: it must not be used any more.")
    elif chosen.release.deprecated or chosen.history.deprecated:
        app.warn(f"{chosen.name} is deprecated.")
    store = store_of(chosen, own_clone=True)
    with assembled(target) as folder:
        restored = restore(store, chosen.snapshot, chosen.release, folder, with_data=not no_data)
        answer = _answer(chosen, restored, with_data=not no_data)
        note = folder / NOTE
        if not note.exists():
            from ci_ml.files import write_bytes

            write_bytes(note, json.dumps(answer, indent=2).encode() + b"\n")
    if target.is_relative_to(app.root) and app.git.run("check-ignore", "--quiet", str(target)).code:
        app.note("It lies in this working copy, which is no longer clean with it; --into DIR puts it elsewhere.")
    if style == "json":
        app.out(json.dumps({**answer, "path": str(target)}, indent=2))
        return 0
    app.out(f"{chosen.name} is in {target}")
    app.out(f"  code   git tree {facts.tree[:12]} of commit {facts.commit[:12]}, {restored.code:,} files")
    for path, pin in restored.data.items():
        app.out(f"  data   {shown(path, 200)}  {pin}")
    for file in restored.files:
        kind = "model" if file == facts.model else "scores"
        app.out(f"  {kind:<6} {shown(file.path, 200)}  sha256:{file.sha256[:12]}")
    if no_data and facts.data:
        app.out("  data   left out")
    return 0


def _answer(chosen: "Chosen", restored: "RestoredRelease", *, with_data: bool) -> dict[str, Any]:
    from ci_ml.registry.pins import pins_of

    return {
        "schema": 1,
        "model": chosen.history.model,
        "version": chosen.release.version,
        "stage": chosen.stage,
        "registry": chosen.snapshot.head,
        "complete": with_data,
        "restored": {"code": restored.code, "data": dict(restored.data), "files": [f.path for f in restored.files]},
        "pins": pins_of(chosen.release),
    }
