"""Is the evidence what the events say it is? Digest and size of each file, and files that are gone or unnamed."""

from collections.abc import Iterable, Iterator, Mapping

from ci_ml.hashing import sha256_hex
from ci_ml.registry.events import Event, EvidenceFile
from ci_ml.registry.verification.findings import Finding, unchecked, wrong
from ci_ml.registry.verification.layout import named


def claims(events: Iterable[Event]) -> dict[str, dict[EvidenceFile, Event]]:
    """Path -> what events say lies there; more than one thing where they contradict each other."""
    found: dict[str, dict[EvidenceFile, Event]] = {}
    for event in events:
        for path, file in event.evidence.items():
            found.setdefault(path, {}).setdefault(file, event)
    return found


def check_evidence(
    claimed: Mapping[str, Mapping[EvidenceFile, Event]],
    contents: Iterable[tuple[str, bytes | None]],
    *,
    filed: Iterable[str],
) -> Iterator[Finding]:
    """Hold the files to the events.

    Args:
        contents: the claimed files that are on the branch, each once; None for one that this clone does not have.
        filed: every path of the branch where evidence may lie.
    """
    missing = set(claimed)
    for path, content in contents:
        missing.discard(path)
        if content is None:
            yield unchecked("evidence", named(path), "is not in this partial clone")
            continue
        own = EvidenceFile(sha256=sha256_hex(content), size=len(content))
        for file, event in claimed[path].items():
            if file != own:
                what = f"has {own.size:,} bytes" if own.size != file.size else f"has the digest {own.sha256[:12]}…"
                due = f"{file.size:,}" if own.size != file.size else f"{file.sha256[:12]}…"
                yield wrong("evidence", named(path), f"{what}; event {event.sequence} of {event.model} says {due}")
    for path in sorted(missing):
        event = next(iter(claimed[path].values()))
        yield wrong("evidence", named(path), f"is not there, though event {event.sequence} of {event.model} names it")
    for path in sorted(set(filed) - set(claimed)):
        yield wrong("evidence", named(path), "is named by no event")
