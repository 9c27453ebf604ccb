"""Find a model to judge, and the one to judge it against: working copy, revision, version, stage or plain file."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ci_ml.cli.app import App
from ci_ml.config import FILE_NAME, Model, read_config
from ci_ml.delivery.imported_versions import imported_side, unmeasured
from ci_ml.errors import ConfigError, DataError, VerificationError
from ci_ml.files import FileDigest, digest_file
from ci_ml.gates.judgement import Side
from ci_ml.names import encode as encode_name
from ci_ml.registry.events import evidence_folder
from ci_ml.registry.facts import StoredFile
from ci_ml.registry.provenance import Provenance
from ci_ml.repository.freshness import why_not_trained_from, why_outdated
from ci_ml.repository.inputs import untracked_inputs
from ci_ml.repository.lineage import feature_names, never_inputs, trace
from ci_ml.repository.records import Record, TrainingRecord, decode, record_path
from ci_ml.repository.storage.artifacts import ArtifactStore, open_store
from ci_ml.repository.trees import CommitTree, WorkingTree, read
from ci_ml.text import and_more

if TYPE_CHECKING:
    from ci_ml.evaluation.predictions import Predictions
    from ci_ml.registry.history import History


def digest_of(file: StoredFile) -> FileDigest:
    """A file as the registry pins it, as the artifact store asks for it."""
    return FileDigest(path=file.path, sha256=file.sha256, size=file.size, md5=file.md5)


def model_at(app: App, name: str, commit: str) -> Model | None:
    """The model's configuration as that commit had it; None before it had one that can be read."""
    content = read(CommitTree(app.git, commit), FILE_NAME)
    try:
        return read_config(content.decode("utf-8-sig"), name=FILE_NAME).models.get(name) if content else None
    except (ConfigError, UnicodeDecodeError):
        return None


@dataclass(frozen=True, kw_only=True)
class Found:
    """A model that can be judged: who it is, what it said, and what it was made from where that is known."""

    side: Side
    predictions: "Predictions"
    provenance: Provenance | None


@dataclass(frozen=True)
class Finder:
    """Finds the models of one name in this repository."""

    app: App
    name: str
    model: Model

    @cached_property
    def store(self) -> ArtifactStore:
        remote = self.app.config.registry.remote
        return open_store(self.app.git, git_remote=remote if self.app.git.has_remote(remote) else None)

    @cached_property
    def history(self) -> "History":
        """The model's registry, refreshed from the remote where there is one."""
        return self.app.history(self.name)

    def candidate(self, spec: str | None) -> Found:
        """The working copy, or what `spec` names: a predictions file, a version, a stage or a revision.

        Raises:
            ConfigError: `spec` names nothing.
            DataError: its predictions cannot be used.
        """
        if spec is None:
            return self._working_copy()
        found = self._named(spec)
        if found is None:
            raise ConfigError(f"'{spec}' holds no version of '{self.name}'.", hint="ci-ml registry show")
        return found

    def baseline(self, spec: str | None) -> tuple[Found | None, str]:
        """The model to compare with, and why there is none: an empty stage is no error, it is a first model.

        Raises:
            ConfigError: `spec` names nothing.
            DataError: its predictions cannot be used.
        """
        wanted = spec or self.model.baseline_or_default
        holder = self.history.holder(wanted) if spec is None and wanted in self.model.stages else None
        if unmeasured(self, holder):
            return None, f"{holder}, in {wanted}, was imported and has no predictions that it could be compared by."
        found = self._named(wanted, lend_slices=True, files=spec is not None)
        if found is None:
            return None, f"No version of {self.name} is in {wanted} yet: this is the first."
        return found, ""

    def provenance(self, tree: WorkingTree | CommitTree) -> Provenance:
        return trace(tree, self.model, outputs=self._outputs)

    @property
    def _outputs(self) -> frozenset[str]:
        """What the models of this repository make, and what is said of them, or of who may sign."""
        registry = self.app.config.registry
        rules = frozenset(path for path in (registry.allowed_signers, registry.revoked_keys) if path)
        return rules.union(*map(never_inputs, self.app.config.models.values()))

    def _working_copy(self) -> Found:
        tree = WorkingTree(self.app.git)
        read_from = self.app.root / self.model.predictions
        predictions = self.read(read_from)
        provenance = replace(self.provenance(tree), features=feature_names(tree, self.model))
        artifact = None
        if self.model.artifact:
            if not (self.app.root / self.model.artifact).is_file():
                raise DataError(f"{self.model.artifact} does not exist.", hint=f"ci-ml train {self.name}")
            artifact = digest_file(self.app.root / self.model.artifact, name=self.model.artifact)
        self._warn_of_untracked(tree)
        training = self._training(provenance, tree)
        if training is not None:
            provenance = replace(provenance, seconds=training.provenance.seconds, machine=training.provenance.machine)
        side = Side(
            commit=self.app.git.head(),
            dirty=bool(self.app.git.changed_files()),
            predictions=digest_file(read_from, name=self.model.predictions),
            artifact=artifact,
        )
        return Found(side=side, predictions=predictions, provenance=provenance)

    def _warn_of_untracked(self, tree: WorkingTree) -> None:
        """A plain command's inputs are what git tracks: what it does not track would make the merge another model."""
        steps = [step for step in (self.model.train, self.model.predict) if step is not None]
        if not any(step.command and not step.inputs for step in steps):
            return
        found = untracked_inputs(tree, self._outputs)
        if found:
            self.app.warn(
                f"{and_more(found)}: in no commit, so no input of this model. If training reads it, git add it first."
            )

    def _training(self, provenance: Provenance, tree: WorkingTree) -> TrainingRecord | None:
        """What the training that made the present outputs wrote down; None where it was not ci-ml that trained.

        Raises:
            DataError: the outputs were made from other inputs than those that lie here now.
        """
        reason = why_outdated(tree, self.model)
        training = None
        path = record_path(self.app.root, self.name, "training")
        if reason is None and path.is_file():
            training = decode(path.read_bytes(), TrainingRecord, name=path.name)
            changed = why_not_trained_from(training.provenance, provenance)
            other = self._differing(training.outputs)
            if other and changed:
                return None  # outputs of another training, as after a switch of branches
            reason = f"{changed} changed since it was made" if changed else None
            if other and training.provenance.inputs == provenance.inputs:
                raise DataError(
                    f"{other} is not the file that ci-ml train made from these inputs.", hint=f"ci-ml train {self.name}"
                )
        if reason is not None:
            raise DataError(
                f"{self.model.predictions} is not what these inputs make: {reason}.", hint=f"ci-ml train {self.name}"
            )
        return training

    def _differing(self, outputs: Mapping[str, str]) -> str | None:
        """The first of some files that is not what its SHA-256 says."""
        for file, sha256 in outputs.items():
            path = self.app.root / file
            if not path.is_file() or digest_file(path, name=file).sha256 != sha256:
                return file
        return None

    def _named(self, spec: str, *, lend_slices: bool = False, files: bool = True) -> Found | None:
        """None only where `spec` is a stage that nobody holds. A stage or version goes before a file of that name."""
        if spec in self.model.stages:
            version = self.history.holders.get(spec)
            return self._version(version, spec, lend_slices=lend_slices) if version else None
        if spec in self.history.releases or f"v{spec}" in self.history.releases:
            version = spec if spec in self.history.releases else f"v{spec}"
            stage = next((s for s, v in self.history.holders.items() if v == version), None)
            return self._version(version, stage, lend_slices=lend_slices)
        if files and (self.app.start / spec).is_file():
            return self._file(self.app.start / spec, spec, lend_slices=lend_slices)
        if self.app.git.find(spec) is None:
            raise ConfigError(
                f"'{spec}' is no stage ({', '.join(self.model.stages)}), no version of '{self.name}', "
                "no revision that git knows and no file."
            )
        return self._revision(spec, lend_slices=lend_slices)

    def _file(self, path: Path, spec: str, *, lend_slices: bool) -> Found:
        side = Side(commit=None, predictions=digest_file(path, name=spec))
        return Found(side=side, predictions=self.read(path, name=spec, lend_slices=lend_slices), provenance=None)

    def _version(self, version: str, stage: str | None, *, lend_slices: bool) -> Found:
        facts = self.history.facts_of(version)
        imported = imported_side(self, version, stage, lend_slices=lend_slices) if facts is None else None
        if imported is not None:
            return imported
        if facts is None or facts.predictions is None:
            raise DataError(f"{version} of {self.name} has no recorded predictions.", hint="Choose another baseline.")
        predictions = digest_of(facts.predictions)
        path = self.store.fetch(predictions, commit=facts.commit)
        side = Side(
            commit=facts.commit,
            version=version,
            stage=stage,
            predictions=predictions,
            artifact=digest_of(facts.model),
        )
        content = self.app.log.evidence(f"{evidence_folder(encode_name(self.name), version)}/provenance.json")
        return Found(
            side=side,
            predictions=self.read(
                path, name=f"{predictions.path} of {version}", lend_slices=lend_slices, commit=facts.commit
            ),
            provenance=decode(content, Provenance, name=f"provenance of {version}") if content else None,
        )

    def _revision(self, spec: str, *, lend_slices: bool) -> Found:
        commit = self.app.git.resolve(spec)
        # What that commit trains follows from its own ci-ml.yaml.
        then = model_at(self.app, self.name, commit) or self.model
        record = Finder(self.app, self.name, then).record(commit)
        if record is not None:
            return self.judged(record, commit, name=spec, lend_slices=lend_slices)
        raise DataError(
            f"commit {commit[:12]} was never judged: there is no record of its model '{self.name}'.",
            hint=f"git switch --detach {commit[:12]} && ci-ml train {self.name} && ci-ml gate {self.name}",
        )

    def judged(self, record: Record, commit: str, *, name: str, lend_slices: bool = False) -> Found:
        """A model that was judged, found again by its record."""
        side = replace(record.judgement.candidate, commit=commit, dirty=False)
        path = self.store.fetch(side.predictions, commit=commit)
        predictions = self.read(path, name=f"{side.predictions.path} of {name}", lend_slices=lend_slices, commit=commit)
        return Found(side=side, predictions=predictions, provenance=record.provenance)

    def record(self, commit: str) -> Record | None:
        """The judging of the model that this commit's tree trains, or None."""
        return self.record_of(self.provenance(CommitTree(self.app.git, commit)).inputs)

    def record_of(self, inputs: str) -> Record | None:
        """The judging of the model that is made from these inputs, or None.

        Raises:
            VerificationError: what lies under that name is a record of something else.
        """
        content = self.store.get_record(self.name, inputs)
        if content is None:
            return None
        record = decode(content, Record, name=f"the record of {inputs[:19]}")
        if record.provenance.inputs != inputs or record.judgement.model != self.name:
            raise VerificationError(
                f"the record stored for the inputs {inputs[:19]} of {self.name} is one of other inputs.",
                hint=f"Somebody changed the store: ci-ml gate {self.name} writes the record anew.",
            )
        return record

    def read(
        self, path: Path, *, name: str | None = None, lend_slices: bool = False, commit: str | None = None
    ) -> "Predictions":
        """Predictions by today's rules.

        Args:
            commit: the one that wrote the file; its ci-ml.yaml may have called the columns something else.
        """
        from ci_ml.tables.predictions import read_predictions

        # By this finder's rules, which may differ from the file's where one slice is looked at.
        config = replace(self.app.config, models={**self.app.config.models, self.name: self.model})
        then = model_at(self.app, self.name, commit) if commit else None
        return read_predictions(
            path,
            config=config,
            model_name=self.name,
            name=name,
            lend_slices=lend_slices,
            older=then.columns if then else None,
        )
