"""`ci-ml registry`: what is there, what changes it, and whether it can be trusted."""

import click

from ci_ml.cli.lazy import LazyGroup

# Where each command lives.
COMMANDS = {
    "show": "registry.reading",
    "which": "registry.which",
    "history": "registry.reading",
    "diff": "registry.diff",
    "log": "registry.log",
    "verify": "registry.verify",
    "approve": "registry.approving",
    "vacate": "registry.moving",
    "withdraw": "registry.moving",
    "deprecate": "registry.moving",
    "restore": "registry.moving",
    "tags": "registry.tagging",
    "import": "registry.importing",
}


@click.group(cls=LazyGroup, commands_in=COMMANDS)
def registry() -> None:
    """Which versions exist, and who holds each stage?

    What moves versions between stages: ci-ml promote and ci-ml rollback. What
    fetches their files: ci-ml pull and ci-ml checkout.

    \b
    Example:
      ci-ml registry show
    """
