"""The demo's story, told once: every claim it makes, held against the values that were computed."""

import json
import os
import subprocess
import sys

import pytest

from ci_ml.demo.story import tell

METRIC = "roc_auc"


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    return tell(tmp_path_factory.mktemp("demo") / "story", lambda _: None)


def outcomes(judged):
    return {result.gate: result.outcome for result in judged.judgement.verdict.results}


def change(judged):
    return judged.judgement.comparison.deltas[METRIC]


def git(story, *arguments):
    return subprocess.run(
        ["git", "-C", story.folder / "late-flight", *arguments], check=True, capture_output=True, text=True
    ).stdout


def ci_ml(story, *arguments):
    environ = {k: v for k, v in os.environ.items() if not k.startswith("GITHUB_")}
    command = [sys.executable, "-m", "ci_ml", *arguments, "--format", "json"]
    clone = story.folder / "late-flight"
    return json.loads(
        subprocess.run(command, cwd=clone, check=True, capture_output=True, text=True, env=environ).stdout
    )


def test_first_model__is_judged_by_its_level_and_promoted_by_its_merge(story):
    assert story.first.exit_code == 0
    assert story.first.judgement.baseline is None
    assert outcomes(story.first) == {
        "auc-floor": "pass",
        "auc-no-worse": "not applicable",
        "carriers": "not applicable",
        "size": "pass",
    }
    assert story.production["first"] == "v1.0.0"


def test_weather__is_truly_better_by_days_not_by_single_flights(story):
    comparison = story.weather.judgement.comparison

    assert story.weather.judgement.verdict.label == "better"
    assert change(story.weather).interval.low > 0.03
    assert (comparison.resampling.unit, comparison.groups, comparison.rows) == ("groups", 59, 12_469)
    assert set(outcomes(story.weather).values()) == {"pass"}
    assert not story.weather.judgement.baseline.rescored
    assert story.production["weather"] == "v1.1.0"


def test_weather__comment__is_a_file_that_says_so(story):
    clone = story.folder / "late-flight"

    assert (clone / story.weather.comment_place).read_text(encoding="utf-8") == story.weather.comment
    assert story.weather.comment.splitlines()[1].startswith("### ✅ late-flight is better")
    assert (clone / story.weather.page_place).read_text(encoding="utf-8").lower().startswith("<!doctype html>")


def test_lucky_seed__looks_better_and_is_not_called_so(story):
    interval = change(story.lucky).interval

    assert change(story.lucky).delta > 0
    assert interval.low <= 0 < interval.high
    assert story.lucky.judgement.verdict.label != "better"
    assert outcomes(story.lucky)["auc-better"] == "undecided"
    assert story.lucky.exit_code == 11
    assert "lucky-seed" not in git(story, "log", "--format=%s", "origin/main")


def test_months__april_is_worst_by_its_labels_though_later_months_moved_further(story):
    values = {month.name: month.value for month in story.months}
    furthest = {month.name: month.furthest[1] for month in story.months}
    held_out = story.weather.judgement.comparison.scores[METRIC].value

    assert [month.flights for month in story.months] == [27_902, 27_564, 28_128, 27_075]
    assert story.worst.name == "April"
    assert story.worst.interval.high < held_out
    assert all(value < held_out for value in values.values())
    assert furthest["April"] < min(furthest["May"], furthest["June"])
    assert not {"flight_id", "date", "late", "probability"} & set(story.months[0].moved)


def test_retraining__on_more_held_out_flights__is_better_than_the_old_model_run_again_on_them(story):
    assert story.retrained.judgement.baseline.version == "v1.1.0"
    assert story.retrained.judgement.baseline.rescored
    assert story.retrained.judgement.comparison.rows == 39_868
    assert story.retrained.judgement.verdict.label == "better"
    assert change(story.retrained).interval.low > 0.03
    assert outcomes(story.retrained)["retraining-better"] == "pass"
    assert "fail" not in outcomes(story.retrained).values()
    assert story.retrained.exit_code == 0
    assert story.production["retrained"] == "v1.1.1"


def test_bigger_model__better_overall_and_worse_for_one_carrier__is_stopped_by_the_slice_gate(story):
    carriers = next(r for r in story.bigger.judgement.verdict.results if r.gate == "carriers")

    assert story.bigger.judgement.verdict.label == "better"
    assert change(story.bigger).interval.low > 0
    assert (carriers.outcome, carriers.slice) == ("fail", "carrier=AA")
    assert carriers.delta.interval.high < -0.02
    assert [name for name, outcome in outcomes(story.bigger).items() if outcome == "fail"] == ["carriers"]
    assert story.bigger.exit_code == 10


def test_bad_promotion__forced_in_with_a_reason__is_rolled_back_by_one_command(story):
    assert story.production["forced"] == "v1.2.0"
    assert story.production["rolled back"] == story.production["retrained"] == "v1.1.1"
    assert "bigger-model" not in git(story, "log", "--format=%s", "origin/main")


def test_end__main_has_nothing_left_to_promote_and_the_clone_is_clean(story):
    again = ci_ml(story, "promote", "late-flight", "--merged")

    assert [outcome["result"] for outcome in again["outcomes"]] == ["nothing"]
    assert git(story, "status", "--porcelain") == ""


def test_end__bare_repository__holds_the_registry_and_its_pages(story):
    origin = subprocess.run(
        ["git", "-C", story.folder / "origin.git", "ls-tree", "-r", "--name-only", "model-registry"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()

    assert {"README.md", "models/late-flight/README.md"} <= set(origin)
    cards = [path for path in origin if path.endswith("/model_card.md")]
    assert [path.split("/")[3] for path in cards] == ["v1.0.0", "v1.1.0", "v1.1.1", "v1.2.0"]
    # Registered and promoted: three merges and one by hand; then rolled back.
    assert len([path for path in origin if "/events/" in path]) == 9
