"""Judge one model: gather both sides, compare, decide, and write down everything that was learned."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ci_ml.cli.app import App
from ci_ml.config import Gate, Model
from ci_ml.config.describe import plain
from ci_ml.delivery.imported_versions import unmeasured
from ci_ml.delivery.model_finder import Finder, Found, model_at
from ci_ml.errors import CiMlError, DataError
from ci_ml.gates.judgement import Judgement
from ci_ml.registry.provenance import changes, digest
from ci_ml.repository.records import Record, encode

if TYPE_CHECKING:
    from ci_ml.gates.judge import FileFacts


def retraining_gates(model: Model) -> dict[str, Gate]:
    """A retraining must be better, not just no worse: it costs a deployment, and nobody asked for it."""
    return {"retraining-better": Gate(metric=model.main_metric, min_improvement=0.0, undecided="block")}


def judge_model(
    app: App,
    finder: Finder,
    *,
    candidate: "str | Found | None" = None,
    baseline: str | None = None,
    extra: Mapping[str, Gate] | None = None,
    model: Model | None = None,
) -> tuple[Judgement, Found]:
    """Judge the candidate against the baseline on the same rows.

    Args:
        candidate: see `Finder`, or found already; default: the working copy.
        baseline: see `Finder`; default: what ci-ml.yaml says.
        extra: gates besides those of ci-ml.yaml.
        model: judged by these rules instead of the finder's (as when one slice is looked at).

    Raises:
        CiMlError: whatever keeps either side from being judged.
    """
    from ci_ml.evaluation.comparison import compare, plan_for
    from ci_ml.evaluation.curves import curves
    from ci_ml.evaluation.rows import pair
    from ci_ml.gates.judge import judge

    model = model or finder.model
    new = candidate if isinstance(candidate, Found) else finder.candidate(candidate)
    old, note = finder.baseline(baseline)
    if old is not None:
        old = on_the_same_rows(app, finder, old, new)
        before, after = pair(old.predictions, new.predictions)
        old, new = replace(old, predictions=before), replace(new, predictions=after)
    gates = dict(extra or {})
    plan = plan_for(model, has_baseline=old is not None, extra=gates)
    comparison = compare(old.predictions if old else None, new.predictions, plan)
    verdict = judge(model, comparison, files=_file_facts(app, model, new, working_copy=candidate is None), extra=gates)
    drawn = {"candidate": curves(new.predictions), "baseline": curves(old.predictions) if old else None}
    judgement = Judgement(
        model=finder.name,
        at=app.now.isoformat(timespec="seconds"),
        candidate=new.side,
        baseline=old.side if old else None,
        baseline_note=note,
        comparison=comparison,
        verdict=verdict,
        on_merge=model.merge_stage,
        inputs=new.provenance.inputs if new.provenance else None,
        judging=judging_digest(model),
        registry_head=app.log.head,
        changes=changes(old.provenance, new.provenance) if old and old.provenance and new.provenance else (),
        curves={side: curve for side, curve in drawn.items() if curve is not None},
        notes=_notes(model),
    )
    return judgement, new


def keep(app: App, finder: Finder, record: Record) -> None:
    """Put the record, the predictions and the model where `register` and `promote --merged` find them.

    A store that cannot be written (as from a fork's pull request) costs the record its reach, not the answer.
    """
    from ci_ml.training.run import push_stages

    local = finder.store.local
    for store in (local, finder.store):
        try:
            for file in (record.judgement.candidate.predictions, record.judgement.candidate.artifact):
                if file is not None and (app.root / file.path).is_file():
                    store.put(file)
            store.put_record(finder.name, record.provenance.inputs, encode(record))
        except (CiMlError, OSError) as error:
            app.warn(f"the record was kept here only: {error}")
            return
    steps = [step for step in (finder.model.train, finder.model.predict) if step is not None and step.stage]
    if finder.store.remote is not None and steps:
        push_stages(app.root, say=lambda _: None, warn=app.warn)


def on_the_same_rows(app: App, finder: Finder, old: Found, new: Found) -> Found:
    """The baseline on the candidate's rows: as recorded where they are the same, else scored again by its own code.

    Raises:
        DataError: the rows differ and there is no way to score the baseline again; says what differs.
    """
    from ci_ml.evaluation.rows import explain_difference
    from ci_ml.training.rescore import rescored

    differences = explain_difference(old.predictions, new.predictions)
    if not differences:
        return old
    name, commit = old.side.name, old.side.commit
    if commit is None or old.side.artifact is None:
        raise DataError(
            f"{name} was not scored on these rows: {'; '.join(differences)}.",
            hint="Score both on the same held-out rows.",
        )
    then = model_at(app, finder.name, commit)
    if finder.model.predict is None and (then is None or then.predict is None):
        where = app.config.locate("models", finder.name)
        raise DataError(
            f"{name} was not scored on these rows: {'; '.join(differences)}.",
            hint=f"add predict: {{stage: NAME}} or predict: COMMAND to the model ({where}), and ci-ml scores "
            "the baseline on today's rows with its own code.",
        )
    if then is None or then.predict is None:
        then = finder.model
    app.note(f"The held-out rows changed: scoring {name} on today's rows ...")
    artifact = finder.store.fetch(old.side.artifact, commit=commit)
    with rescored(app.git, finder.model, then=then, commit=commit, artifact=artifact, say=app.note) as made:
        predictions = finder.read(made, name=f"{then.predictions} of {name}", lend_slices=True, commit=commit)
    differences = explain_difference(predictions, new.predictions)
    if differences:
        raise DataError(
            f"the predict step of {name} does not score today's rows: {'; '.join(differences)}.",
            hint="Rows that it reads must be tables in git, or tracked by DVC, and named by deps: or inputs:.",
        )
    return replace(old, predictions=predictions, side=replace(old.side, rescored=True))


def judging_digest(model: Model) -> str:
    """Of everything in ci-ml.yaml that can change a verdict on the same predictions."""
    names = (
        *("task", "columns", "positive", "threshold", "slices", "cost", "metrics"),
        *("gates", "undecided", "baseline_or_default"),
    )
    return digest({name: plain(getattr(model, name)) for name in names})


def _file_facts(app: App, model: Model, new: Found, *, working_copy: bool) -> "dict[str, FileFacts]":
    """What file gates look at: the candidate's own files, from the working copy or from its commit.

    Raises:
        DataError: a file is not there, or has no such number.
    """
    from ci_ml.gates.judge import FileFacts

    facts: dict[str, FileFacts] = {}
    for name, gate in model.gates.items():
        if gate.file is None:
            continue
        known = facts.get(gate.file, FileFacts())
        artifact = new.side.artifact
        if gate.key is None and artifact is not None and artifact.path == gate.file:
            facts[gate.file] = replace(known, size_bytes=artifact.size)
            continue
        path = app.root / gate.file
        content = None
        if working_copy:
            content = path.read_bytes() if path.is_file() else None
        elif new.side.commit is not None:
            content = app.git.read(new.side.commit, gate.file)
        if content is None:
            place = "the working copy" if working_copy else f"{new.side.name} (in git)"
            raise DataError(
                f"gate {name} looks at {gate.file}, which is not in {place}.", hint="Does training make it?"
            )
        numbers = dict(known.numbers)
        if gate.key:
            numbers[gate.key] = _number(gate.file, content, gate.key, f"gate {name}: {gate.file}")
        facts[gate.file] = FileFacts(size_bytes=len(content), numbers=numbers)
    return facts


def _number(path: str, content: bytes, key: str, where: str) -> float:
    from ci_ml.repository.documents import load_document

    value = load_document(path, content)
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DataError(f"{where} has no number at '{key}'.", hint="key: takes a dotted path such as test.auc")
    return float(value)


def _notes(model: Model) -> tuple[str, ...]:
    notes = []
    if model.fairness.by:
        notes.append(f"fairness.by ({', '.join(model.fairness.by)}) is read, but not judged by this version of ci-ml.")
    if model.columns.latency_ms:
        notes.append("columns.latency_ms is read, but not judged by this version of ci-ml.")
    return tuple(notes)


def is_current(finder: Finder, record: Record) -> bool:
    """Whether a record was judged by today's rules, against the model that today's baseline is."""
    if record.judgement.judging != judging_digest(finder.model):
        return False
    if not names_version(finder):
        return True
    wanted = finder.model.baseline_or_default
    expected = finder.history.holder(wanted) if wanted in finder.model.stages else f"v{wanted.removeprefix('v')}"
    baseline = record.judgement.baseline
    if baseline is None and unmeasured(finder, expected):
        return True  # as it was then: there is nothing to compare with
    return (baseline.version if baseline else None) == expected


def names_version(finder: Finder) -> bool:
    """Whether the configured baseline is a stage or a version, not a git revision."""
    wanted = finder.model.baseline_or_default
    return wanted in finder.model.stages or f"v{wanted.removeprefix('v')}" in finder.history.releases
