"""What can be found out while git is at work?"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread


@contextmanager
def meanwhile(work: Callable[[], None]) -> Iterator[None]:
    """Do some work, in a thread, while the block waits for a process; both are done when the block ends.

    What the work raises is raised then. (concurrent.futures would load the logging package for it.)
    """
    failed: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)

    thread = Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        thread.join()
    if failed:
        raise failed[0]
