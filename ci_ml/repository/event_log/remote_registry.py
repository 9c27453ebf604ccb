"""Read a registry without a clone of its repository: its branch alone, fetched for one command and then forgotten."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ci_ml.errors import CiMlError, ConfigError, DataError, MachineError
from ci_ml.git.complaints import cause, without_credentials
from ci_ml.git.process_locks import temporary_folder
from ci_ml.git.questions import Git
from ci_ml.repository.event_log.log import BRANCH, EventLog
from ci_ml.text import shown

SCHEMES = ("file", "git", "http", "https", "ssh")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")


@contextmanager
def registry_at(address: str, *, start: Path, whole: bool = False) -> Iterator[EventLog]:
    """The registry of the repository at an address, for as long as the context lasts.

    Args:
        address: a path, a URL (file, git, http, https, ssh), or `host:path` for ssh.
        start: the folder that a relative path begins from.
        whole: with all its commits, for those who check them; else the newest commit, which says everything.

    Raises:
        ConfigError: git would take the address for something else than a repository's place.
        MachineError: it cannot be reached, or is no repository.
        DataError: it has no registry.
    """
    place = check_address(address, start=start)
    with temporary_folder("ci-ml-registry-") as own:
        folder = str(own)
        # Also where the user's git takes no bare repository for one unless told; and whatever the server redirects to.
        git = Git(own, variables={"GIT_DIR": folder, "GIT_ALLOW_PROTOCOL": ":".join(SCHEMES)})
        git.ask("init", "--quiet", "--bare", "--template=", folder)
        # A name, for a partial clone fetches what it lacks from a named remote only.
        git.ask("config", "remote.origin.url", place)
        options = ["--filter=blob:limit=16k", *([] if whole else ["--depth=1"])]
        fixed = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-gc")
        refspec = f"refs/heads/{BRANCH}:refs/heads/{BRANCH}"
        answer = git.run("fetch", *fixed, *options, "--end-of-options", "origin", refspec)
        if answer.code:
            raise _refusal(address, place, answer.errors)
        yield EventLog(git, None, fresh=True)


def check_address(address: str, *, start: Path) -> str:
    """What to hand to git: the address itself, a relative path as a full one.

    Raises:
        ConfigError: it is an option, a command to run, or speaks a protocol that we do not.
    """
    scheme = _SCHEME.match(address)
    if not address.isprintable() or not address.strip() or address.startswith("-"):
        raise _no_address(address)
    if re.match(r"[A-Za-z0-9+.-]*::", address) or (scheme and scheme[1].lower() not in SCHEMES):
        raise _no_address(address)
    host = re.match(r"[^/]*?:", address)
    return address if scheme or host else str(start / address)


def _no_address(address: str) -> ConfigError:
    return ConfigError(
        f"'{shown(public(address))}' is not the address of a repository.",
        hint=f"A path, host:path, or a URL that begins with {'://, '.join(SCHEMES)}://",
    )


def public(address: str) -> str:
    """An address as it may be printed: without a user's name, a password or a query."""
    return without_credentials(address.partition("?")[0] if _SCHEME.match(address) else address)


def _refusal(address: str, place: str, errors: str) -> CiMlError:
    where = shown(public(address), 200)
    if "find remote ref" in errors:
        return DataError(
            f"{where} has no branch {BRANCH}: no model was ever registered there.",
            hint="Is it the address of the repository whose models you look for?",
        )
    reason = cause(errors.replace(place, where).replace(address, where))
    if "does not appear to be a git repository" in reason:
        return MachineError(f"{where} is not a git repository, or does not exist.", hint="git ls-remote ADDRESS")
    return MachineError(
        f"{where} cannot be reached: {shown(reason.removeprefix('fatal: ').rstrip('.'), 300)}.",
        hint="git ls-remote ADDRESS shows what git says.",
    )
