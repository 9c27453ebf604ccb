"""What do people say of a model? The file that `card:` names: every key optional, unknown keys refused."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from ci_ml.config.convert import FAULTY, Reader
from ci_ml.config.faults import ConfigFault, raise_all
from ci_ml.config.source import parse
from ci_ml.errors import ConfigError
from ci_ml.text import shown

# A version's evidence has 256 KiB for everything, and the card is shown whole on the model's page.
MOST = 8_000  # characters
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
# What a hub files a model under is a short word or two.
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._:+-]{0,63}")


def _text(doc: str) -> Any:
    return field(default=None, metadata={"doc": doc})


def _texts(doc: str) -> Any:
    return field(default=(), metadata={"doc": doc})


@dataclass(frozen=True, kw_only=True)
class CardFile:
    """What people wrote about a model, as they wrote it."""

    purpose: str | None = _text("What the model decides or helps to decide, and for whom.")
    owners: tuple[str, ...] = _texts("Who answers for it: people or teams.")
    contact: str | None = _text("Where questions and complaints go.")
    licence: str | None = _text("The licence of the model, as SPDX writes it (`Apache-2.0`), or in your own words.")
    intended_use: tuple[str, ...] = _texts("Uses that it was made for.")
    out_of_scope: tuple[str, ...] = _texts("Uses that it was not made for.")
    data: tuple[str, ...] = _texts("Where the data come from, what they leave out, under which terms they are used.")
    limits: tuple[str, ...] = _texts("Where it is known to be weak or wrong.")
    risks: tuple[str, ...] = _texts("What can go wrong, and for whom.")
    ethics: tuple[str, ...] = _texts("Ethical considerations: people affected, sensitive data, fairness.")
    languages: tuple[str, ...] = _texts("For models of text or speech: ISO 639 codes, such as `en`.")
    tags: tuple[str, ...] = _texts("Words under which a model hub shall find it.")
    library: str | None = _text("The library that loads it, as a model hub calls it: `lightgbm`, `sklearn`.")
    pipeline_tag: str | None = _text("The kind of task, as a model hub calls it: `tabular-classification`.")


# Without these a reader does not know what the model is for, or whom to ask. The others are for some models only.
WANTED = (
    "purpose",
    "owners",
    "contact",
    "licence",
    "intended_use",
    "out_of_scope",
    "data",
    "limits",
    "risks",
    "ethics",
)


def read_card(text: str, *, name: str) -> CardFile:
    """Parse and check what people wrote.

    Args:
        name: what to call the file in errors.

    Raises:
        ConfigError: anything wrong with it; the message starts with `name:line:column`.
    """
    if len(text) > MOST:
        raise ConfigError(
            f"{name} has {len(text):,} characters; a card takes at most {MOST:,}.",
            hint="Name the document that has the rest.",
        )
    reader = Reader(name)
    read = reader.read(parse(text, name=name, faults=reader.faults), CardFile, ())
    card: CardFile = CardFile() if read is FAULTY else read
    faults = list(reader.faults)
    for place, code in _each(card, ("languages",)):
        if not _LANGUAGE.fullmatch(code):
            faults.append(_refusal(reader, place, code, "which is no code of a language; it takes such as en or pt-BR"))
    for place, label in _each(card, ("tags", "library", "pipeline_tag")):
        if not _LABEL.fullmatch(label):
            why = "which is no label; a label has letters, digits and . _ : + - in between"
            faults.append(_refusal(reader, place, label, why))
    raise_all(name, faults)
    return card


def missing(card: CardFile) -> tuple[str, ...]:
    """The keys that a reader needs and nobody wrote."""
    return tuple(key for key in WANTED if not getattr(card, key))


def meanings() -> Mapping[str, str]:
    """Every key and what it means."""
    return {key.name: key.metadata["doc"] for key in fields(CardFile)}


def _each(card: CardFile, names: tuple[str, ...]) -> list[tuple[tuple[str, ...], str]]:
    """(place, text) of every text under some keys."""
    found: list[tuple[tuple[str, ...], str]] = []
    for name in names:
        value = getattr(card, name)
        texts = value if isinstance(value, tuple) else (value,) if value else ()
        found += [((name, str(number)) if isinstance(value, tuple) else (name,), t) for number, t in enumerate(texts)]
    return found


def _refusal(reader: Reader, path: tuple[str, ...], found: str, why: str) -> ConfigFault:
    return reader.error(reader.places[path], path, f"is '{shown(found)}', {why}")
