"""What does git complain of? The line that says why, a hook's own words, the branch that is in the way."""

import re

from ci_ml.text import shown

# All are patterns, compiled when git complains: no command that goes well has to pay for that.
# Lines that say that it failed, and not why; and advice.
_SAYS_NOTHING = (
    r"fatal: Could not read from remote repository|fatal: [Tt]he remote end hung up|fatal: (unexpected )?early EOF"
    r"|(error|fatal): (failed to push some refs|some local refs could not be updated)"
    r"|fatal: (index-pack failed|fetch-pack: invalid index-pack output|unpack-objects failed)"
    r"|(send|fetch)-pack: unexpected disconnect|fatal: expected .* after |fatal: protocol error"
    r"|Please make sure you have the correct|and the repository exists|hint: |warning: |Warning: |debug\d: "
    r"|remote: *[=\-*#]*$|[@=\-*# ]+$|remote: error: hook declined to update"
)
_NAMES_IT = ("fatal:", "error:")
# ssh and servers say why without such a beginning, amid other lines.
_TELLING = (
    r"(?i)denied|not found|could not (be found|resolve)|verification failed|refused|timed out|does not exist"
    r"|ERROR:|^ssh:"
)
# Here git says only that it was turned away; why, the server says.
_TURNED_AWAY = r"unable to access|Authentication failed|repository .* not found"
_HOOK = r"hook declined|aborted by (the [\w-]+ )?hook"
_IN_THE_WAY = r"'(refs/[^']+)' exists; cannot create '"
_LONGEST = 300


def cause(errors: str) -> str:
    """The line of git's complaint that says why.

    >>> cause("ssh: Could not resolve hostname x\\nfatal: Could not read from remote repository.")
    'ssh: Could not resolve hostname x'
    """
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    informative = [line for line in lines if not re.match(_SAYS_NOTHING, line)]
    named = [place for place, line in enumerate(informative) if line.startswith(_NAMES_IT)]
    if named:
        found, following = informative[named[0]], informative[named[0] + 1 :]
        if found.endswith(":") and following:
            found = f"{found} {following[0]}"
        words = told_by_remote(errors) if re.search(_TURNED_AWAY, found) else ""
        found = f"{found} ({words})" if words else found
    else:
        telling = [line for line in informative if re.search(_TELLING, line)]
        found = [*lines, *informative[-1:], *telling[:1]][-1] if lines else "no reason given"
    return without_credentials(found).rstrip(".")


def told_by_remote(errors: str) -> str:
    """The remote's own words on why it refused: forges name the rule there, hooks say what they please."""
    said = [line.strip().removeprefix("remote:").strip() for line in errors.splitlines() if line.startswith("remote:")]
    # That a hook declined stands in the push's own answer too.
    said = [line for line in dict.fromkeys(said) if line.strip("=-*# ") and "hook declined" not in line]
    telling = [line for line in said if line.startswith(("error:", "fatal:"))]
    return shown("; ".join(telling or said).rstrip("."), limit=_LONGEST)


def told_by_hook(errors: str) -> str | None:
    """What a hook said when it refused to let a reference move, here or there; None where no hook did.

    >>> told_by_hook("not today\\nnot today\\nfatal: ref updates aborted by hook")
    'not today'
    """
    if not re.search(_HOOK, errors):
        return None
    words = told_by_remote(errors)
    if not words:
        lines = dict.fromkeys(line.strip() for line in errors.splitlines() if line.strip())
        own = [line for line in lines if not (line.startswith(_NAMES_IT) or re.match(_SAYS_NOTHING, line))]
        words = shown("; ".join(own).rstrip("."), limit=_LONGEST)
    return without_credentials(words) or "it says nothing more"


def in_the_way(errors: str) -> str | None:
    """The reference that keeps git from making another: `a/b` cannot be where `a` is, nor `a` where `a/b` is.

    >>> in_the_way("error: cannot lock ref 'refs/heads/a': 'refs/heads/a/b' exists; cannot create 'refs/heads/a'")
    'refs/heads/a/b'
    """
    found = re.search(_IN_THE_WAY, errors)
    return found[1] if found else None


def without_credentials(text: str) -> str:
    """A text in which no URL says who logs in, nor with what.

    >>> without_credentials("unable to access 'https://ann:secret@git.example/x?token=1'")
    "unable to access 'https://git.example/x'"
    """
    return re.sub(r"(://[^\s'?]*)\?[^\s']*", r"\1", re.sub(r"(://)[^/\s]*@", r"\1", text))
