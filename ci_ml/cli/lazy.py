"""A group of commands whose modules load when they are asked for: `ci-ml --help` must not import what it only names."""

import importlib
import keyword
from collections.abc import Mapping
from typing import Any

import click


def _quiet_option() -> click.Option:
    """`--quiet` of the whole program, for those who think of it last."""

    def quieten(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
        if wanted:
            ctx.obj.quiet = True

    return click.Option(
        ["--quiet", "-q"],
        is_flag=True,
        expose_value=False,
        callback=quieten,
        help="No progress, only answers and errors.",
    )


class LazyGroup(click.Group):
    """Commands by name, in the order in which a newcomer meets them.

    Args:
        commands_in: command -> module below `ci_ml.cli` that defines a function of that name ("-" written "_").
    """

    def __init__(self, *arguments: Any, commands_in: Mapping[str, str], **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.commands_in = commands_in

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 click's signature
        return list(self.commands_in)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002 click's signature
        if name not in self.commands_in:
            return None
        module = importlib.import_module(f"ci_ml.cli.{self.commands_in[name]}")
        # Python lets no function be called `import`.
        function = f"{name}_" if keyword.iskeyword(name) else name.replace("-", "_")
        command: click.Command = getattr(module, function)
        if not any(parameter.name == "quiet" for parameter in command.params):
            command.params.append(_quiet_option())
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands_in and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], self.commands_in, n=1)
            ctx.fail(f"no command '{args[0]}'." + (f" Did you mean '{near[0]}'?" if near else ""))
        return super().resolve_command(ctx, args)
