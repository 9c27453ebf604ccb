"""Everything one judging learned: what `gate` records, `report` shows and `register` files as evidence."""

from dataclasses import dataclass, field

from ci_ml.config.rule_changes import RuleChange
from ci_ml.digests import FileDigest
from ci_ml.evaluation.pictures import Classes, Residuals
from ci_ml.evaluation.results import Comparison, Curves, RowChanges
from ci_ml.gates.verdict import Verdict
from ci_ml.registry.differences import Difference

SCHEMA = 1


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of the two models.

    Attributes:
        commit: the full commit id; None where the model is just a predictions file.
        dirty: whether the working copy had changes that are not in that commit.
        version, stage: where the registry knows it, such as v1.0.0 and production.
        rescored: True where the model was run again on today's rows because its recorded rows differ.
        made_elsewhere: no lock file says from what the files were made.
    """

    commit: str | None
    dirty: bool = False
    version: str | None = None
    stage: str | None = None
    predictions: FileDigest
    artifact: FileDigest | None = None
    rescored: bool = False
    made_elsewhere: bool = False

    @property
    def name(self) -> str:
        """`v1.0.0`, else the short commit, else the file."""
        if self.version:
            return self.version
        return (self.commit[:7] + ("+" if self.dirty else "")) if self.commit else self.predictions.path


@dataclass(frozen=True, kw_only=True)
class BaseRules:
    """The rules that were there before the change.

    Attributes:
        commit: of the main branch, from which they were read; None where there is none.
        digest: of these rules; empty where there are none, and the change's own hold.
        note: why there are none, in words.
        changes: what the change alters of them.
        otherwise: the gates that the change's own rules answer otherwise, in words.
        approved: whether an approval names the change's own rules, so that they stand.
    """

    commit: str | None = None
    digest: str = ""
    note: str = ""
    changes: tuple[RuleChange, ...] = ()
    otherwise: tuple[str, ...] = ()
    approved: bool = False


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """One model judged once.

    Attributes:
        at: UTC, ISO 8601.
        baseline: None for the first model; `baseline_note` then says why there is none.
        on_merge: the stage that a merge promotes to; None: a merge only registers.
        inputs: digest of what the candidate was made from; None where it cannot be told.
        judging: digest of the rules (gates, metrics, columns), so that a change of rules is noticed.
        rows: what became of the held-out rows since the baseline was judged; None without a baseline.
        base: the rules of main that it was judged by as well; None in a record of an earlier version.
        registry_head: commit id of the registry branch that was read; None without a registry.
        curves: by "baseline" and "candidate"; empty for other tasks than binary with scores.
        classes: by "baseline" and "candidate"; empty for other tasks than multiclass.
        residuals: by "baseline" and "candidate"; empty for other tasks than regression.
        notes: sentences for the reader that belong to no table (such as keys that this version does not act on).
    """

    schema: int = SCHEMA
    model: str
    at: str
    candidate: Side
    baseline: Side | None
    baseline_note: str = ""
    comparison: Comparison
    verdict: Verdict
    on_merge: str | None
    inputs: str | None = None
    judging: str = ""
    rows: RowChanges | None = None
    base: BaseRules | None = None
    registry_head: str | None = None
    changes: tuple[Difference, ...] = ()
    curves: dict[str, Curves] = field(default_factory=dict)
    classes: dict[str, Classes] = field(default_factory=dict)
    residuals: dict[str, Residuals] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
