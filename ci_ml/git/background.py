"""What can be found out while git is at work, or on another core?"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

from ci_ml.errors import MachineError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

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
    from multiprocessing import Pipe, Process

    ours, theirs = Pipe(duplex=False)
    process = Process(target=_answer, args=(theirs, ours, work, arguments), daemon=True)
    try:
        process.start()
    except OSError:  # the machine has no room for another one
        with in_a_thread(work, *arguments) as done:
            yield done
        return
    theirs.close()
    try:
        yield lambda: _received(ours)
    finally:
        process.terminate()
        process.join()
        ours.close()


def _answer(
    answers: "Connection[Any, Any]",
    parents: "Connection[Any, Any]",
    work: Callable[..., Any],
    arguments: tuple[Any, ...],
) -> None:
    # Whoever waits is interrupted as well, says so, and ends this process; if it is killed, its end of the pipe is
    # the last one, and the answer has nowhere to go.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    parents.close()
    failed: BaseException | None = None
    result = None
    try:
        result = work(*arguments)
    except BaseException as error:
        failed = error
    with suppress(OSError):  # nobody waits any more
        answers.send((failed, result))


def _received(answers: "Connection[Any, Any]") -> Any:
    try:
        failed, result = answers.recv()
    except EOFError:
        raise MachineError(
            "a process that helped was ended from outside.", hint="Is there enough memory? Run the command again."
        ) from None
    if failed is not None:
        raise failed
    return result
