"""Fetch what a partial clone left out, many files at once: on its own, git would fetch them one by one."""

from collections.abc import Collection, Sequence

from ci_ml.git.questions import Git


def promisor(git: Git) -> str | None:
    """The remote that a partial clone gets its missing files from; None for a complete clone."""
    settings = git.run("config", "--get-regexp", r"^remote\..*\.promisor$", "true").text.split()
    return settings[0].removeprefix("remote.").removesuffix(".promisor") if settings else None


def fetch_missing(git: Git, trees: Sequence[str], wanted: Collection[str]) -> None:
    """Make files present that are about to be read; does nothing in a complete clone.

    Args:
        trees: where they lie, such as `commit:folder`.
        wanted: object ids of the files.
    """
    remote = promisor(git) if wanted else None
    if remote is None:
        return
    listing = git.run("rev-list", "--objects", "--missing=print", "--end-of-options", *trees).text
    missing = {line[1:] for line in listing.splitlines() if line.startswith("?")}.intersection(wanted)
    # As git itself does it for one file: offer nothing, ask for just these. If it fails, git tries again in reading.
    settings = ("-c", "fetch.negotiationAlgorithm=noop")
    options = ("--no-tags", "--no-write-fetch-head", "--recurse-submodules=no", "--filter=blob:none", "--stdin")
    if missing:
        git.run(*settings, "fetch", "--quiet", *options, remote, stdin="".join(f"{m}\n" for m in missing).encode())
