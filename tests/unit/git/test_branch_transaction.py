"""Committing to a branch that others commit to: played on a toy log, a file that only grows, with no models in sight."""

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random

import pytest
from registry_makers import NOW, clone, fails, install_hook, make_remote, make_repository, run_git

from ci_ml.errors import ForgeError, MachineError, RegistryConflict, VerificationError
from ci_ml.git import branch_transaction, stale_locks
from ci_ml.git.branch_transaction import Built, Committed, commit_to, pause
from ci_ml.git.questions import Git
from ci_ml.git.shared_branch import SharedBranch
from ci_ml.git.writes import Push, push, write_commit

BRANCH = "model-monitor"
FILE = "log.txt"
_RACER = """\
import sys
from pathlib import Path
from test_branch_transaction import ToyLog
from ci_ml.git.questions import Git
log = ToyLog(Git(Path(sys.argv[1])), "origin")
for number in range(int(sys.argv[3])):
    log.add(f"{sys.argv[2]} {number}")
"""


@dataclass
class ToyLog:
    """A file on a branch to which lines are added.

    Attributes:
        before_push: what others do between our building and our pushing, once each.
    """

    git: Git
    remote: str | None
    before_push: list[Callable[[], object]] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.branch = SharedBranch(self.git, self.remote, BRANCH)

    def add(self, line: str, *, unless_there: bool = False) -> Committed[str]:
        """Add a line; with `unless_there`, only where no other says the same."""

        def build(parent: str | None) -> Built[str]:
            before = self.lines(parent)
            if unless_there and line in before:
                return Built(None, "it was there")
            said = f"{line}, by {self.git.root.name}"  # no two writers make the same commit
            text = "".join(f"{own}\n" for own in [*before, line])
            commit = write_commit(self.git, parent=parent, files={FILE: text.encode()}, message=said, at=NOW)
            if self.before_push:
                self.before_push.pop()()
            return Built(commit, f"number {len(before) + 1}")

        return commit_to(self.branch, build, rng=Random(line), sleep=self.pauses.append)

    def lines(self, head: str | None = None) -> list[str]:
        found = head or self.branch.head
        content = self.git.read(found, FILE) if found else None
        return (content or b"").decode().splitlines()

    @property
    def commit(self) -> str | None:
        return self.branch.head


def there(bare: Path) -> list[str]:
    """The lines as the remote has them."""
    return ToyLog(Git(bare), None).lines()


def two(tmp_path: Path, *options: str) -> tuple[Path, ToyLog, ToyLog]:
    """A remote, and the logs of two clones of it."""
    bare, git = make_remote(tmp_path)
    return bare, ToyLog(git, "origin"), ToyLog(clone(bare, tmp_path / "bea", *options), "origin")


def lose_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every push arrives, and no answer to it."""

    def push_and_hear_nothing(*arguments):
        push(*arguments)
        return Push(done=False, rejected=False, broken=True, reason="the remote end hung up unexpectedly")

    monkeypatch.setattr(branch_transaction, "push", push_and_hear_nothing)


def test_commit_to__branch_that_is_not_there__begins_with_a_commit_that_has_no_parent(tmp_path):
    bare, ann, _ = two(tmp_path)

    done = ann.add("one")

    assert (done.built.value, done.tries, ann.pauses) == ("number 1", 1, [])
    assert run_git(bare, "rev-parse", BRANCH) == done.built.commit == ann.branch.head
    assert run_git(bare, "rev-list", "--count", BRANCH) == "1"
    assert run_git(ann.git.root, "branch", "--list") == "* main"
    assert run_git(ann.git.root, "status", "--porcelain") == ""


def test_commit_to__nothing_to_do__pushes_nothing_and_says_what_was_found(tmp_path):
    bare, ann, _ = two(tmp_path)
    ann.add("one")
    before = run_git(bare, "rev-parse", BRANCH)

    done = ann.add("one", unless_there=True)

    assert (done.built, done.tries) == (Built(None, "it was there"), 0)
    assert run_git(bare, "rev-parse", BRANCH) == before


def test_commit_to__somebody_was_first__builds_again_on_what_they_left(tmp_path):
    bare, ann, bea = two(tmp_path)
    ann.before_push = [lambda: bea.add("from bea"), lambda: bea.add("another from bea")]

    done = ann.add("from ann")

    assert there(bare) == ["another from bea", "from bea", "from ann"]
    assert (done.built.value, done.tries, len(ann.pauses)) == ("number 3", 3, 2)
    assert run_git(bare, "log", "--format=%s", BRANCH).splitlines() == [
        "from ann, by ann",
        "from bea, by bea",
        "another from bea, by bea",
    ]


def test_commit_to__somebody_did_the_same_first__there_is_nothing_left_to_do(tmp_path):
    bare, ann, bea = two(tmp_path)
    ann.before_push = [lambda: bea.add("the same")]

    done = ann.add("the same", unless_there=True)

    assert (done.built, done.tries, there(bare)) == (Built(None, "it was there"), 1, ["the same"])


def test_commit_to__many_writers_in_processes_of_their_own__lose_and_double_nothing(tmp_path):
    bare, _ = make_remote(tmp_path)
    clones = [clone(bare, tmp_path / f"racer-{number}", "--depth=1") for number in range(4)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(Path(__file__).parent), *sys.path]))}
    racers = [
        subprocess.Popen([sys.executable, "-c", _RACER, str(git.root), f"racer-{number}", "3"], env=env)
        for number, git in enumerate(clones)
    ]

    assert [racer.wait() for racer in racers] == [0] * 4
    assert sorted(there(bare)) == [f"racer-{number} {turn}" for number in range(4) for turn in range(3)]
    assert run_git(bare, "rev-list", "--count", BRANCH) == "12"
    assert run_git(bare, "fsck", "--strict", "--no-dangling", "--no-progress") == ""


def test_commit_to__several_writers_in_one_clone__lose_and_double_nothing(tmp_path):
    bare, git = make_remote(tmp_path)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: ToyLog(git, "origin").add(name), "abcd"))

    assert sorted(there(bare)) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("options", [(), ("--depth=1",)], ids=["full", "shallow"])
@pytest.mark.parametrize("begun", [False, True], ids=["first", "later"])
def test_commit_to__answer_is_lost__finds_its_own_commit(tmp_path, monkeypatch, options, begun):
    bare, ann, bea = two(tmp_path, *options)
    if begun:
        ann.add("first")
    lose_answers(monkeypatch)

    done = bea.add("from bea")

    assert done.built.commit == run_git(bare, "rev-parse", BRANCH) == bea.branch.head
    assert (done.tries, there(bare)) == (1, ["first"] * begun + ["from bea"])


@pytest.mark.parametrize("options", [(), ("--depth=1",)], ids=["full", "shallow"])
@pytest.mark.parametrize("begun", [False, True], ids=["first", "later"])
def test_commit_to__answer_is_lost_and_others_went_on__finds_its_own_commit(tmp_path, monkeypatch, options, begun):
    bare, ann, bea = two(tmp_path, *options)
    if begun:
        ann.add("first")

    def push_and_hear_nothing(*arguments):
        push(*arguments)
        monkeypatch.undo()
        for line in ("one more", "and another"):
            ann.add(line)
        return Push(done=False, rejected=False, broken=True, reason="the remote end hung up unexpectedly")

    monkeypatch.setattr(branch_transaction, "push", push_and_hear_nothing)

    done = bea.add("from bea")

    assert there(bare) == ["first"] * begun + ["from bea", "one more", "and another"]
    assert (done.tries, done.built.value) == (1, f"number {1 + begun}")


def test_commit_to__push_breaks_off_and_nothing_arrived__says_so(tmp_path, monkeypatch):
    bare, ann, _ = two(tmp_path)
    broken = Push(done=False, rejected=False, broken=True, reason="the remote end hung up unexpectedly")
    monkeypatch.setattr(branch_transaction, "push", lambda *_: broken)

    assert fails(MachineError, lambda: ann.add("one")) == (
        "the push to origin broke off: the remote end hung up unexpectedly.",
        "Nothing was written: run the command again.",
    )
    assert there(bare) == []


def test_commit_to__remote_refuses__its_words_are_said_and_nothing_is_tried_again(tmp_path):
    bare, ann, _ = two(tmp_path)
    install_hook(bare, "pre-receive", f"echo x >> {tmp_path}/asked; echo 'error: only on Mondays' >&2; exit 1")

    message, _ = fails(ForgeError, lambda: ann.add("one"))

    assert message.startswith(f"origin refuses the branch {BRANCH}: ")
    assert "only on Mondays" in message
    assert ((tmp_path / "asked").read_text(), there(bare)) == ("x\n", [])


def test_commit_to__others_are_always_faster__gives_up_in_words(tmp_path, monkeypatch):
    bare, ann, bea = two(tmp_path)
    ann.before_push = [lambda: bea.add("x")] * 9
    monkeypatch.setattr(branch_transaction, "TRIES", 3)

    assert fails(RegistryConflict, lambda: ann.add("one")) == (
        f"others wrote to {BRANCH} faster, 3 times in a row.",
        "Run the command again.",
    )
    assert there(bare) == ["x"] * 3


def test_commit_to__branch_was_rewritten__writes_nothing(tmp_path):
    bare, ann, bea = two(tmp_path)
    ann.add("one")
    bea.add("two")
    ann.branch.refresh()
    run_git(bare, "update-ref", f"refs/heads/{BRANCH}", run_git(bare, "rev-parse", f"{BRANCH}~1"))

    fails(VerificationError, lambda: ToyLog(ann.git, "origin").add("three"))

    assert there(bare) == ["one"]


def test_commit_to__lock_of_a_killed_command__is_no_hindrance(tmp_path, monkeypatch):
    bare, ann, _ = two(tmp_path)
    ann.add("one")
    monkeypatch.setattr(stale_locks, "_LOOK", 0.01)
    mark = ann.git.root / ".git" / "ci-ml" / "held-1"
    mark.touch()
    (bare / f"refs/heads/{BRANCH}.lock").touch()

    assert ann.add("two").tries == 1
    assert there(bare) == ["one", "two"]


def test_commit_to__lock_that_stays__is_named_instead_of_waited_for(tmp_path):
    bare, ann, _ = two(tmp_path)
    ann.add("one")
    (bare / f"refs/heads/{BRANCH}.lock").touch()

    assert fails(MachineError, lambda: ann.add("two")) == (
        f"git cannot move {BRANCH} in origin, though nobody else does.",
        f"Look for a lock that was left behind: {BRANCH}.lock",
    )


def test_commit_to__no_remote__moves_the_local_branch(tmp_path):
    log = ToyLog(make_repository(tmp_path / "alone"), None)
    rival = ToyLog(log.git, None)
    log.before_push = [lambda: rival.add("from a rival")]

    done = log.add("one")

    assert (log.lines(), done.tries) == (["from a rival", "one"], 2)
    assert run_git(log.git.root, "rev-parse", BRANCH) == done.built.commit


def test_commit_to__branch_is_checked_out__is_refused(tmp_path):
    log = ToyLog(make_repository(tmp_path / "alone"), None)
    log.add("one")
    run_git(log.git.root, "checkout", "--quiet", BRANCH)

    message, _ = fails(MachineError, lambda: log.add("two"))

    assert message == f"the branch {BRANCH} is checked out here."


def test_commit_to__begun_without_a_remote__goes_there_whole(tmp_path):
    bare, git = make_remote(tmp_path)
    ToyLog(git, None).add("one")

    ToyLog(git, "origin").add("two")

    assert there(bare) == ["one", "two"]
    assert run_git(bare, "rev-list", "--count", BRANCH) == "2"


def test_commit_to__work_beside_the_push__is_done_once_a_try_and_before_the_answer_is_given(tmp_path):
    _, ann, bea = two(tmp_path)
    seen: list[int] = []
    numbers = count(1)

    def build(parent: str | None) -> Built[int]:
        number = next(numbers)
        if number == 1:
            bea.add("first")
        commit = write_commit(ann.git, parent=parent, files={FILE: b"%d\n" % number}, message=f"try {number}", at=NOW)
        return Built(commit, number)

    done = commit_to(ann.branch, build, rng=Random(1), sleep=lambda _: None, beside=seen.append)

    assert (seen, done.built.value) == ([1, 2], 2)


def test_commit_to__build_that_fails__leaves_nothing(tmp_path):
    bare, ann, _ = two(tmp_path)

    def build(_: str | None) -> Built[None]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        commit_to(ann.branch, build, rng=Random(1))

    assert there(bare) == []
    assert list((ann.git.root / ".git" / "ci-ml").iterdir()) == []


def test_pause__more_races_lost__waits_longer_and_never_for_the_same_time():
    waits = [[pause(failures, took=0.5, rng=Random(seed)) for seed in range(200)] for failures in (1, 2, 5, 20)]

    longest = [max(own) for own in waits]
    assert [round(most) for most in longest] == [1, 3, 15, 30]
    assert all(len(set(own)) == len(own) for own in waits)


def test_transaction__what_it_imports__is_foundation_and_git():
    from source_code import imports_of

    targets = {found.target for found in imports_of("ci_ml.git.branch_transaction")}

    assert {name for name in targets if name.startswith("ci_ml.") and not name.startswith("ci_ml.git.")} == {
        "ci_ml.errors"
    }
