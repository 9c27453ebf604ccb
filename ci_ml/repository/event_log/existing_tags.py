"""Which tags does a repository have already? As git has them, ready to be imported."""

import json
import re
from collections.abc import Iterable, Iterator

from ci_ml.errors import MachineError, RegistryConflict
from ci_ml.git.complaints import cause
from ci_ml.git.partial_clone import promisor
from ci_ml.git.questions import Git
from ci_ml.registry.payloads import Imported
from ci_ml.repository.event_log.tag_state import local_tags, remote_tags
from ci_ml.text import and_more

# An event has 16 KiB; the rest of it needs little.
_LONGEST_MESSAGE = 10_000  # bytes, as JSON
_LONGEST_TAGGER = 500
_TAGGER = re.compile(rb"(?P<who>.*) (?P<time>(?:0|[1-9][0-9]{0,11}) [+-][0-9]{4})")
_LAST_SECOND = 249_999_999_999
_SHOWN = 3


def fetch_tags(git: Git, remote: str) -> dict[str, str]:
    """Fetch the remote's tags; none that is here is replaced.

    Returns:
        The tags of the remote: name -> id of the object.

    Raises:
        MachineError: the remote cannot be reached.
        RegistryConflict: a tag is another one here than there.
    """
    # No depth, not even in a shallow clone: it would cut off the history that is there, wherever a tag lies.
    options = ["--filter=blob:limit=16k"] if promisor(git) == remote else []
    fixed = ("--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--refmap=")
    answer = git.run("fetch", *fixed, *options, "--end-of-options", remote, "refs/tags/*:refs/tags/*")
    if answer.code and "would clobber existing tag" not in answer.errors:
        raise MachineError(
            f"{remote} cannot be reached: {cause(answer.errors)}.",
            hint=f"git ls-remote --tags {remote} shows what git says.",
        )
    here, there = local_tags(git), remote_tags(git, remote)
    differing = [name for name, found in there.items() if here.get(name) != found]
    if differing:
        raise RegistryConflict(
            f"not the same here as on {remote}: the tags {and_more(differing, _SHOWN)}.",
            hint=f"If the remote is right: git fetch --force {remote} 'refs/tags/*:refs/tags/*'",
        )
    return there


def read_tags(git: Git, names: Iterable[str] | None = None) -> list[Imported]:
    """Tags of this repository, as they are; all of them where no names are given."""
    listing = git.ask("for-each-ref", "--format=%(objecttype) %(objectname) %(refname)", "refs/tags")
    wanted = None if names is None else set(names)
    entries = []
    for line in listing.splitlines():
        kind, own, reference = line.split(" ", 2)
        name = reference.removeprefix("refs/tags/")
        if wanted is None or name in wanted:
            entries.append((name, kind, own))
    contents = dict(_objects(git, [own for _, kind, own in entries if kind == "tag"]))
    targets = _peeled(git, [own for _, _, own in entries])
    return [
        _annotated(name, own, contents[own], *targets[own])
        if kind == "tag"
        else Imported(tag=name, object=own, target=own, target_type=kind, annotated=False)
        for name, kind, own in entries
    ]


def _annotated(name: str, own: str, content: bytes, target: str, target_type: str) -> Imported:
    head, _, message = content.partition(b"\n\n")
    fields = dict(line.split(b" ", 1) for line in head.split(b"\n") if b" " in line)
    encoding = fields.get(b"encoding", b"utf-8").decode("ascii", "replace")
    signed = _TAGGER.fullmatch(fields.get(b"tagger", b""))
    time = signed["time"].decode() if signed and int(signed["time"].split()[0]) <= _LAST_SECOND else None
    return Imported(
        tag=name,
        object=own,
        target=target,
        target_type=target_type,
        annotated=True,
        tagger=_text(signed["who"] if signed else fields.get(b"tagger", b""), encoding)[:_LONGEST_TAGGER] or None,
        time=time,
        message=_fitting(_text(message, encoding)),
    )


def _text(data: bytes, encoding: str) -> str:
    for attempt in ("utf-8", encoding):
        try:
            return data.decode(attempt)
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("latin-1")


def _fitting(message: str) -> str:
    """A message, or as much of its beginning as an event holds."""
    while len(json.dumps(message, ensure_ascii=False).encode()) > _LONGEST_MESSAGE:
        message = message[: min(len(message), _LONGEST_MESSAGE) * 4 // 5]
    return message


def _objects(git: Git, ids: list[str]) -> Iterator[tuple[str, bytes]]:
    for one, found in zip(ids, git.read_objects(ids), strict=True):
        if found is None:
            raise MachineError(f"git cannot read the tag object {one}.", hint="git fsck says what is broken.")
        yield one, found[1]


def _peeled(git: Git, ids: list[str]) -> dict[str, tuple[str, str]]:
    """What tag objects lead to in the end: id and type."""
    questions = "".join(f"{one}^{{}}\n" for one in ids).encode()
    lines = git.ask("cat-file", "--batch-check=%(objectname) %(objecttype)", stdin=questions).splitlines()
    found = {}
    for one, line in zip(ids, lines, strict=True):
        target, _, kind = line.partition(" ")
        if kind not in ("commit", "tree", "blob"):
            raise MachineError(
                f"git cannot read what the tag object {one} leads to.", hint="A whole clone has it: git fetch"
            )
        found[one] = target, kind
    return found
