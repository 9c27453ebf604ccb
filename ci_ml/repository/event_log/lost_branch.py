"""Was there a registry before? Its tags outlive its branch, and each names the commit that added its event."""

import re

from ci_ml.errors import VerificationError
from ci_ml.git.questions import Git
from ci_ml.text import count, shown

_WITNESS = re.compile(r"^Registry: ([0-9a-f]{40}(?:[0-9a-f]{24})?)$", re.MULTILINE)
_END = "\x1e"


def witnesses_in_tags(git: Git) -> dict[str, str]:
    """Tags of this repository that name a commit of a registry: name -> that commit."""
    listing = git.run("for-each-ref", f"--format=%(refname:strip=2)%0a%(contents){_END}", "refs/tags").text
    found = {}
    for entry in listing.split(_END):
        name, _, message = entry.strip("\n").partition("\n")
        witness = _WITNESS.search(message)
        if witness:
            found[name] = witness[1]
    return found


def refuse_lost_branch(git: Git, branch: str) -> None:
    """Refuse to take a registry that is gone for one that never was.

    Raises:
        VerificationError: there is no branch, and tags name commits of it.
    """
    found = witnesses_in_tags(git)
    if found:
        name, commit = next(iter(sorted(found.items())))
        raise VerificationError(
            f"the branch {branch} is gone, and was there: {count(len(found), 'tag')} of this repository tell, such as "
            f"{shown(name)}, which names its commit {commit[:12]}.",
            hint=f"Whoever has a clone can bring it back: git push REMOTE {commit[:12]}:refs/heads/{branch}",
        )
