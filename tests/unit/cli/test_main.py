"""ci_ml/cli/main.py: the one place where every failure ends, as words and an exit code."""

import platform
import re
import subprocess
import sys
from datetime import UTC, datetime
from importlib import metadata

import click
import pytest
from workbench import ci_ml

from ci_ml.cli import main
from ci_ml.cli.app import App
from ci_ml.cli.lazy import LazyGroup
from ci_ml.errors import CiMlError, MachineError


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    code = main.run(list(arguments))
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture
def failing(monkeypatch):
    """A command that raises what the test wants."""

    def install(error: BaseException) -> None:
        def body(app):
            raise error

        command = click.command("check")(click.pass_obj(body))
        monkeypatch.setattr(LazyGroup, "get_command", lambda self, ctx, name: command)

    return install


def test_run__help__lists_every_command_in_the_order_of_the_loop(capsys):
    code, out, err = run(capsys, "--help")

    listed = [line.split()[0] for line in out.partition("Commands:\n")[2].splitlines()]
    assert (code, err, listed) == (0, "", list(main.COMMANDS))


@pytest.mark.parametrize("command", [*main.COMMANDS, "registry show", "registry history", "registry which"])
def test_run__help_of_a_command__teaches_with_an_example(capsys, command):
    code, out, err = run(capsys, *command.split(), "--help")

    assert (code, err) == (0, "")
    assert f"ci-ml {command.split()[0]}" in out.partition("Example")[2] or command == "registry"
    assert max(map(len, out.splitlines())) <= 80


def test_run__version__is_that_of_the_package(capsys):
    from importlib.metadata import version

    assert run(capsys, "--version") == (0, f"ci-ml {version('ci-ml')}\n", "")


@pytest.mark.parametrize(
    ("arguments", "err"),
    [
        (["gat"], "error: no command 'gat'. Did you mean 'gate'?\n  try: ci-ml --help\n"),
        (["xyzzy"], "error: no command 'xyzzy'.\n  try: ci-ml --help\n"),
        (["gate", "--fast"], "error: No such option '--fast'. Did you mean '--format'?\n  try: ci-ml gate --help\n"),
        (["gate", "a", "b"], "error: Got unexpected extra argument (b)\n  try: ci-ml gate --help\n"),
        (["-C", "/no/such", "check"], "error: Invalid value for '-C': Directory '/no/such' does not exist.\n  try: ci-ml --help\n"),
        (["check", "--format", "xml"], "error: Invalid value for '--format': 'xml' is not one of 'table', 'json'.\n  try: ci-ml check --help\n"),
        (["registry", "sho"], "error: no command 'sho'. Did you mean 'show'?\n  try: ci-ml registry --help\n"),
    ],
)  # fmt: skip
def test_run__usage_that_is_wrong__is_one_line_and_where_to_look(capsys, arguments, err):
    assert run(capsys, *arguments) == (2, "", err)


@pytest.mark.parametrize("kind", CiMlError.__subclasses__())
def test_run__failure_of_any_kind__is_its_words_and_its_code(capsys, failing, kind):
    failing(kind("found this.", hint="do that"))

    assert run(capsys, "check") == (kind.exit_code, "", "error: found this.\n  try: do that\n")


def test_run__bug__prints_what_a_report_needs_and_promises_nothing(capsys, failing):
    failing(ZeroDivisionError("division by zero"))

    code, out, err = run(capsys, "check")

    words, _, report = err.partition("\n\n")
    assert (code, out) == (1, "")
    assert words == (
        "error: a bug in ci-ml: ZeroDivisionError: division by zero\n"
        "  try: Report it with what follows; home folder and tokens are masked, please look it over.\n"
        "       The command stopped halfway: git status shows what it left."
    )
    lines = report.splitlines()
    assert (lines[0], lines[-1]) == ("```text", "```")
    assert re.fullmatch(r"ci-ml \S+, Python 3\.\S+, git version \S.*", lines[1])
    assert lines[2] == platform.platform()
    assert lines[3].startswith(f"click {metadata.version('click')}, ")
    assert lines[4:6] == ["$ ci-ml check", "Traceback (most recent call last):"]
    assert lines[-2] == "ZeroDivisionError: division by zero"


def test_run__bug_with_debug__is_pythons_own_trace(failing):
    failing(ZeroDivisionError("division by zero"))

    with pytest.raises(ZeroDivisionError):
        main.run(["--debug", "check"])


def test_run__bug_that_names_a_token_and_a_home_folder__shows_neither(capsys, failing, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GITHUB_TOKEN", "s3cr3t-of-ada")
    failing(RuntimeError(f"{tmp_path}/flights: https://ada:hunter2@git.example/x, s3cr3t-of-ada"))

    err = run(capsys, "check")[2]

    assert err.count("RuntimeError: ~/flights: https://***@git.example/x, ***\n") == 2
    assert not any(word in err for word in ("s3cr3t", "hunter2", str(tmp_path)))


@pytest.mark.parametrize(("package", "extra"), sorted(main.EXTRAS.items()))
def test_run__package_of_an_extra_is_missing__names_the_line_to_type(capsys, failing, package, extra):
    failing(ModuleNotFoundError(f"No module named '{package}.core'", name=f"{package}.core"))

    code, _, err = run(capsys, "check")

    assert code == 3
    assert err.endswith(
        f"which is not installed.\n  try: pip install 'ci-ml[{extra}]'  (from a path or a git URL: see README)\n"
    )


def test_run__any_other_package_is_missing__is_our_bug(capsys, failing):
    failing(ModuleNotFoundError("No module named 'ci_ml.nothing'", name="ci_ml.nothing"))

    assert run(capsys, "check")[0] == 1


def test_run__interrupted__is_no_bug(capsys, failing):
    failing(KeyboardInterrupt())

    code, out, err = run(capsys, "check")

    assert (code, out, err.strip()) == (130, "", "interrupted")


def test_run__reader_goes_away__is_silent(bench):
    bench.write(
        "ci-ml.yaml", "models:\n" + "".join(f"  m{n}: {{task: binary, predictions: p{n}}}\n" for n in range(400))
    )
    command = f"{sys.executable} -m ci_ml check | head -1; exit ${{PIPESTATUS[0]}}"

    done = subprocess.run(["bash", "-c", command], cwd=bench.root, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (141, "m0: binary\n", "")


def test_run__command_that_answers_with_a_code__returns_it(capsys, monkeypatch):
    command = click.command("gate")(click.pass_obj(lambda app: 10))
    monkeypatch.setattr(LazyGroup, "get_command", lambda self, ctx, name: command)

    assert main.run(["gate"]) == 10


def test_quiet__progress__is_left_out_and_answers_stay(bench):
    bench.write("ci-ml.yaml", "models: {m: {task: binary, train: echo hello > p.csv, predictions: p.csv}}\n")

    loud, quiet = bench.ci_ml("train"), bench.ci_ml("--quiet", "train")

    assert bench.ci_ml("train", "-q") == quiet
    assert (loud.out.split()[0], quiet.out.split()[0]) == ("echo", "echo")
    assert (loud.err.splitlines()[-1], quiet.err) == ("Next: ci-ml gate m", "")


def test_quiet__after_a_command_of_a_group__counts_as_well(capsys, bench):
    bench.commit()
    bench.git("remote", "add", "origin", "/nowhere")

    first, last = (bench.ci_ml(*words) for words in (("-q", "registry", "show"), ("registry", "show", "-q")))

    assert first == last


def test_folder_option__any_folder__is_where_the_command_runs(bench, tmp_path):
    bench.write("ci-ml.yaml", "models: {m: {task: binary, predictions: p.csv}}\n")

    assert ci_ml("-C", str(bench.root), "check", folder=tmp_path).code == 0


def test_run__error_that_carries_escapes__steers_no_terminal(failing, capsys):
    failing(MachineError("git says \x1b]0;owned\x07\nand \u202emore", hint="\x9b2J"))

    assert run(capsys, "check") == (3, "", "error: git says \ufffd]0;owned\ufffd\nand \ufffdmore\n  try: \ufffd2J\n")


def test_warn_and_note__text_from_elsewhere__steers_no_terminal(tmp_path, capsys):
    app = App(start=tmp_path, now=datetime(2013, 3, 1, tzinfo=UTC))
    app.warn("a\x1b[31m")
    app.note("b\udcff\tc")

    assert capsys.readouterr().err == "warning: a\ufffd[31m\nb\ufffd\tc\n"
