"""What every command is handed: where it runs, when, how talkative, and where its words go."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import click

from ci_ml.text import inert


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
