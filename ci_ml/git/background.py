"""What can be found out while git is at work, or on another core?"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any, TypeVar

from ci_ml.errors import MachineError

T = TypeVar("T")


@contextmanager
def meanwhile(work: Callable[[], object]) -> Iterator[None]:
    """Do some work, in a thread, while the block waits for a process; both are done when the block ends.

    What the work raises is raised then.
    """
    with in_a_thread(work) as done:
        yield
        done()


@contextmanager
def in_a_thread(work: Callable[..., T], *arguments: Any) -> Iterator[Callable[[], T]]:
    """Do some work beside the block; what is yielded waits for its result, and raises what the work raises.

    (concurrent.futures would load the logging package for it.)
    """
    results: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work(*arguments))
        except BaseException as error:
            failed.append(error)

    def done() -> T:
        thread.join()
        if failed:
            raise failed[0]
        return results[0]

    thread = Thread(target=run)
    thread.start()
    try:
        yield done
    finally:
        thread.join()


@contextmanager
def on_another_core(work: Callable[..., T], *arguments: Any) -> Iterator[Callable[[], T]]:
    """The same in a process of its own, so that both compute at once. Work, arguments and result must be picklable.

    Raises:
        MachineError: the process came to an end without an answer.
    """
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import active_children

    with ProcessPoolExecutor(1, initializer=_end_with_the_command) as pool:
        try:
            future = pool.submit(work, *arguments)
        except OSError:  # the machine has no room for another one
            with in_a_thread(work, *arguments) as answer:
                yield answer
            return

        def done() -> T:
            try:
                return future.result()
            except BrokenProcessPool:
                raise MachineError(
                    "a process that helped was ended from outside.",
                    hint="Is there enough memory? Run the command again.",
                ) from None

        try:
            yield done
        finally:
            if not future.done():  # nobody waits for it any more
                for process in active_children():
                    process.terminate()


def _end_with_the_command() -> None:
    """In the helping process: whoever waits for it is interrupted as well, and ends it; or is killed, and cannot."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    Thread(target=_wait_for_the_command, daemon=True).start()


def _wait_for_the_command() -> None:
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
