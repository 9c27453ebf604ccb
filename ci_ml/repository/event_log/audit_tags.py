"""Do the tags of this clone say what the log says? Wrong ones contradict it, missing ones can be written again."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from ci_ml.git.questions import Git
from ci_ml.registry.gto.rules import parse_tag
from ci_ml.registry.gto.tags import DueTag, Tag, due_tags
from ci_ml.registry.history import History
from ci_ml.registry.verification.additions import Walk
from ci_ml.registry.verification.findings import Finding, missing, unchecked, wrong
from ci_ml.repository.event_log.tag_state import local_tags
from ci_ml.text import shown

_WITNESS = re.compile(r"^Registry: ([0-9a-f]{40}|[0-9a-f]{64})$", re.MULTILINE)
_HEADERS = re.compile(
    r"object (?P<object>\S+)\ntype (?P<type>\S+)\ntag (?P<tag>.*)\ntagger (?P<tagger>.*)\n\n(?P<message>.*)", re.DOTALL
)
_NO_TAGS = "none are in this clone: git fetch --tags"


@dataclass
class TagAudit:
    """What the tags say.

    Attributes:
        checked: how many were compared.
        any: whether this clone has tags at all.
    """

    checked: int = 0
    any: bool = False
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class Due:
    """The tags of a model that should be there; which commits added its events is not known yet."""

    model: str
    tags: tuple[DueTag, ...]


def tags_due(history: History) -> Due:
    """What the tags of a model have to be."""
    return Due(history.model, due_tags(history))


def audit_tags(git: Git, dues: Iterable[Due], walk: Walk, *, known: Collection[str]) -> TagAudit:
    """Compare every tag in GTO's grammar with those that follow from the log.

    Args:
        known: every model of the registry; a tag of any other name is somebody else's.
    """
    audit = TagAudit()
    here = local_tags(git)
    audit.any = bool(here)
    if not here:
        audit.findings.append(unchecked("tag", "tags", _NO_TAGS))
        return audit
    doubtful: dict[str, tuple[str, Tag | None]] = {}
    checked: set[str] = set()
    for due in dues:
        checked.add(due.model)
        for one in due.tags:
            found, where = here.pop(one.name, None), f"tag {shown(one.name)}"
            if found is None:
                why = "was imported, and is not here" if one.object else f"event {one.sequence} implies it"
                audit.findings.append(missing("tag", where, why))
                continue
            audit.checked += 1
            witness = walk.maker(due.model, one.sequence)
            own = one.object_id(witness)
            if found != own and one.object:
                what = f"names object {found[:12]}; it was imported as {own[:12]}"
                audit.findings.append(wrong("tag", where, what))
            elif found != own:
                doubtful[one.name] = (found, one.written(witness))
    # What is left follows from no event.
    doubtful |= {name: (found, None) for name, found in here.items() if parse_tag(name)}
    contents = git.read_objects([found for found, _ in doubtful.values()])
    for (name, (_, expected)), content in zip(doubtful.items(), contents, strict=True):
        parsed = parse_tag(name)
        ours = parsed is not None and parsed.model in known
        if expected is None and parsed and ours and parsed.model not in checked:
            continue  # its events contradict each other, or nobody asked for this model
        audit.findings += _judge(name, expected, content, walk, ours=ours)
    return audit


def _judge(
    name: str, expected: Tag | None, content: tuple[str, bytes] | None, walk: Walk, *, ours: bool
) -> list[Finding]:
    where = f"tag {shown(name)}"
    kind, data = content or ("", b"")
    text = data.decode("utf-8", "replace")
    named = _WITNESS.search(text) if kind == "tag" else None
    found = []
    if named and named[1] not in walk.commits:
        if walk.boundary:
            found.append(unchecked("witness", where, f"names the registry's commit {named[1][:12]}, which is not here"))
        else:
            what = f"names the registry's commit {named[1][:12]}, which the branch does not contain"
            found.append(wrong("cut_off", where, f"{what}: it was rewritten or cut off"))
    if expected is None:
        # A lone tag of a model that is ours; that of any other name is somebody else's.
        return found + ([wrong("tag", where, "no event implies it")] if ours and not found else [])
    fault = _fault(expected, kind, text, named[1] if named else None, walk)
    return found + ([wrong("tag", where, fault)] if fault else [])


def _fault(expected: Tag, kind: str, text: str, witness: str | None, walk: Walk) -> str | None:
    if not kind:
        return "cannot be read"
    if kind != "tag":
        return f"is not annotated: it names a {kind} itself"
    own, due = _HEADERS.fullmatch(text), _HEADERS.fullmatch(expected.content.decode())
    if own is None or due is None:
        return "is no plain annotated tag"
    if own["object"] != due["object"]:
        return (
            f"lies on {own['type']} {own['object'][:12]}; event {expected.sequence} says commit {expected.target[:12]}"
        )
    if own["tagger"] != due["tagger"]:
        return f"is by '{shown(own['tagger'])}'; it follows from event {expected.sequence} as by '{due['tagger']}'"
    message = own["message"]
    # A message that names another commit of the branch is one thing, one that cannot be compared here another.
    if witness and (witness not in walk.commits or f"Registry: {witness}" not in due["message"]):
        due_message = _WITNESS.sub("", due["message"]).strip()
        if _WITNESS.sub("", message).strip() == due_message:
            lost = witness not in walk.commits or "Registry: " not in due["message"]
            return (
                None
                if lost
                else f"names the registry's commit {witness[:12]}, which did not add event {expected.sequence}"
            )
    return f"has another message than event {expected.sequence} implies"
