"""Options and arguments that several commands share, so that they are spelled and explained once."""

from collections.abc import Callable
from typing import Any

import click

MODEL = click.argument("model", required=False)


def format_option(*formats: str) -> Callable[[Any], Any]:
    """--format, the first one being the default."""
    return click.option(
        "--format", "style", type=click.Choice(formats), default=formats[0], show_default=True, help="How to print it."
    )


BASELINE = click.option(
    "--baseline", metavar="WHAT", help="A stage, version, revision or predictions file. Default: see ci-ml.yaml."
)
CANDIDATE = click.option(
    "--candidate", metavar="WHAT", help="A revision, version or predictions file. Default: the working copy."
)


def _words(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:  # noqa: ARG001 click's signature
    return value.strip() or None if value else None


REASON = click.option("--reason", metavar="WORDS", callback=_words, help="Why; it is kept for good.")
EXAMPLE = "\b\nExample:\n  "
