"""The floor of use cases: each is called with plain values on a real repository; no command line is near."""

import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from workbench import BETTER, CONFIG, WORSE, Workbench, add_model, set_weights

from ci_ml.config import Config, read_config
from ci_ml.delivery.checking_out import check_out
from ci_ml.delivery.judging import evaluate_model, gate_model, judge_named
from ci_ml.delivery.merging import promote_merged
from ci_ml.delivery.model_finder import find_baseline, find_model
from ci_ml.delivery.project import ModelSource, Project
from ci_ml.delivery.promoting import promote_version
from ci_ml.delivery.pulling import pull_model
from ci_ml.delivery.registering import register_model
from ci_ml.delivery.registry_view import newest_view, view_of
from ci_ml.delivery.registry_writer import RegistryWriter
from ci_ml.delivery.release_spec import NamedRelease, find_release, parse_release_name
from ci_ml.delivery.rolling_back import plan_rollback, roll_back
from ci_ml.delivery.signing import SigningKeys
from ci_ml.delivery.training import train_model
from ci_ml.errors import ConfigError, DataError, MachineError, RegistryConflict
from ci_ml.forge.event import Event
from ci_ml.forge.local import LocalForge
from ci_ml.git.questions import Git
from ci_ml.registry.signing.policy import Policy
from ci_ml.repository.event_log.log import EventLog

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@dataclass
class Heard:
    """What a use case says while it is at work."""

    quiet: bool = False
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        self.notes.append(text)

    def warn(self, text: str) -> None:
        self.warnings.append(text)


@dataclass(frozen=True)
class Office:
    """The adapters of one repository, made by hand."""

    bench: Workbench
    heard: Heard = field(default_factory=Heard)
    policy: Policy = field(default_factory=lambda: Policy(source="main (0000000)"))

    @property
    def config(self) -> Config:
        return read_config((self.bench.root / "ci-ml.yaml").read_text())

    @property
    def project(self) -> Project:
        return Project(git=Git(self.bench.root), config=self.config, start=self.bench.root)

    @property
    def source(self) -> ModelSource:
        return self.project.source("churn")

    @property
    def log(self) -> EventLog:
        return EventLog(Git(self.bench.root), None)

    @property
    def forge(self) -> LocalForge:
        return LocalForge(self.bench.root, "published")

    def writer(self, *, now: datetime = NOW) -> RegistryWriter:
        git = Git(self.bench.root)
        return RegistryWriter(log=self.log, actor="Ada", now=now, keys=SigningKeys(git=git), rules=lambda: self.policy)

    def train_and_gate(self) -> None:
        train_model(self.source, self.heard, now=NOW)
        assert gate_model(self.source, self.log, self.heard, now=NOW).verdict.passes

    def merge(self, weights: list[float] | None = None) -> str:
        """Train, judge and commit on main; the commit."""
        if weights is not None:
            set_weights(self.bench, weights)
        train_model(self.source, self.heard, now=NOW)
        gate_model(self.source, self.log, self.heard, now=NOW)
        return self.bench.commit("a model")

    def promote(self, until: str, *, now: datetime = NOW):
        return promote_merged(
            self.project,
            self.writer(now=now),
            self.forge,
            self.heard,
            models=["churn"],
            until=until,
            run=Event(),
        )

    def release(self, name: str) -> NamedRelease:
        return find_release(self.log, parse_release_name(name), git_remote=None)

    def deployments(self) -> int:
        return len(list((self.bench.root / "published" / "deployments").glob("*.json")))


@pytest.fixture
def office(bench) -> Office:
    # What these tests publish is no part of the model.
    bench.write(".gitignore", "published/\n")
    add_model(bench)
    return Office(bench)


def test_train_model__plain_values__writes_the_outputs_and_says_what_it_took(office):
    trained = train_model(office.source, office.heard, now=NOW)

    assert [run.command for run in trained.runs] == ["python train.py", "python predict.py"]
    assert sorted(trained.record.outputs) == ["model.json", "predictions.csv"]
    assert (trained.record.at, office.heard.warnings) == ("2026-03-01T12:00:00+00:00", [])


def test_evaluate_model__working_copy__asks_no_registry(office):
    train_model(office.source, office.heard, now=NOW)
    nowhere = EventLog(Git(office.bench.root), "nowhere")

    found = evaluate_model(office.source, nowhere, office.heard)

    assert found.comparison.scores["roc_auc"].value > 0.6
    assert found.side.predictions.path == "predictions.csv"
    assert office.heard.warnings == []


def test_gate_model__first_model__passes_and_says_why_there_is_no_baseline(office):
    train_model(office.source, office.heard, now=NOW)

    judgement = gate_model(office.source, office.log, office.heard, now=NOW)

    assert (judgement.verdict.exit_code, judgement.baseline) == (0, None)
    assert judgement.baseline_note == "No version of churn is in production yet: this is the first."


def test_judge_named__two_files__judges_without_keeping_anything(office):
    train_model(office.source, office.heard, now=NOW)
    for name in ("old.csv", "new.csv"):
        (office.bench.root / name).write_bytes((office.bench.root / "predictions.csv").read_bytes())

    judged = judge_named(office.source, office.log, office.heard, now=NOW, candidate="new.csv", baseline="old.csv")

    assert judged.judgement.comparison.deltas["roc_auc"].gain == 0.0
    assert judged.candidate.provenance is None
    assert not (office.bench.root / ".ci-ml" / "records").exists()


def test_register_model__judged_and_committed__gets_its_version_and_its_view_is_replaced(office):
    office.merge()
    writer = office.writer()
    before = view_of(writer.log)

    found = register_model(office.source, writer, office.heard, run=Event(pull_request=7, run_url="https://ci/7"))

    assert found.appended.decision.version == "v1.0.0"
    after = view_of(writer.log)
    assert (list(before.history("churn").releases), list(after.history("churn").releases)) == ([], ["v1.0.0"])
    facts = after.history("churn").facts_of("v1.0.0")
    assert (facts.pull_request, facts.run_url) == (7, "https://ci/7")


def test_register_model__gates_fail__is_an_answer_and_writes_nothing(office):
    office.merge()
    office.promote(office.bench.head())
    office.merge(WORSE)

    found = register_model(office.source, office.writer(), office.heard, run=Event())

    assert (found.appended, found.verdict.exit_code) == (None, 10)
    assert list(view_of(office.log).history("churn").releases) == ["v1.0.0"]


def test_register_model__changes_in_no_commit__is_refused(office):
    office.merge()
    office.bench.write("train.py", "# changed\n")

    with pytest.raises(MachineError, match=r"changes that are in no commit \(train\.py\)"):
        register_model(office.source, office.writer(), office.heard, run=Event())


def test_promote_version__stage_that_another_took_meanwhile__is_refused(office):
    office.merge()
    register_model(office.source, office.writer(), office.heard, run=Event())
    seen = view_of(office.log)
    promoted = promote_version(
        office.source, seen, office.writer(), office.forge, office.heard, version="v1.0.0", stage="staging"
    )
    office.merge(BETTER)
    register_model(office.source, office.writer(), office.heard, run=Event())

    with pytest.raises(RegistryConflict):
        promote_version(
            office.source, seen, office.writer(), office.forge, office.heard, version="v1.1.0", stage="staging"
        )
    assert (promoted.replaced, office.deployments()) == (None, 1)


def test_promote_merged__two_merges__one_deployment_each_and_nothing_the_second_time(office):
    first = office.promote(office.merge())
    second = office.promote(office.merge(BETTER))
    again = office.promote(office.bench.head())

    said = [(o.result, o.version, o.replaced) for report in (first, second, again) for o in report.outcomes]
    assert said == [("promoted", "v1.0.0", None), ("promoted", "v1.1.0", "v1.0.0"), ("nothing", None, None)]
    assert [report.exit_code for report in (first, second, again)] == [0, 0, 0]
    assert office.deployments() == 2


def test_promote_merged__trouble_with_one_model__does_not_hold_up_the_others(office):
    office.bench.write("ci-ml.yaml", CONFIG + "  other: {task: binary, predictions: other.csv}\n")
    until = office.merge()

    report = promote_merged(
        office.project,
        office.writer(),
        office.forge,
        office.heard,
        models=["other", "churn"],
        until=until,
        run=Event(),
    )

    assert [trouble.message for trouble in report.troubles] == [
        "ci-ml.yaml:14:10: 'other' names no artifact, so there is nothing to register."
    ]
    assert [outcome.result for outcome in report.outcomes] == ["promoted"]


def test_find_model__every_kind_of_name__is_found_or_says_what_it_is_not(office):
    commit = office.merge()
    office.promote(commit)
    view = newest_view(office.log, office.heard, model="churn")

    named = [find_model(office.source, view, name).side for name in ("production", "v1.0.0", "1.0.0", commit)]
    plain = find_model(office.source, view, "predictions.csv").side

    assert [(side.version, side.stage) for side in named] == [("v1.0.0", "production")] * 3 + [(None, None)]
    assert {side.commit for side in named} == {commit}
    assert (plain.commit, plain.predictions.path) == (None, "predictions.csv")
    with pytest.raises(ConfigError, match="no revision that git knows and no file"):
        find_model(office.source, view, "no-such-thing")
    assert find_baseline(office.source, view, "staging").reason == "No version of churn is in staging yet: this is the first."  # fmt: skip


def test_roll_back__rehearsed_then_done__comes_back_with_a_deployment(office):
    office.promote(office.merge())
    office.promote(office.merge(BETTER), now=NOW + timedelta(hours=1))
    plan = plan_rollback(office.log, "churn", "production", to=None, reason="drill")
    writer = office.writer(now=NOW + timedelta(hours=2))

    rehearsed = roll_back(plan, writer, office.forge, office.heard, rehearsal=True)
    done = roll_back(plan, writer, office.forge, office.heard)
    again = roll_back(
        plan_rollback(office.log, "churn", "production", to="v1.0.0", reason="drill"),
        writer,
        office.forge,
        office.heard,
    )

    assert [(one.changed, one.checked) for one in (rehearsed, done, again)] == [
        (False, True),
        (True, True),
        (False, False),
    ]
    assert (plan.holder, plan.version, plan.held_before) == ("v1.1.0", "v1.0.0", True)
    assert view_of(office.log).history("churn").holder("production") == "v1.0.0"
    assert office.deployments() == 3


def test_roll_back__registry_moved_on_since_the_plan__is_refused(office):
    for number, weights in enumerate((None, BETTER)):
        office.promote(office.merge(weights), now=NOW + timedelta(hours=number))
    plans = [plan_rollback(office.log, "churn", "production", to=None, reason=why) for why in ("slow", "wrong")]
    writer = office.writer(now=NOW + timedelta(hours=3))
    roll_back(plans[0], writer, office.forge, office.heard)

    with pytest.raises(RegistryConflict):
        roll_back(plans[1], writer, office.forge, office.heard)


def test_pull_and_check_out__release__bring_its_files_where_they_are_wanted(office, tmp_path):
    office.promote(office.merge())
    named = office.release("churn@production")

    path = pull_model(named, office.heard, start=tmp_path, root=None, output="model.json", own_clone=True)
    found = check_out(named, tmp_path / "release", office.heard)

    assert path.read_bytes() == (tmp_path / "release" / "model.json").read_bytes()
    assert (named.stage, found.complete, found.facts["version"]) == ("production", True, "v1.0.0")
    with pytest.raises(DataError, match="nobody holds staging of churn"):
        office.release("churn@staging")


SCRIPT = """
import sys
from datetime import UTC, datetime
from pathlib import Path

from ci_ml.config import read_config
from ci_ml.delivery.judging import gate_model
from ci_ml.delivery.project import Project
from ci_ml.delivery.training import train_model
from ci_ml.git.questions import Git
from ci_ml.repository.event_log.log import EventLog

class Silent:
    quiet = True
    def note(self, text): pass
    def warn(self, text): pass

root, now = Path(sys.argv[1]), datetime(2026, 3, 1, tzinfo=UTC)
project = Project(git=Git(root), config=read_config((root / "ci-ml.yaml").read_text()), start=root)
source = project.source(None)
train_model(source, Silent(), now=now)
judgement = gate_model(source, EventLog(Git(root), None), Silent(), now=now)
print(judgement.verdict.exit_code, "click" in sys.modules, any(name.startswith("ci_ml.cli") for name in sys.modules))
"""


def test_use_cases__called_from_a_script__load_no_command_line(office, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(office.bench.root)], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert (done.stdout, done.stderr) == ("0 False False\n", "")
