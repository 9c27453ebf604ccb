"""Does ci-ml.yaml fit the repository around it? The files, stages and columns that it names, where they are there."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ci_ml.config import Config, ConfigFault, Step
from ci_ml.config.card import CardFile
from ci_ml.config.convert import nearest
from ci_ml.config.faults import ConfigFaults
from ci_ml.config.quote import quote
from ci_ml.config.wanted_columns import WantedColumn, wanted_columns
from ci_ml.delivery.project import ModelSource, Project
from ci_ml.delivery.registration_card import check_card
from ci_ml.errors import CiMlError, ConfigError
from ci_ml.repository.inputs import files_of
from ci_ml.repository.pipeline import resolve_stages
from ci_ml.repository.trees import WorkingTree
from ci_ml.tables.arrow_tables import column_names
from ci_ml.tables.column_roles import guess_roles
from ci_ml.text import and_more, shown
from ci_ml.training.run import working_folder

_SHOWN_COLUMNS = 20


@dataclass(frozen=True)
class ProjectCheck:
    """What was found.

    Attributes:
        faults: what keeps a command from working.
        remarks: what could not be looked at, and why.
        cards: model -> what people wrote about it, where ci-ml.yaml names a file that can be read.
    """

    faults: tuple[ConfigFault, ...]
    remarks: tuple[str, ...]
    cards: Mapping[str, CardFile]


def check_project(project: Project, known: Iterable[ConfigFault] = ()) -> ProjectCheck:
    """Look at everything that each model names. What training makes may be missing: it is not trained yet.

    Args:
        known: faults of ci-ml.yaml itself; what follows from them is not said again.
    """
    tree = WorkingTree(project.git)
    found: list[ConfigFault | str] = []
    cards: dict[str, CardFile] = {}
    for source in map(project.source, project.config.models):
        found += [*_folder(source), *_steps(source, tree), *_parameter_files(source, tree), *_columns(source, known)]
        try:
            card = check_card(source)
            cards |= {source.name: card} if card else {}
        except ConfigError as error:
            found += _at_its_key(source, error)
    faults = tuple(one for one in found if isinstance(one, ConfigFault))
    return ProjectCheck(faults, tuple(one for one in found if isinstance(one, str)), cards)


def _folder(source: ModelSource) -> Iterator[ConfigFault]:
    try:
        working_folder(source.project.root, source.model.folder or "")
    except ConfigError as error:
        problem = error.message.partition(" ")[2].rstrip(".")
        yield _fault(source.project.config, ("models", source.name, "folder"), problem, hint=error.hint)


def _columns(source: ModelSource, known: Iterable[ConfigFault]) -> Iterator[ConfigFault | str]:
    config, model, above = source.project.config, source.model, ("models", source.name)
    path = source.project.root / model.predictions
    if not model.predictions or not path.is_file() or not path.stat().st_size:
        return
    try:
        names = column_names(path, name=model.predictions)
    except CiMlError as error:  # the file itself is `gate`'s to explain
        yield f"{config.locate(*above, 'predictions')}: {error.message}"
        return
    # Where columns: could not be read, its defaults say nothing about the file.
    unsure = any(fault.path == above or fault.path[:3] == (*above, "columns") for fault in known)
    roles = {wanted.name for wanted in wanted_columns(model, names) if wanted.key[0] == "columns"}
    free = [name for name in names if name not in roles]
    usual = guess_roles(free)
    for wanted in wanted_columns(model, names):
        if wanted.name in names:
            continue
        place = (*above, *wanted.key)
        if unsure and place not in config.places:
            continue
        role = [usual[wanted.key[1]]] if wanted.key[0] == "columns" and wanted.key[1] in usual else []
        alike = nearest(wanted.name, free)
        near = alike or role if place in config.places else role or alike
        yield _fault(
            config,
            place,
            f"is '{shown(wanted.name)}', which is no column of {model.predictions}",
            hint=_suggestion(wanted, near, spelled=place in config.places)
            + f"It has: {and_more(map(shown, names), _SHOWN_COLUMNS)}.",
        )


def _suggestion(wanted: WantedColumn, near: list[str], *, spelled: bool) -> str:
    """What to write instead of a column that is not there, or at all where ci-ml.yaml leaves it to the default."""
    if spelled:
        return f"Did you mean '{shown(near[0])}'? " if near else ""
    return f"Add columns: {{{wanted.key[1]}: {quote(shown(near[0])) if near else 'COLUMN'}}}. "


def _steps(source: ModelSource, tree: WorkingTree) -> Iterator[ConfigFault | str]:
    config = source.project.config
    for key, step in (("train", source.model.train), ("predict", source.model.predict)):
        if step is None:
            continue
        above = ("models", source.name, key)
        try:
            if step.stage:
                resolve_stages(tree, step.stage)
        except ConfigError as error:
            yield _fault(config, (*above, "stage"), f"cannot be run: {error.message.rstrip('.')}", hint=error.hint)
        except CiMlError as error:
            yield f"{config.locate(*above, 'stage')}: {error.message}"
        if step.command:
            yield from _inputs(tree, config, above, step)


def _inputs(tree: WorkingTree, config: Config, above: tuple[str, ...], step: Step) -> Iterator[ConfigFault]:
    for index, pattern in enumerate(step.inputs):
        try:
            files_of(tree, replace(step, inputs=(pattern,)), frozenset())
        except ConfigError as error:
            problem = f"is '{pattern}', which matches nothing that git or DVC tracks"
            yield _fault(config, (*above, "inputs", str(index)), problem, hint=error.hint)


def _parameter_files(source: ModelSource, tree: WorkingTree) -> Iterator[ConfigFault]:
    for index, path in enumerate(source.model.params):
        if not (tree.git.root / path).is_file():
            near = nearest(path, sorted(tree.paths))
            yield _fault(
                source.project.config,
                ("models", source.name, "params", str(index)),
                f"is {path}, which does not exist",
                hint=f"Did you mean '{near[0]}'?" if near else "",
            )


def _at_its_key(source: ModelSource, error: ConfigError) -> Iterator[ConfigFault]:
    """What is wrong with the model's card, in the place where ci-ml.yaml names it."""
    path = ("models", source.name, "card")
    for fault in error.faults if isinstance(error, ConfigFaults) else (error,):
        yield ConfigFault(fault.message, place=source.project.config.place(*path), path=path, hint=fault.hint)


def _fault(config: Config, path: tuple[str, ...], problem: str, *, hint: str) -> ConfigFault:
    message = f"{config.locate(*path)}: {'.'.join(path)} {problem}."
    return ConfigFault(message, place=config.place(*path), path=path, hint=hint)
