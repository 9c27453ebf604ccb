"""`ci-ml checkout`: a release as it was: its code, its data and its model in one folder, every digest checked."""

import json
from typing import TYPE_CHECKING

import click

from ci_ml.cli.app import App
from ci_ml.cli.options import format_option

if TYPE_CHECKING:
    from pathlib import Path

    from ci_ml.delivery.checking_out import CheckedOut


@click.command()
@click.argument("name", metavar="MODEL@STAGE|VERSION")
@click.option("--into", metavar="DIR", help="The folder to make. Default: one in .ci-ml/, which git ignores.")
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
    from ci_ml.delivery.checking_out import check_out
    from ci_ml.delivery.own_folders import folder_for_checkout
    from ci_ml.delivery.release_spec import find_release, parse_release_name

    spec = parse_release_name(name)
    log = open_log(app, offline=False, address=None)
    named = find_release(log, spec, git_remote=log.remote)
    target = app.start / into if into else folder_for_checkout(log.git.root, named)
    found = check_out(named, target, app, with_data=not no_data)
    if target.is_relative_to(log.git.root) and log.git.run("check-ignore", "--quiet", str(target)).code:
        app.note("It lies in this working copy, which is no longer clean with it; --into DIR puts it elsewhere.")
    if style == "json":
        app.out(json.dumps({**found.facts, "path": str(target)}, indent=2))
    else:
        app.out("\n".join(_words(found, target)))
    return 0


def _words(found: "CheckedOut", target: "Path") -> list[str]:
    from ci_ml.text import shown

    facts, restored = found.named.facts, found.restored
    lines = [
        f"{found.named.name} is in {target}",
        f"  code   git tree {facts.tree[:12]} of commit {facts.commit[:12]}, {restored.code:,} files",
    ]
    lines += [f"  data   {shown(path, 200)}  {pin}" for path, pin in restored.data.items()]
    for file in restored.files:
        kind = "model" if file == facts.model else "scores"
        lines.append(f"  {kind:<6} {shown(file.path, 200)}  sha256:{file.sha256[:12]}")
    if not found.complete and facts.data:
        lines.append("  data   left out")
    return lines
