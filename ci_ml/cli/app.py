"""What every command is handed: where it runs, when, how talkative, and where its words go."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ci_ml.text import inert

if TYPE_CHECKING:
    from ci_ml.delivery.registry_writer import RegistryWriter
    from ci_ml.git.questions import Git
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

    # Left until approving and diff build their adapters themselves.

    @cached_property
    def git(self) -> "Git":
        from ci_ml.cli import adapters

        return adapters.open_git(self)

    @cached_property
    def log(self) -> "EventLog":
        from ci_ml.cli import adapters

        return adapters.registry_log(self.git)

    @property
    def policy(self) -> "Policy":
        return self.writer.rules()

    @cached_property
    def writer(self) -> "RegistryWriter":
        from ci_ml.cli import adapters

        return adapters.registry_writer(self, self.log)

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
