"""Questions put to git. Nothing here writes: see `writes`.

Plain subprocesses, not GitPython: importing that takes longer than most answers do.
"""

import subprocess
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from ci_ml.errors import ConfigError, DataError, MachineError
from ci_ml.git.cat_file import Lookup, next_object
from ci_ml.git.complaints import cause
from ci_ml.git.environment import environment
from ci_ml.git.tree_listing import TreeEntry, parse_listing


@dataclass(frozen=True)
class Git:
    """One repository at `root`: the top of its working copy, or a bare one.

    Attributes:
        variables: of the environment that git runs in, beside the usual ones.
    """

    root: Path
    variables: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def discover(cls, start: Path) -> "Git":
        """The repository that `start` lies in.

        Raises:
            MachineError: git is not installed, or this is no repository.
        """
        try:
            done = subprocess.run(
                ["git", "rev-parse", "--show-toplevel"], cwd=start, capture_output=True, text=True, env=environment()
            )
        except FileNotFoundError:
            raise MachineError("git is not installed.", hint="Install git 2.30 or later.") from None
        if done.returncode:
            if "dubious ownership" in done.stderr:
                raise MachineError(
                    f"git does not trust {start}: another user owns it.",
                    hint=f"git config --global --add safe.directory {start}",
                )
            if cls(start).run("rev-parse", "--is-bare-repository").text.strip() == "true":
                return cls(Path(cls(start).ask("rev-parse", "--absolute-git-dir").rstrip("\n")))
            raise MachineError(f"{start} is not inside a git repository.", hint="git init, or change folder.")
        return cls(Path(done.stdout.rstrip("\n")))

    def run(self, *arguments: str, stdin: bytes = b"") -> "Answer":
        """Run git and return what came of it, whatever that was."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.root,
            input=stdin,
            capture_output=True,
            env=environment(self.variables),
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace").strip())

    def ask(self, *arguments: str, stdin: bytes = b"") -> str:
        """Run git and return its answer as text.

        Raises:
            MachineError: git failed; the message carries git's own words.
        """
        answer = self.run(*arguments, stdin=stdin)
        if answer.code:
            raise MachineError(f"git {arguments[0]} failed: {answer.reason}")
        return answer.text

    def head(self) -> str | None:
        """The commit that is checked out; None before the first one."""
        answer = self.run("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        return answer.text.strip() if answer.code == 0 else None

    def find(self, revision: str) -> str | None:
        """The full commit id of a revision, or None."""
        answer = self.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        return answer.text.strip() if answer.code == 0 else None

    def resolve(self, revision: str) -> str:
        """The full commit id of a revision.

        Raises:
            ConfigError: git knows no such commit.
        """
        commit = self.find(revision)
        if commit is None and revision == "HEAD":
            raise ConfigError("there is no commit yet.", hint="git commit")
        if commit is None:
            shallow = " This clone is shallow: git fetch --unshallow brings the rest." if self.is_shallow() else ""
            raise ConfigError(f"git knows no commit '{revision}'.", hint=f"git log --oneline lists them.{shallow}")
        return commit

    def is_shallow(self) -> bool:
        return self.run("rev-parse", "--is-shallow-repository").text.strip() == "true"

    def common_folder(self) -> Path:
        """Where references are; a linked worktree shares those of its repository."""
        plain = self.root / ".git"
        return plain if plain.is_dir() else self.root / self.ask("rev-parse", "--git-common-dir").rstrip("\n")

    def tree(self, commit: str) -> str:
        """The id of a commit's tree."""
        return self.ask("rev-parse", "--verify", f"{commit}^{{tree}}").strip()

    def changed_files(self) -> tuple[str, ...]:
        """Paths whose content differs from HEAD, untracked (not ignored) ones included."""
        entries = self.run("status", "--porcelain=v1", "-z", "--no-renames").text.split("\0")
        return tuple(entry[3:] for entry in entries if entry)

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether `newer` contains `older`; a commit contains itself."""
        return self.run("merge-base", "--is-ancestor", older, newer).code == 0

    def branch(self) -> str | None:
        """The branch that is checked out; None on a detached HEAD."""
        return self.run("symbolic-ref", "--quiet", "--short", "HEAD").text.strip() or None

    def has_remote(self, name: str) -> bool:
        return self.run("config", "--get", f"remote.{name}.url").code == 0

    def first_parents(self, *, since: str | None, until: str) -> tuple[str, ...]:
        """Commits from `since` (left out) to `until` along first parents, oldest first; with no `since`, `until` alone.

        Raises:
            DataError: `since` is not an ancestor of `until` (main was rewritten, or the clone is too shallow).
        """
        if since is None:
            return (until,)
        if not self.is_ancestor(since, until):
            rewritten = "was the branch rewritten? ci-ml promote --merged --since REV begins again after REV"
            hint = "git fetch --unshallow" if self.is_shallow() else rewritten
            raise DataError(f"commit {since[:12]} is not in the history of {until[:12]}.", hint=hint)
        walk = self.ask("rev-list", "--first-parent", "--reverse", f"{since}..{until}")
        return tuple(walk.split())

    def files(self, commit: str) -> dict[str, TreeEntry]:
        """Every file of a commit's tree by path (submodules left out)."""
        listing = self.run("ls-tree", "-r", "-z", "--full-tree", "--end-of-options", commit)
        if listing.code:
            raise MachineError(f"git cannot read commit {commit[:12]}: {cause(listing.errors)}")
        return {entry.path: entry for entry in parse_listing(listing.text) if entry.kind == "blob"}

    def read_blobs(self, names: Iterable[str], *, largest: int | None = None) -> Iterator[bytes | None]:
        """The contents of objects (blob ids, or `commit:path`), in order; None for one that is not there.

        One `git cat-file --batch` process answers all, while the first answers are already at work.

        Args:
            largest: of a longer one only this many bytes and one more come back, for a stranger's file may be huge.
        """
        return self._read(names, "blob", largest)

    def read_trees(self, names: Iterable[str]) -> Iterator[bytes | None]:
        """The same for trees (`commit:folder`), as git stores them."""
        return self._read(names, "tree")

    def _read(self, names: Iterable[str], kind: str, largest: int | None = None) -> Iterator[bytes | None]:
        for found in self.read_objects(names, largest=largest):
            yield found[1] if found and found[0] == kind else None

    def read_objects(self, names: Iterable[str], *, largest: int | None = None) -> Iterator[tuple[str, bytes] | None]:
        """The same for objects of any type: (type, content)."""
        wanted = list(names)
        if not wanted:
            return
        if any("\n" in name for name in wanted):
            raise DataError("a path in git contains a line break.", hint="Rename the file.")
        questions = "".join(f"{name}\n" for name in wanted).encode("utf-8", "surrogateescape")
        # Below its threshold git holds a whole object in memory before the first byte of it comes out.
        with self.talk("-c", "core.bigFileThreshold=1m", "cat-file", "--batch", "--buffer", stdin=questions) as answers:
            for _ in wanted:
                yield next_object(answers, largest)

    @contextmanager
    def talk(self, *arguments: str, stdin: bytes) -> "Iterator[IO[bytes]]":
        """A git process that answers while it is still being asked; it ends with the block, however far it was read."""
        process = subprocess.Popen(
            ["git", *arguments],
            bufsize=1 << 16,  # what a pipe holds: git writes on while we work
            cwd=self.root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(self.variables),
        )
        # Asked from a thread: git stops listening while its answers are not fetched.
        asking = threading.Thread(target=_ask, args=(process.stdin, stdin), daemon=True)
        asking.start()
        answers = cast(IO[bytes], process.stdout)
        try:
            yield answers
        finally:
            process.kill()
            asking.join()
            answers.close()
            process.wait()

    @contextmanager
    def lookup(self) -> Iterator[Lookup]:
        """A `git cat-file` that is asked one thing after the other, where an answer says what to ask next."""
        process = subprocess.Popen(
            ["git", "-c", "core.bigFileThreshold=1m", "cat-file", "--batch"],
            cwd=self.root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(self.variables),
        )
        questions, answers = cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout)
        try:
            yield Lookup(questions, answers)
        finally:
            process.kill()
            with suppress(OSError):
                questions.close()
            answers.close()
            process.wait()

    def read(self, commit: str, path: str) -> bytes | None:
        """A file's content in a commit, or None."""
        return next(self.read_blobs([f"{commit}:{path}"]))


def _ask(pipe: IO[bytes], questions: bytes) -> None:
    with suppress(OSError), pipe:  # nobody reads on: the reader has what it wanted
        pipe.write(questions)


@dataclass(frozen=True)
class Answer:
    """What a git command said."""

    code: int
    output: bytes
    errors: str

    @property
    def text(self) -> str:
        return self.output.decode("utf-8", "surrogateescape")

    @property
    def killed(self) -> bool:
        return self.code < 0

    @property
    def reason(self) -> str:
        """Why it failed, in git's words; a process that was killed says none."""
        return f"git was ended by signal {-self.code}" if self.killed else cause(self.errors)
