"""ci-ml.yaml -> Config: unknown keys refused, "did you mean", file:line:column in every error."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ci_ml.config.checks import contradictions
from ci_ml.config.convert import FAULTY, Reader
from ci_ml.config.faults import ConfigFault, raise_all
from ci_ml.config.folder import from_root
from ci_ml.config.shape import Columns, Document, Gate, Model, Registry, Scalar, Step
from ci_ml.config.source import parse
from ci_ml.errors import ConfigError

__all__ = [
    "FILE_NAME",
    "Columns",
    "Config",
    "ConfigFault",
    "Gate",
    "Model",
    "Registry",
    "Scalar",
    "Step",
    "raise_all",
    "read_config",
    "read_with_faults",
]

FILE_NAME = "ci-ml.yaml"


@dataclass(frozen=True, kw_only=True)
class Config:
    """The configuration of one repository. `places` says where each key stands, for errors found later.

    Every path starts at the repository's root, those of a model with a `folder` too.
    """

    models: Mapping[str, Model]
    registry: Registry
    name: str = FILE_NAME
    places: Mapping[tuple[str, ...], tuple[int, int]] = field(default_factory=dict, repr=False, compare=False)

    def model(self, name: str | None) -> tuple[str, Model]:
        """The model of that name; with no name, the only one.

        Raises:
            ConfigError: no such model, or several to choose from.
        """
        names = ", ".join(self.models)
        if name is None:
            if len(self.models) > 1:
                raise ConfigError(f"{self.name} names several models: {names}.", hint="Say which one.")
            return next(iter(self.models.items()))
        if name not in self.models:
            raise ConfigError(f"{self.name} has no model '{name}'.", hint=f"It has: {names}.")
        return name, self.models[name]

    def locate(self, *path: str) -> str:
        """`ci-ml.yaml:9:15` for a key, or the nearest key above it that the file spells out."""
        line, column = self.place(*path)
        return f"{self.name}:{line}:{column}"

    def place(self, *path: str) -> tuple[int, int]:
        """Line and column of a key, or of the nearest key above it that the file spells out."""
        while path not in self.places:
            path = path[:-1]
        return self.places[path]


def read_config(text: str, *, name: str = FILE_NAME) -> Config:
    """Parse and check a configuration.

    Args:
        text: YAML.
        name: what to call the file in errors.

    Raises:
        ConfigError: anything wrong with it, all of it at once; each fault starts with `name:line:column`.
    """
    config, faults = read_with_faults(text, name=name)
    raise_all(name, faults)
    return config


def read_with_faults(text: str, *, name: str = FILE_NAME) -> tuple[Config, tuple[ConfigFault, ...]]:
    """What of a configuration can be read, with defaults where something is wrong, and everything that is wrong.

    Raises:
        ConfigError: it is not YAML.
    """
    reader = Reader(name)
    document = reader.read(parse(text, name=name, faults=reader.faults), Document, ())
    if document is FAULTY:
        return Config(models={}, registry=Registry(), name=name, places=dict(reader.places)), tuple(reader.faults)
    faults = (*reader.faults, *contradictions(document, reader))
    models = {name: from_root(model, model.folder or "") for name, model in document.models.items()}
    config = Config(models=models, registry=document.registry, name=name, places=dict(reader.places))
    return config, faults
