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
    from ci_ml.config import Config, Model, Registry
    from ci_ml.delivery.registry_writer import RegistryWriter
    from ci_ml.forge.base import Forge
    from ci_ml.forge.event import Event
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

    # Until every command builds its adapters itself (ci_ml/cli/adapters.py), it finds them here.

    @cached_property
    def git(self) -> "Git":
        from ci_ml.cli import adapters

        return adapters.open_git(self)

    @cached_property
    def root(self) -> Path:
        return self.git.root

    @cached_property
    def config(self) -> "Config":
        from ci_ml.cli import adapters

        return adapters.read_configuration(self.root)

    def model(self, name: str | None) -> "tuple[str, Model]":
        return self.config.model(name)

    @cached_property
    def log(self) -> "EventLog":
        from ci_ml.cli import adapters

        return adapters.registry_log(self.git)

    @property
    def registry_remote(self) -> str:
        from ci_ml.cli import adapters

        return adapters.registry_remote(self.root)

    @property
    def registry(self) -> "Registry":
        from ci_ml.cli import adapters

        return adapters.registry_settings(self.root)

    @cached_property
    def policy(self) -> "Policy":
        from ci_ml.cli import adapters

        return adapters.main_branch_rules(self, self.git)

    @cached_property
    def writer(self) -> "RegistryWriter":
        from ci_ml.cli import adapters

        return adapters.registry_writer(self, self.log, rules=lambda: self.policy)

    def stages_of(self, model: str | None) -> tuple[str, ...]:
        from ci_ml.cli import adapters

        return adapters.configured_stages(self.root, model)

    def says_nothing_of(self, key: str) -> bool:
        from ci_ml.cli import adapters

        return adapters.says_nothing_of(self.root, key)

    def history(self, model: str) -> "History":
        from ci_ml.delivery.registry_view import newest_view

        return newest_view(self.log, self, model=model).history(model)

    @cached_property
    def forge(self) -> "Forge":
        from ci_ml.cli import adapters

        return adapters.open_forge(self.root)

    @cached_property
    def event(self) -> "Event":
        from ci_ml.forge.event import read_event

        return read_event(self.environ)

    @property
    def actor(self) -> str:
        from ci_ml.cli import adapters

        return adapters.actor(self, self.git)

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
