"""What a use case works on: one repository and its configuration."""

from dataclasses import dataclass
from pathlib import Path

from ci_ml.config import Config
from ci_ml.git.questions import Git


@dataclass(frozen=True, kw_only=True)
class Project:
    """A working copy with its ci-ml.yaml.

    Attributes:
        start: the folder in which a person typed: file names they write begin there.
    """

    git: Git
    config: Config
    start: Path

    @property
    def root(self) -> Path:
        return self.git.root
