"""ci_ml/reports/version_diff.py: what the first line of two versions says, and what is left out of long lists."""

from dataclasses import replace

import pytest
from registry_makers import facts, grow, registered

from ci_ml.evaluation.results import Comparison, Delta, Interval, Resampling, Score
from ci_ml.registry.history import History
from ci_ml.registry.provenance import Provenance
from ci_ml.registry.version_changes import differences
from ci_ml.reports.version_diff import VersionDiff, VersionSide, render_diff

HISTORY = grow(History(model="m"), registered("a", "v1.0.0"), registered("b", "v1.1.0"))


def comparison(metric="roc_auc", value=0.7, **changes):
    made = Comparison(
        task="binary",
        main_metric=metric,
        rows=100,
        groups=None,
        positives=None,
        rows_digest="sha256:" + "0" * 64,
        too_small=None,
        resampling=Resampling(unit="rows", units=100, replicates=1, seed=1),
        has_baseline=False,
        scores={metric: Score(metric=metric, value=value, interval=Interval(low=value - 0.1, high=value + 0.1))},
        deltas={},
        slices=(),
    )
    return replace(made, **changes)


def diff(**changes):
    sides = [VersionSide(release=release, stages=(), evaluation=comparison()) for release in HISTORY.releases.values()]
    made = VersionDiff(
        model="m",
        registry="5a" * 20,
        before=sides[0],
        after=sides[1],
        differences=differences(facts("a"), facts("b")),
        files=(),
        paired=None,
        unpaired="--offline fetches no predictions.",
    )
    return replace(made, **changes)


def paired(metric, before, after, low, high):
    interval = None if low is None else Interval(low=low, high=high)
    old, new = Score(metric=metric, value=before), Score(metric=metric, value=after)
    return comparison(metric, deltas={metric: Delta(metric=metric, baseline=old, candidate=new, interval=interval)})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("roc_auc", 0.7, 0.8, 0.05, 0.15), "better, roc_auc +0.100 [+0.050, +0.150]"),
        (("roc_auc", 0.8, 0.7, -0.15, -0.05), "worse, roc_auc -0.100 [-0.150, -0.050]"),
        (("roc_auc", 0.7, 0.8, -0.05, 0.25), "no clear change, roc_auc +0.100 [-0.050, +0.250]"),
        (("log_loss", 0.6, 0.5, -0.15, -0.05), "better, log_loss -0.100 [-0.150, -0.050]"),
        (("log_loss", 0.5, 0.6, 0.05, 0.15), "worse, log_loss +0.100 [+0.050, +0.150]"),
        (("roc_auc", 0.7, 0.8, None, None), "no clear change, roc_auc +0.100"),
    ],
)
def test_render_diff__first_line__is_the_answer_with_its_interval(change, said):
    answer = render_diff(diff(paired=paired(*change), unpaired=""), style="table").splitlines()[0]

    assert answer == f"m v1.0.0 → v1.1.0: {said}"


def test_render_diff__nothing_paired__begins_with_what_changed_and_says_why():
    text = render_diff(diff(), style="table")

    assert text.splitlines()[0] == "m v1.0.0 → v1.1.0: changed: nothing that is recorded"
    assert "Each on the same 100 rows. No paired change: --offline fetches no predictions." in text


def test_render_diff__other_rows_or_none__are_not_to_be_compared():
    made = diff()
    other = replace(made.after, evaluation=comparison(rows_digest="sha256:" + "1" * 64, rows=90))
    none = replace(made.before, evaluation=None)

    assert "Measured on other rows: 100 rows and 90 rows, so levels are not to be compared." in render_diff(
        replace(made, after=other), style="table"
    )
    assert "No evaluation was filed with v1.0.0." in render_diff(replace(made, before=none), style="table")
    assert "roc_auc  –       0.700 [0.600, 0.800]" in render_diff(replace(made, before=none), style="table")


def test_render_diff__long_lists__are_cut_and_say_by_how_much():
    many = Provenance(parameters={f"p{number:02}": "x" * 99 for number in range(30)})
    told = differences(facts("a"), facts("a", parameters="1" * 64), Provenance(), many)
    files = tuple(("M", f"f{number}") for number in range(20))

    text = render_diff(diff(differences=told, files=files), style="table")
    assert "\nand 6 more\n" in text
    assert "p23" in text
    assert "p24" not in text
    assert max(map(len, text.splitlines())) < 100
    both = replace(
        diff(files=files), after=replace(diff().after, release=replace(diff().after.release, commit="6b" * 20))
    )
    assert "20 files differ between the commits: M f0, M f1, M f2, M f3, M f4, M f5, M f6, M f7 and 12 more." in (
        render_diff(both, style="table")
    )


def test_render_diff__long_names_and_values__are_whole_in_80_columns():
    name, value = "params.yaml:train.features.windows.carrier_delay_of_the_last_90_days", "a value of many words " * 5
    told = differences(
        facts("a"), facts("a", parameters="1" * 64), Provenance(), Provenance(parameters={name: value.strip()})
    )

    table = render_diff(diff(differences=told), style="table").split("\n\n")[3]

    assert name in table.splitlines()
    assert value.split() == [word for word in table.split() if word in value.split()]
    assert max(map(len, table.splitlines())) <= 80


def test_render_diff__files_that_git_cannot_tell__says_why():
    text = render_diff(diff(files=None, files_note="this clone lacks 5a5a5a5: git fetch origin 5a"), style="table")

    assert text.endswith("Files between the commits: this clone lacks 5a5a5a5: git fetch origin 5a")
