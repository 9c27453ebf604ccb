"""What does git store of a file: its bytes, its lines with other ends, or what a filter made of it?

Asked of files that a version pins: what is judged must be what a clone gets.
"""

from collections.abc import Sequence

from ci_ml.git.questions import Git

_KEYS = ("text", "eol", "crlf", "filter", "ident", "working-tree-encoding")
_OFF = ("unspecified", "unset")
_LOOKED_AT = 1 << 22  # bytes; git is asked about larger files


def with_stored_line_ends(git: Git, path: str) -> bytes | None:
    """What git stores of a text file whose line ends it converts, as most Windows machines let it.

    None where git stores the file's own bytes, stores nothing (it is ignored), or changes more than line ends. A file
    with a NUL byte is no text: what `text` makes of it is another file.
    """
    if not _may_hold_crlf(git, path) or not _converts_lines(git, path) or not _is_gits(git, path):
        return None
    content = (git.root / path).read_bytes()
    lines = content.replace(b"\r\n", b"\n")
    if lines == content or b"\0" in content:
        return None
    if left_alone(git, [path]):
        return None
    return lines if _id_of(git, content, "--path", path) == _id_of(git, lines) else None


def left_alone(git: Git, paths: Sequence[str]) -> frozenset[str]:
    """Files whose line ends git does not convert, since it has them with carriage returns already.

    That goes for automatic conversion only, and `git hash-object` does not know it.
    """
    if not paths:
        return frozenset()
    # such as: i/crlf w/crlf attr/text=auto eol=crlf <tab> path
    entries = git.ask("--literal-pathspecs", "ls-files", "--eol", "-z", "--full-name", "--", *paths).split("\0")
    found = set()
    for entry in filter(None, entries):
        facts, _, path = entry.partition("\t")
        index, _, attributes = facts.split(maxsplit=2)
        automatic = attributes.strip() == "attr/" or attributes.startswith("attr/text=auto")
        if automatic and index in ("i/crlf", "i/mixed"):
            found.add(path)
    return frozenset(found)


def conversions(git: Git, path: str) -> tuple[str, ...]:
    """What makes git store something else than a file's bytes, as .gitattributes or git's settings say it."""
    attributes = _attributes(git, path)
    said = [key if value == "set" else f"{key}={value}" for key, value in attributes.items() if value not in _OFF]
    automatic = git.run("config", "--get", "core.autocrlf").text.strip()
    if attributes["text"] == "unspecified" and automatic in ("true", "input"):
        said.append(f"core.autocrlf={automatic}")
    return tuple(said)


def unconverted(path: str) -> str:
    """The line of .gitattributes by which git stores a file as it is."""
    plain = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'"/{plain}" -text' if any(c in path for c in ' "\\') else f"/{path} -text"


def _may_hold_crlf(git: Git, path: str) -> bool:
    """Whether there may be line ends to convert. Most files have none: a look at them is faster than asking git."""
    with (git.root / path).open("rb") as file:
        start = file.read(_LOOKED_AT)
    return len(start) == _LOOKED_AT or b"\r\n" in start


def _converts_lines(git: Git, path: str) -> bool:
    return any(not said.startswith(("filter", "ident", "working-tree")) for said in conversions(git, path))


def _attributes(git: Git, path: str) -> dict[str, str]:
    fields = git.ask("check-attr", "-z", *_KEYS, "--", path).split("\0")
    return dict(zip(fields[1::3], fields[2::3], strict=False))


def _is_gits(git: Git, path: str) -> bool:
    """Whether git tracks a file, or would with the next `git add --all`."""
    return _index_id(git, path) is not None or git.run("check-ignore", "--quiet", "--", path).code != 0


def _index_id(git: Git, path: str) -> str | None:
    entry = git.run("--literal-pathspecs", "ls-files", "--stage", "-z", "--", path).text
    return entry.split()[1] if entry else None


def _id_of(git: Git, content: bytes, *options: str) -> str:
    return git.ask("hash-object", "--stdin", *(options or ("--no-filters",)), stdin=content).strip()
