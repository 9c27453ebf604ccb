"""What every command is handed: where it runs, when, how talkative, and where its words go."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ci_ml.config import Config, Model, Registry
    from ci_ml.forge.local import LocalForge
    from ci_ml.git.questions import Git
    from ci_ml.registry.history import History
    from ci_ml.registry.signing.policy import Policy
    from ci_ml.repository.event_log.log import EventLog


@dataclass(kw_only=True)
class App:
    """The world as one command sees it. Tests build their own.

    Attributes:
        start: the folder the command was typed in.
        now: the command's one moment, UTC.
        environ: the environment, read once.
    """

    start: Path
    now: datetime
    environ: Mapping[str, str] = field(default_factory=dict)
    quiet: bool = False
    debug: bool = False

    @cached_property
    def git(self) -> "Git":
        """The repository around `start`.

        Raises:
            MachineError: no git, or no repository here.
        """
        from ci_ml.git.questions import Git

        return Git.discover(self.start)

    @cached_property
    def root(self) -> Path:
        return self.git.root

    @cached_property
    def config(self) -> "Config":
        """ci-ml.yaml of the working copy.

        Raises:
            ConfigError: there is none, or it is wrong.
        """
        from ci_ml.config import FILE_NAME, read_config
        from ci_ml.errors import ConfigError, DataError
        from ci_ml.files import read_text

        path = self.root / FILE_NAME
        if not path.is_file():
            raise ConfigError(f"{self.root.name}/ has no {FILE_NAME}.", hint="ci-ml init writes one.")
        try:
            text = read_text(path, name=FILE_NAME)
        except DataError as error:
            raise ConfigError(error.message, hint=error.hint) from None
        return read_config(text, name=FILE_NAME)

    def model(self, name: str | None) -> "tuple[str, Model]":
        return self.config.model(name)

    @cached_property
    def log(self) -> "EventLog":
        """The registry's log: on the configured remote where there is one, else the local branch.

        It needs no ci-ml.yaml, which is parsed only where it says something of the registry.
        """
        from ci_ml.repository.event_log.log import EventLog

        remote = self.registry_remote
        return EventLog(self.git, remote if self.git.has_remote(remote) else None)

    @property
    def registry_remote(self) -> str:
        """Where ci-ml.yaml keeps the registry; the clone need not have that remote."""
        return "origin" if self.says_nothing_of("registry") else self.config.registry.remote

    @property
    def registry(self) -> "Registry":
        """What the working copy's ci-ml.yaml says of the registry; the defaults where it says nothing."""
        from ci_ml.config import Registry

        return Registry() if self.says_nothing_of("registry") else self.config.registry

    @cached_property
    def policy(self) -> "Policy":
        """Who may sign what, and how many must approve, as the main branch says it: the remote's, fetched for this.

        Raises:
            MachineError: the main branch is not here and cannot be fetched.
            ConfigError: what the main branch says is wrong.
        """
        from ci_ml.repository.policy import read_policy

        found = read_policy(self.git, self.registry)
        if found.stale:
            self.warn(f"the rules of {found.source} count as they were fetched last: {found.stale}.")
        return found

    def says_nothing_of(self, key: str) -> bool:
        """Whether ci-ml.yaml, if there is one, cannot have such a key: told without parsing it, which takes a while."""
        import re

        path = self.root / "ci-ml.yaml"
        # YAML can write a letter of the key as an escape.
        return not (path.is_file() and re.search(rb"%s|\\[xuU]" % key.encode(), path.read_bytes()))

    def history(self, model: str) -> "History":
        """What the registry says of a model, refreshed from the remote where there is one."""
        from functools import partial

        from ci_ml.git.background import meanwhile

        with meanwhile(partial(self.log.read_ahead, model)):  # git fetches
            warning = self.log.refresh()
        if warning:
            self.warn(warning)
        return self.log.read(model)

    @cached_property
    def forge(self) -> "LocalForge":
        """Where comments, checks and deployments go."""
        from ci_ml.forge.local import LocalForge
        from ci_ml.repository.records import FOLDER

        return LocalForge(self.root / FOLDER / "forge")

    @property
    def actor(self) -> str:
        """Who acts, for `recorded_by`: the run under GitHub Actions, else the git user."""
        if self.environ.get("GITHUB_ACTIONS") == "true":
            run = f"run {self.environ.get('GITHUB_RUN_ID', '?')}"
            return f"{self.environ.get('GITHUB_ACTOR', 'github-actions')} ({run})"
        from ci_ml.git.writes import committer

        name = (committer(self.git) or "").partition(" <")[0]
        return name or self.environ.get("USER", "") or "ci-ml"

    @property
    def colour(self) -> bool:
        """Whether stdout is a terminal that wants colour."""
        import sys

        return sys.stdout.isatty() and "NO_COLOR" not in self.environ

    def out(self, text: str) -> None:
        """An answer, to stdout."""
        click.echo(text.rstrip("\n"))

    def note(self, text: str) -> None:
        """Progress or a remark, to stderr; nothing with --quiet."""
        if not self.quiet:
            click.echo(inert(text), err=True)

    def warn(self, text: str) -> None:
        """Something the user should know even with --quiet."""
        click.echo(f"warning: {inert(text)}", err=True)


def inert(text: str) -> str:
    """Lines for a terminal that carry nothing but letters: what was found elsewhere may try to steer it.

    >>> inert("a\\x1b[31m\\nb")
    'a�[31m\\nb'
    """
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)
