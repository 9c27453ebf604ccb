"""Where everything came from, and how to get it again."""

import pytest
from makers import first, make_baseline, make_comparison, make_file, make_judgement, make_side

from ci_ml.evaluation.results import Resampling
from ci_ml.reports.provenance import method, provenance, reproduce
from ci_ml.reports.report import words


@pytest.mark.parametrize(
    ("parts", "command"),
    [
        ({}, "ci-ml compare late-flight --candidate 9f3c2ab"),
        ({"model": "it's; rm -rf /"}, "ci-ml compare 'it'\"'\"'s; rm -rf /' --candidate 9f3c2ab"),
        ({"candidate": make_side(dirty=True)}, "ci-ml compare late-flight"),
        (
            {
                "candidate": make_side(commit=None),
                "baseline": make_baseline(commit=None, predictions=make_file("my old.csv")),
            },
            "ci-ml compare late-flight --baseline 'my old.csv' --candidate reports/predictions.parquet",
        ),
    ],
)
def test_reproduce__command__can_be_typed(parts, command):
    assert reproduce(make_judgement(**parts)) == command


def test_provenance__judgement__lists_commits_files_rows_rules_and_registry():
    facts = {fact.name: words(fact.value) for fact in provenance(make_judgement())}

    assert facts == {
        "candidate": "9f3c2ab5d0e7a41c2b8f6e03d1a97c44f0b21e6d",
        "candidate's model": f"models/late_flight.txt, 1.2 MB, sha256:{'4' * 64}",
        "candidate's predictions": f"reports/predictions.parquet, 0.41 MB, sha256:{'b' * 64}",
        "baseline": "51d0e7a1f8c3b2946d70e5aa9c1f4b8e2d6037fb",
        "baseline's model": f"models/late_flight.txt, 1.1 MB, sha256:{'d' * 64}",
        "baseline's predictions": f"reports/predictions.parquet, 0.41 MB, sha256:{'c' * 64}",
        "rows": "sha256:a1f0c4d29be7368510fa2c7d94e8b6f3a5d10c28e7f946b3d2a1c05f8e7b4690",
        "made from": f"sha256:{'5' * 64}",
        "rules": f"sha256:{'6' * 64}",
        "registry read at": "77ac0d19b3e2f8a4c6d5071e9f2b3a8c4d6e1f05",
        "intervals": "from 2,000 resamples of 59 groups, seed 2714828519",
        "judged at": "2026-03-01T09:14:02Z",
    }


def test_provenance__little_known__says_so_or_leaves_it_out():
    bare = first(candidate=make_side(dirty=True, artifact=None), inputs=None, judging="")
    rows = Resampling(unit="rows", units=1, replicates=2000, seed=7)
    facts = {fact.name: words(fact.value) for fact in provenance(bare)}

    assert facts["candidate"] == "9f3c2ab5d0e7a41c2b8f6e03d1a97c44f0b21e6d and changes that are in no commit"
    assert facts["made from"] == "cannot be told"
    assert {"baseline", "rules", "registry read at", "candidate's model"}.isdisjoint(facts)
    assert words(provenance(make_judgement(comparison=make_comparison(resampling=rows)))[-2].value) == (
        "from 2,000 resamples of 1 row, seed 7"
    )


def test_method__intervals_in_closed_form__names_it_instead_of_no_resamples():
    closed = make_comparison(resampling=Resampling(unit="rows", units=900, replicates=0, seed=7))

    assert method(closed) == "from DeLong's standard errors"


def test_method__no_interval_at_all__says_so():
    bare = make_comparison(
        resampling=Resampling(unit="rows", units=900, replicates=0, seed=7), scores={}, deltas={}, slices=()
    )

    assert method(bare) == "none"
