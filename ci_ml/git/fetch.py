"""Fetch from a remote. Another command may be fetching into the same clone at this moment."""

import re
import time
from collections.abc import Sequence

from ci_ml.git.complaints import cause, in_the_way
from ci_ml.git.questions import Answer, Git

_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 0.0)  # seconds
_LOCKED = re.compile(r"cannot lock ref|\.lock'|shallow file has changed")


def fetch(git: Git, remote: str, refspecs: Sequence[str], *, options: Sequence[str] = ()) -> str | None:
    """Fetch, without tags; None when it worked, else why it did not (a missing ref on the remote included)."""
    answer = run_fetch(git, remote, refspecs, options=("--quiet", "--no-tags", *options))
    return cause(answer.errors) if answer.code else None


def run_fetch(git: Git, remote: str, refspecs: Sequence[str], *, options: Sequence[str]) -> Answer:
    """What git answers in the end: while another command holds what this one needs, it is asked again."""
    for pause in _PAUSES:
        answer = git.run("fetch", *options, "--end-of-options", remote, *refspecs)
        if answer.code == 0 or not is_locked(answer):
            break
        time.sleep(pause)
    return answer


def is_locked(answer: Answer) -> bool:
    """Whether git could not write because another git did, or left a lock behind."""
    return bool(_LOCKED.search(answer.errors)) and not in_the_way(answer.errors)
