"""What does a use case work on? A repository with its configuration, and the models of one name in it."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from ci_ml.config import FILE_NAME, Config, Model, read_config
from ci_ml.errors import ConfigError
from ci_ml.git.questions import Git
from ci_ml.registry.provenance import Provenance
from ci_ml.repository.lineage import never_inputs, trace
from ci_ml.repository.storage.artifacts import ArtifactStore, open_store
from ci_ml.repository.training_lock import FILE_NAME as LOCK_NAME
from ci_ml.repository.trees import CommitTree, WorkingTree, read


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

    @cached_property
    def store(self) -> ArtifactStore:
        """Where the files of models are; opened when first asked for, since DVC's configuration may be wrong.

        Raises:
            MachineError: it is wrong, or only DVC can reach its remote and is not installed.
        """
        remote = self.config.registry.remote
        return open_store(self.git, git_remote=remote if self.git.has_remote(remote) else None)

    def as_of(self, commit: str) -> "Project":
        """The same repository, with the configuration that a commit has: what lies in the working copy decides nothing.

        Raises:
            ConfigError: the commit has none, or it is wrong.
        """
        content, name = read(CommitTree(self.git, commit), FILE_NAME), f"{commit[:7]}:{FILE_NAME}"
        if content is None:
            raise ConfigError(f"commit {commit[:12]} has no {FILE_NAME}.", hint="ci-ml init writes one.")
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise ConfigError(f"{name} is not UTF-8.") from None
        return replace(self, config=read_config(text, name=name))

    def source(self, model: str | None) -> "ModelSource":
        """The models of that name; of the only one where none is given.

        Raises:
            ConfigError: there is no such model, or there are several to choose from.
        """
        name, settings = self.config.model(model)
        return ModelSource(project=self, name=name, model=settings)

    def model_at(self, name: str, commit: str) -> Model | None:
        """A model's configuration as that commit had it; None before it had one that can be read."""
        return self.read_model_at(name, commit)[0]

    def read_model_at(self, name: str, commit: str) -> tuple[Model | None, str]:
        """The same, with why there is none, as the beginning of a sentence."""
        config, why = self.read_config_at(commit)
        found = config.models.get(name) if config else None
        return found, why if config is None or found else f"{FILE_NAME} of {commit[:7]} has no model '{name}'"

    def read_config_at(self, commit: str) -> tuple[Config | None, str]:
        """The configuration that a commit has; None where that cannot be read, and why."""
        content = read(CommitTree(self.git, commit), FILE_NAME)
        if content is None:
            return None, f"{commit[:7]} has no {FILE_NAME}"
        try:
            return read_config(content.decode("utf-8-sig"), name=FILE_NAME), ""
        except (ConfigError, UnicodeDecodeError):
            return None, f"{FILE_NAME} of {commit[:7]} cannot be read by this version"


@dataclass(frozen=True, kw_only=True)
class ModelSource:
    """Where the models of one name come from.

    Attributes:
        model: the configuration they are read and judged by: today's, that of an older commit, or one that looks at a
            single slice.
    """

    project: Project
    name: str
    model: Model

    def at(self, commit: str) -> "ModelSource":
        """By the configuration of that commit, where it had one: what it trains follows from its own ci-ml.yaml."""
        then = self.project.model_at(self.name, commit)
        return replace(self, model=then) if then else self

    def provenance(self, tree: WorkingTree | CommitTree) -> Provenance:
        """What a model of that tree is made from."""
        return trace(tree, self.model, outputs=self.outputs)

    @property
    def outputs(self) -> frozenset[str]:
        """What the models of this repository make, and what is said of them, or of who may sign."""
        registry = self.project.config.registry
        rules = frozenset(path for path in (registry.allowed_signers, registry.revoked_keys) if path)
        return rules.union({LOCK_NAME}, *map(never_inputs, self.project.config.models.values()))
