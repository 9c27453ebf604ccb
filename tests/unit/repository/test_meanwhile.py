"""ci_ml/repository/meanwhile.py: work beside a process that is waited for."""

import threading

import pytest

from ci_ml.repository.meanwhile import meanwhile


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
