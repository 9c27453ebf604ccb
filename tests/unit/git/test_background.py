"""ci_ml/git/background.py: work beside a process that is waited for."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ci_ml.errors import DataError, MachineError
from ci_ml.git.background import in_a_thread, meanwhile, on_another_core

BESIDE = pytest.mark.parametrize("beside", [in_a_thread, on_another_core])
# Where processes are forked, newer Pythons warn of threads; the process that runs a test has some of its own.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")


def fail():
    raise ZeroDivisionError


def test_meanwhile__work__runs_beside_the_block_and_is_done_after_it():
    begun, done = threading.Event(), []

    with meanwhile(lambda: done.append(begun.wait(10))):
        begun.set()

    assert done == [True]


def test_meanwhile__work_that_fails__says_so_after_the_block():
    reached = []

    with pytest.raises(ZeroDivisionError), meanwhile(fail):
        reached.append("the end")

    assert reached == ["the end"]


def test_meanwhile__block_that_fails__is_what_is_heard_of():
    with pytest.raises(KeyError), meanwhile(fail):
        raise KeyError


def refuse(what):
    raise DataError(f"{what} is wrong.", hint="Mend it.")


@BESIDE
def test_work_beside_a_block__result__is_waited_for(beside):
    with beside(divmod, 17, 5) as done:
        assert done() == (3, 2)


@BESIDE
def test_work_beside_a_block__error_of_the_work__is_raised_where_it_is_waited_for(beside):
    with beside(refuse, "file") as done, pytest.raises(DataError, match=r"^file is wrong\.$") as caught:
        done()

    assert caught.value.hint == "Mend it."


def test_on_another_core__work_is_in_a_process_of_its_own():
    with on_another_core(os.getpid) as done:
        assert done() != os.getpid()


def test_on_another_core__process_is_killed__says_so():
    with on_another_core(os._exit, 9) as done, pytest.raises(MachineError, match="was ended from outside"):
        done()


def test_on_another_core__block_ends_early__ends_the_work():
    began = time.monotonic()

    with pytest.raises(KeyError), on_another_core(time.sleep, 60):
        raise KeyError

    assert time.monotonic() - began < 30


def much():
    return b"x" * 50_000_000


LEFT_ALONE = """
import multiprocessing, sys, time
sys.path.insert(0, {here!r})
from test_background import much, on_another_core
with on_another_core(much):
    print(multiprocessing.active_children()[0].pid, flush=True)
    time.sleep(60)
"""


def is_running(pid):
    status = Path(f"/proc/{pid}/status")
    return status.exists() and "zombie" not in status.read_text()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="looks at processes where Linux shows them")
def test_on_another_core__command_is_killed__ends_too():
    """Nobody reads the answer any more, which is too long for the pipe."""
    script = LEFT_ALONE.format(here=str(Path(__file__).parent))
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as command:
        helper = int(command.stdout.readline())
        time.sleep(1.0)
        assert is_running(helper)
        command.kill()

    for _ in range(100):
        if not is_running(helper):
            break
        time.sleep(0.1)
    assert not is_running(helper)
