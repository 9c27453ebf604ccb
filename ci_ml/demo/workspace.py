"""The scratch folder in which the story happens, and the commands in it, run as a user would type them."""

import os
import shlex
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ci_ml.errors import DataError
from ci_ml.forge import event

Say = Callable[[str], None]
MODEL = "late-flight"
WIDTH = 80

# What is typed, and what runs: ourselves and DVC as modules of this very Python, whatever is on PATH.
_PROGRAMS: dict[str, list[str]] = {
    "ci-ml": [sys.executable, "-m", "ci_ml"],
    "dvc": [sys.executable, "-m", "dvc"],
    "python": [sys.executable],
    "git": ["git"],
}
# A demo inside a CI job or a git hook must not take their repository, their token or their way of talking.
_FOREIGN = ("GIT_", event.PREFIX, "DVC_", "CI_ML_")
_FOREIGN_NAMES = ("CI", "FORCE_COLOR", "CLICOLOR_FORCE", "PYTHONPATH", "PYTHONWARNINGS")


@dataclass(frozen=True)
class Ran:
    """A command that has ended."""

    code: int
    out: str


@dataclass(frozen=True)
class Workspace:
    """A bare repository as the remote, a folder as DVC's remote, and a clone to work in.

    Attributes:
        say: takes the story, line by line.
        note: takes progress.
        env: the environment of every command.
    """

    folder: Path
    say: Say
    note: Say
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> Path:
        return self.folder / "origin.git"

    @property
    def clone(self) -> Path:
        return self.folder / "late-flight"

    def heading(self, text: str) -> None:
        self.say("")
        self.say(text)
        self.say("─" * len(text))

    def tell(self, text: str) -> None:
        """A paragraph of the story, with a blank line around it."""
        self.say("")
        for line in textwrap.wrap(" ".join(text.split()), WIDTH):
            self.say(line)
        self.say("")

    def aside(self, text: str) -> None:
        """What happens between two commands, in brackets."""
        for line in textwrap.wrap(f"({text})", WIDTH, break_on_hyphens=False):
            self.say(line)

    def type(self, command: str, *, expect: Sequence[int] = (0,), keep: Callable[[str], bool] | None = None) -> Ran:
        """Run a command in the clone and show it, with what it answers.

        Args:
            expect: exit codes that the story can go on with.
            keep: which lines of the answer are shown; default: all.

        Raises:
            DataError: another exit code.
        """
        self.say(f"$ {command}")
        ran = self.run(command, expect=expect)
        self.show(ran, keep=keep)
        return ran

    def show(self, ran: Ran, *, keep: Callable[[str], bool] | None = None) -> None:
        """What a command answered."""
        for line in ran.out.rstrip("\n").split("\n") if ran.out.strip() else []:
            if keep is None or keep(line):
                self.say(line)
        if ran.code:
            self.say(f"(exit code {ran.code})")

    def run(self, command: str, *, expect: Sequence[int] = (0,), at: Path | None = None) -> Ran:
        """Run a command without showing it; what it reports on stderr goes to `note`.

        Raises:
            DataError: an exit code that is not expected.
        """
        program, *arguments = shlex.split(command)
        progress: list[str] = []
        with subprocess.Popen(
            [*_PROGRAMS[program], *arguments],
            cwd=at or self.clone,
            env={**self.env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as process:
            # Two pipes and one reader would stop when the other pipe is full.
            listener = threading.Thread(target=self._listen, args=(process, progress))
            listener.start()
            assert process.stdout is not None  # noqa: S101 PIPE was asked for
            out = process.stdout.read()
            listener.join()
        code = process.returncode
        if code not in expect:
            tail = "\n".join(f"  {line}" for line in [*out.splitlines()[-5:], *progress[-10:]])
            raise DataError(
                f"the demo stops: `{command}` ended with exit code {code}.\n{tail}".rstrip(),
                hint=f"cd {at or self.clone}  (everything up to here is there)",
            )
        return Ran(code, out)

    def _listen(self, process: "subprocess.Popen[str]", progress: list[str]) -> None:
        assert process.stderr is not None  # noqa: S101 PIPE was asked for
        for line in process.stderr:
            if line.strip():
                progress.append(line.rstrip())
                self.note(f"    {line.rstrip()}")


def open_workspace(folder: Path, *, say: Say, note: Say, environ: Mapping[str, str]) -> Workspace:
    """A workspace in an empty folder, whose commands see no settings but their own."""
    settings = folder / "settings"
    settings.mkdir(parents=True)
    (settings / "gitconfig").write_text(
        "[user]\n\tname = Ada\n\temail = ada@example.com\n"
        "[init]\n\tdefaultBranch = main\n[advice]\n\tdetachedHead = false\n[commit]\n\tgpgSign = false\n"
    )
    # What DVC would otherwise do: ask for `git add`, report usage, look for a newer DVC on the network.
    (settings / "dvc").mkdir()
    (settings / "dvc" / "config").write_text(
        "[core]\n    autostage = true\n    analytics = false\n    check_update = false\n"
    )
    own = {
        **{k: v for k, v in environ.items() if not k.startswith(_FOREIGN) and k not in _FOREIGN_NAMES},
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), environ.get("PATH", os.defpath)]),
        "GIT_CONFIG_GLOBAL": str(settings / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "DVC_NO_ANALYTICS": "1",
        "DVC_GLOBAL_CONFIG_DIR": str(settings / "dvc"),
        "DVC_SYSTEM_CONFIG_DIR": str(settings / "dvc"),
        "DVC_SITE_CACHE_DIR": str(settings / "dvc-cache"),
        "COLUMNS": str(WIDTH),
        "NO_COLOR": "1",
        "PYTHONUTF8": "1",
    }
    return Workspace(folder=folder, say=_one_blank_at_a_time(say), note=note, env=own)


def _one_blank_at_a_time(say: Say) -> Say:
    """Each part of the story leaves room around itself; two of them together leave no more than one line."""
    last = [""]

    def say_once(line: str) -> None:
        if line or last[0]:
            say(line)
        last[0] = line

    return say_once
