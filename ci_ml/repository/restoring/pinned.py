"""Which data did a version pin, file by file? The event has few, the evidence many, and very many only the code."""

import re
from collections.abc import Mapping

from ci_ml.config import FILE_NAME, read_config
from ci_ml.errors import CiMlError, DataError, VerificationError
from ci_ml.hashing import json_digest, sha256_hex
from ci_ml.registry.events import Event
from ci_ml.registry.history import Release
from ci_ml.registry.provenance import Provenance
from ci_ml.repository.event_log.snapshot import Snapshot
from ci_ml.repository.lineage import trace
from ci_ml.repository.records import decode
from ci_ml.repository.trees import CommitTree, read

# What stands for the files where they are too many for an event.
_SUMMED = re.compile(r"\(\d+ files\)")


def pinned_data(snapshot: Snapshot, release: Release, tree: CommitTree) -> dict[str, str]:
    """Path -> `md5:...` or `sha256:...` of the data that a version was made from.

    Args:
        tree: the version's own, which must be here.

    Raises:
        DataError: neither the evidence nor the code names every file.
        VerificationError: what they name is not what was pinned.
    """
    facts = release.facts
    if facts is None:
        return {}
    named = {path: f"{kind}:{value}" for path, pin in facts.data.items() for kind, value in pin.items()}
    summed = next(iter(named.values()), "")
    if [path for path in named if not _SUMMED.fullmatch(path)] or not named:
        return named
    found = _from_evidence(snapshot, release)
    if "*" in found:
        found = _from_code(tree, release)
    known = {path: pin for path, pin in found.items() if ":" in pin}
    in_evidence = json_digest(known)
    if in_evidence != summed:
        raise VerificationError(
            f"the data of {release.version} are registered as {summed[:19]}, its evidence names {in_evidence[:19]}.",
            hint="ci-ml registry verify says more.",
        )
    return known


def _from_evidence(snapshot: Snapshot, release: Release) -> Mapping[str, str]:
    path, content = evidence_file(snapshot, release.registered, "provenance.json")
    return decode(content, Provenance, name=path).data


def evidence_file(snapshot: Snapshot, event: Event, name: str) -> tuple[str, bytes]:
    """(path, content) of a file that was filed with an event, checked against it.

    Raises:
        DataError: there is no such file.
        VerificationError: it is another one.
    """
    path = next((path for path in event.evidence if path.endswith(f"/{name}")), None)
    content = snapshot.evidence(path) if path else None
    if path is None or content is None:
        raise DataError(f"{name} of event {event.sequence} of {event.model} is not on the registry's branch.")
    if sha256_hex(content) != event.evidence[path].sha256:
        raise VerificationError(f"{path} is not the file that event {event.sequence} of {event.model} filed.")
    return path, content


def _from_code(tree: CommitTree, release: Release) -> Mapping[str, str]:
    """The data as that tree's own ci-ml.yaml and pointers name them."""
    model = release.registered.model
    try:
        config = read_config((read(tree, FILE_NAME) or b"").decode("utf-8-sig"), name=FILE_NAME)
        outputs = frozenset(path for one in config.models.values() for path in (one.predictions, one.artifact) if path)
        return trace(tree, config.models[model], outputs=outputs).data
    except (CiMlError, KeyError, UnicodeDecodeError) as error:
        raise DataError(
            f"which data {release.version} was made from is said by its code alone, and that cannot be read: {error}."
        ) from None
