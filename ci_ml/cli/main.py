"""The `ci-ml` group and its one error boundary: every failure ends here, as words and an exit code."""

import gc
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from ci_ml import VERSION
from ci_ml.cli.app import App
from ci_ml.cli.lazy import LazyGroup
from ci_ml.errors import BUG, CiMlError, missing_extra
from ci_ml.git.environment import untied
from ci_ml.text import inert

# Where each command lives. Modules load when their command (or the list of all) is asked for.
COMMANDS = {
    "init": "project",
    "check": "project",
    "status": "status",
    "doctor": "doctor",
    "train": "train",
    "evaluate": "judge",
    "compare": "judge",
    "gate": "judge",
    "report": "report",
    "register": "release",
    "promote": "release",
    "rollback": "rollback",
    "pull": "pull",
    "checkout": "checkout",
    "registry": "registry",
    "drift": "drift",
    "demo": "demo",
}


# Which extra brings a package that the base install leaves out.
EXTRAS = {"numpy": "evaluate", "scipy": "evaluate", "pyarrow": "evaluate", "dvc": "train", "lightgbm": "train"}


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(f"ci-ml {VERSION}")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    commands_in=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)
@click.option("-C", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Run in this folder.")
@click.option("--quiet", "-q", is_flag=True, help="No progress, only answers and errors.")
@click.option("--debug", is_flag=True, help="Let an internal error end in Python's own trace.")
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Show it.")
@click.pass_context
def cli(ctx: click.Context, folder: Path | None, quiet: bool, debug: bool) -> None:
    """Machine-learning delivery that lives in the git repository.

    \b
    A first look, on real data:   ci-ml demo
    In your own repository:       ci-ml init, then ci-ml status each time
    """
    if ctx.obj is None:
        start = (folder or Path.cwd()).resolve()
        ctx.obj = App(start=start, now=datetime.now(UTC), environ=dict(os.environ), quiet=quiet, debug=debug)


def run(arguments: list[str] | None = None, *, app: App | None = None) -> int:
    """Run one command and return its exit code; nothing escapes but the user's own interrupt."""
    typed = arguments if arguments is not None else sys.argv[1:]
    try:
        with untied():  # a hook of git's may have started us
            result = cli.main(arguments, prog_name="ci-ml", standalone_mode=False, obj=app)
        return result if isinstance(result, int) else 0
    except click.ClickException as error:
        _say(error.format_message(), hint=_usage_hint(error))
        return error.exit_code
    except CiMlError as error:
        _say(error.message, hint=error.hint)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        return 130
    except (BrokenPipeError, SystemExit):
        # The reader went away (`ci-ml … | head`): that is its right, and click makes an exit of it that would look like
        # a bug. Python must not complain at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except ModuleNotFoundError as error:
        # The base install leaves out what only judging or training needs; anything else missing is our bug.
        extra = EXTRAS.get((error.name or "").partition(".")[0])
        if extra is None:
            return _bug(error, typed)
        absent = missing_extra(extra, error.name or "", needed_for="this command")
        _say(absent.message, hint=absent.hint)
        return absent.exit_code
    except Exception as error:
        return _bug(error, typed)


def _bug(error: Exception, arguments: list[str]) -> int:
    if "--debug" in arguments:
        raise error
    from ci_ml.cli.bug_report import bug_report, masked

    said = masked(f"a bug in ci-ml: {type(error).__name__}: {error}", environ=os.environ, home=Path.home())
    _say(
        said,
        hint="Report it with what follows; home folder and tokens are masked, please look it over.\n"
        "       The command stopped halfway: git status shows what it left.",
    )
    click.echo("\n" + inert(bug_report(error, arguments=arguments, environ=os.environ)), err=True)
    return BUG


def _usage_hint(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return f"{context.command_path} --help" if context else ""


def _say(message: str, *, hint: str) -> None:
    click.echo(f"error: {inert(message)}", err=True)
    if hint:
        click.echo(f"  try: {inert(hint)}", err=True)


def main() -> None:
    """Entry point of the `ci-ml` script."""
    # A cancelled job is told so by SIGTERM: what we started has to end with us.
    signal.signal(signal.SIGTERM, _interrupt)
    # Most commands end before there is any garbage worth a search, and at the end there is no use in one.
    gc.set_threshold(50_000, 20, 50)
    code = run()
    gc.freeze()
    sys.exit(code)


def _interrupt(signum: int, frame: object) -> None:  # noqa: ARG001 signal's signature
    raise KeyboardInterrupt
