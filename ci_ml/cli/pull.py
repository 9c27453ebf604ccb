"""`ci-ml pull`: the model file of a release, checked, for whoever deploys it."""

import json
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import click

from ci_ml.cli.app import App
from ci_ml.cli.options import format_option

if TYPE_CHECKING:
    from ci_ml.delivery.release_spec import Chosen


@click.command()
@click.argument("name", metavar="MODEL@STAGE|VERSION")
@click.option(
    "--output", "-o", metavar="FILE", help="Where to put it; a folder keeps its name. Default: its name, here."
)
@click.option("--remote", "address", metavar="URL", help="From the repository there; no clone is needed.")
@click.option("--force", is_flag=True, help="Fetch a version that was withdrawn, too.")
@format_option("table", "json")
@click.pass_obj
def pull(app: App, name: str, output: str | None, address: str | None, force: bool, style: str) -> int:
    """Fetch the model file of a release, and print where it is.

    Its SHA-256 is compared with what the registry pins before it appears
    under its name, in place of an older one; a file that git tracks must be
    named by --output to be overwritten. Needs no DVC for what git, a folder
    or a web server has. Nothing is loaded or run.

    \b
    Examples:
      ci-ml pull late-flight@production
      ci-ml pull late-flight@v1.0.0 --output /srv/model.txt
      ci-ml pull late-flight@production --remote https://git.example/flights.git
    """
    from ci_ml.cli.registry.source import open_log
    from ci_ml.delivery.release_spec import choose, parse_release_name, store_of
    from ci_ml.errors import DataError
    from ci_ml.repository.restoring.code_tree import bring_tree
    from ci_ml.repository.restoring.release import digest_of

    named = parse_release_name(name)
    log = open_log(app, offline=False, address=address)
    chosen = choose(log, named, git_remote=log.remote if address is None else "origin")
    facts = chosen.facts
    _warn_of_standing(app, chosen, force=force)
    target = _target(app, output, facts.model.path)
    if not _is_there(target, facts.model.sha256):
        if output is None or target != app.start / output:
            _refuse_tracked(target, chosen.name, typed=Path(output or "") / target.name)
        store = store_of(chosen, own_clone=address is None)
        if store.remote is None:
            with suppress(DataError):  # the store says so in its own words
                bring_tree(store.git, store.git_remote, facts.tree, commits=(facts.commit,))
        store.deliver(digest_of(facts.model), target, commit=facts.tree)
    if style == "json":
        answer = {
            "schema": 1,
            "model": chosen.history.model,
            "version": chosen.release.version,
            "stage": chosen.stage,
            "commit": facts.commit,
            "sha256": facts.model.sha256,
            "size": facts.model.size,
            "path": str(target),
            "registry": chosen.snapshot.head,
        }
        app.out(json.dumps(answer, indent=2))
    else:
        app.out(str(target))
        app.note(f"{chosen.name}, {facts.model.size:,} bytes, sha256 {facts.model.sha256}")
    return 0


def _warn_of_standing(app: App, chosen: "Chosen", *, force: bool) -> None:
    from ci_ml.errors import RegistryConflict

    if chosen.release.withdrawn and not force:
        raise RegistryConflict(
            f"{chosen.name} was withdrawn: it must not be used any more.",
            hint=f"ci-ml registry history {chosen.history.model} says why; --force fetches it all the same.",
        )
    if chosen.release.withdrawn:
        app.warn(f"{chosen.name} was withdrawn: it must not be used any more.")
    elif chosen.release.deprecated or chosen.history.deprecated:
        app.warn(f"{chosen.name} is deprecated.")


def _target(app: App, output: str | None, path: str) -> Path:
    """Where the model goes: a path as it was typed, relative to where it was typed.

    Raises:
        ConfigError: there is nothing to call it, or a folder has that name.
    """
    from ci_ml.errors import ConfigError
    from ci_ml.repository.restoring.code_tree import means_git
    from ci_ml.text import shown

    given = app.start / output if output else app.start
    if not given.is_dir() and output and not output.endswith("/"):
        return given
    name = PurePosixPath(path).name
    if name in ("", "..") or not name.isprintable() or means_git(name):
        raise ConfigError(
            f"the model's own name is '{shown(path)}', which no file here may have.", hint="--output FILE"
        )
    if (given / name).is_dir():
        raise ConfigError(f"{given / name} is a folder.", hint="--output FILE")
    return given / name


def _refuse_tracked(target: Path, release: str, *, typed: Path) -> None:
    """Do not overwrite somebody's work by a name that nobody typed; an untracked file is taken for an older download.

    Args:
        typed: the target, as somebody who means it would type it.

    Raises:
        ConfigError: git tracks what is there.
    """
    from shlex import quote

    from ci_ml.errors import ConfigError
    from ci_ml.git.questions import Git

    if not (target.exists() or target.is_symlink()):
        return
    if Git(target.parent).run("--literal-pathspecs", "ls-files", "--error-unmatch", "--", target.name).code == 0:
        raise ConfigError(
            f"{target} is tracked by git, and is not the model of {release}.",
            hint=f"--output FILE puts it elsewhere; --output {quote(str(typed))} overwrites this one.",
        )


def _is_there(target: Path, sha256: str) -> bool:
    from ci_ml.files import digest_file

    return target.is_file() and not target.is_symlink() and digest_file(target, name=str(target)).sha256 == sha256
