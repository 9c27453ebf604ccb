"""ci-ml.yaml -> Config: unknown keys refused, "did you mean", file:line:column in every error."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ci_ml.config.checks import check
from ci_ml.config.convert import Reader
from ci_ml.config.shape import Columns, Document, Gate, Model, Registry, Scalar, Step
from ci_ml.config.source import parse
from ci_ml.errors import ConfigError

__all__ = ["FILE_NAME", "Columns", "Config", "Gate", "Model", "Registry", "Scalar", "Step", "read_config"]

FILE_NAME = "ci-ml.yaml"


@dataclass(frozen=True, kw_only=True)
class Config:
    """The configuration of one repository. `places` says where each key stands, for errors found later."""

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
        while path not in self.places:
            path = path[:-1]
        line, column = self.places[path]
        return f"{self.name}:{line}:{column}"


def read_config(text: str, *, name: str = FILE_NAME) -> Config:
    """Parse and check a configuration.

    Args:
        text: YAML.
        name: what to call the file in errors.

    Raises:
        ConfigError: anything wrong with it; the message starts with `name:line:column`.
    """
    reader = Reader(name)
    document = reader.read(parse(text, name=name), Document, ())
    check(document, reader)
    return Config(models=document.models, registry=document.registry, name=name, places=dict(reader.places))
