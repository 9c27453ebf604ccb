"""The model card of a registration: what people wrote, as the registered commit has it, beside what was measured."""

from dataclasses import replace

from ci_ml.config.card import CardFile, read_card
from ci_ml.delivery.messages import Messages
from ci_ml.delivery.project import ModelSource, Project
from ci_ml.delivery.release_facts import evidence_of
from ci_ml.errors import ConfigError, DataError
from ci_ml.files import read_text
from ci_ml.registry.events import LARGEST_EVIDENCE
from ci_ml.registry.facts import Facts
from ci_ml.reports.model_card import LARGEST, Written, render_card
from ci_ml.reports.registry_card import NAME
from ci_ml.repository.lock_files import pinned_versions
from ci_ml.repository.records import Record
from ci_ml.repository.trees import CommitTree, read
from ci_ml.training.hardware import PACKAGES


def card_of(project: Project, record: Record, facts: Facts, messages: Messages, *, strict: bool) -> dict[str, bytes]:
    """The card as evidence: its file name and content.

    Args:
        strict: refuse where what people wrote cannot be read; otherwise the card says so. A merge cannot be mended.

    Raises:
        ConfigError: it cannot be read, and `strict`.
    """
    tree = CommitTree(project.git, facts.commit)
    pins = pinned_versions(tree.read_all(sorted(record.provenance.environment)).values(), PACKAGES)
    written = replace(_written(project, record.judgement.model, facts.commit), pins=pins)
    if written.problem and strict:
        raise ConfigError(written.problem, hint="Mend it and commit it; ci-ml check reads it, too.")
    if written.problem:
        messages.warn(f"the model card of {record.judgement.model} lacks what people say: {written.problem}")
    room = LARGEST_EVIDENCE - sum(map(len, evidence_of(record).values()))
    page = render_card(facts, record.judgement, record.provenance, written, most=min(room, LARGEST))
    return {NAME: page}


def check_card(source: ModelSource) -> CardFile | None:
    """What people wrote about a model in the working copy; None where ci-ml.yaml names no file.

    Raises:
        ConfigError: there is no such file, or it is wrong.
    """
    name = source.model.card
    if name is None:
        return None
    path = source.project.root / name
    if not path.is_file():
        where = source.project.config.locate("models", source.name, "card")
        raise ConfigError(
            f"{where}: models.{source.name}.card names {name}, which is not there.",
            hint="Write it, beginning with purpose: and owners: (docs/model-card.md has all keys).",
        )
    try:
        return read_card(read_text(path, name=name), name=name)
    except DataError as error:
        raise ConfigError(error.message, hint=error.hint) from None


def warn_of_card(source: ModelSource, messages: Messages) -> None:
    """Say before the merge what cannot be mended after it."""
    try:
        check_card(source)
    except ConfigError as error:
        messages.warn(f"{error.message} As it is, the model card will lack what people say.")


def _written(project: Project, name: str, commit: str) -> Written:
    """From the commit, never from the working copy: a card names what everybody can look up."""
    model = project.model_at(name, commit)
    if model is None or model.card is None:
        return Written()
    content = read(CommitTree(project.git, commit), model.card)
    if content is None:
        return Written(path=model.card, problem=f"{model.card} is not in commit {commit[:7]}.")
    try:
        return Written(path=model.card, card=read_card(content.decode("utf-8-sig"), name=model.card))
    except UnicodeDecodeError:
        return Written(path=model.card, problem=f"{model.card} is not UTF-8.")
    except ConfigError as error:
        return Written(path=model.card, problem=error.message)
