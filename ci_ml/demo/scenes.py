"""The six scenes, in words and commands. What they say of a result is chosen by the result."""

import textwrap

from ci_ml.demo import months
from ci_ml.demo.change import JudgedBranch, edit, in_production, judge, merge, show_edit, train_and_push
from ci_ml.demo.flights import Tables, write_months
from ci_ml.demo.months import Month
from ci_ml.demo.workspace import MODEL, WIDTH, Workspace
from ci_ml.errors import OK

METRIC = months.METRIC


def first_model(work: Workspace, tables: Tables) -> tuple[JudgedBranch, str]:
    """A first model is trained, judged on its level alone, merged and thereby promoted."""
    work.heading("1 · A first model")
    work.tell(
        """Ada trains a LightGBM model on the flights of January and February: schedule, route, carrier and plane.
        A quarter of all flights is held out for good. DVC keeps data and models, git keeps the pointers;
        `ci-ml gate` pushes what it judged to DVC's remote."""
    )
    work.type("git switch -q -c first-model")
    write_months(tables, [1, 2], work.clone / "data")
    work.aside(f"written: {', '.join(edit(work, 'first'))}")
    work.type("dvc init -q")
    work.type("dvc remote add -q -d storage ../storage")
    message = "Say how likely a flight is to be late"
    train_and_push(work, "first-model", message, data="data/flights.parquet data/planes.parquet")
    judged = judge(work, "first-model")
    work.tell("Nothing is in production yet, so there is nothing to be better than. Merging it to main promotes it.")
    version = merge_if_passed(work, judged, 1)
    return judged, version


def weather_features(work: Workspace) -> tuple[JudgedBranch, str]:
    """A branch that is truly better, its comment shown, merged."""
    work.heading("2 · A branch that is better")
    work.tell("Weather delays flights. A branch adds nine columns: the weather where and when a flight is to leave.")
    work.type("git switch -q -c weather")
    work.aside(f"edited: {', '.join(edit(work, 'weather'))}")
    train_and_push(work, "weather", "Add the weather at departure", data="data/weather.parquet")
    judged = judge(work, "weather")
    work.tell("The pull request gets one comment, here a Markdown file. It begins (cut at 80 columns):")
    for line in _beginning(judged.comment):
        work.say(line)
    work.tell(_merging(judged))
    return judged, merge_if_passed(work, judged, 2)


def lucky_seed(work: Workspace) -> JudgedBranch:
    """A branch that looks like an improvement by luck."""
    work.heading("3 · A branch that was lucky")
    work.tell("Somebody tried other random seeds and kept the one that looked best. Nothing else is new.")
    work.type("git switch -q -c lucky-seed")
    edit(work, "lucky")
    show_edit(work, "params.yaml ci-ml.yaml")
    train_and_push(work, "lucky-seed", "A seed with a better AUC")
    judged = judge(work, "lucky-seed")
    delta = judged.judgement.comparison.deltas[METRIC]
    seen = f"On these flights {METRIC} moved by {delta.delta:+.4f}."
    if judged.judgement.verdict.label == "better":
        work.tell(f"{seen} The interval lies above zero: the data call it better, luck or not.")
    else:
        work.tell(
            f"""{seen} Drawn again by day, the change could as well be none: it is
            {judged.judgement.verdict.label}, not better, and a branch that claims a gain has to show one.
            It is closed without a merge."""
        )
    _back_to_main(work)
    return judged


def months_go_by(work: Workspace, tables: Tables, judged: JudgedBranch) -> tuple[Month, ...]:
    """Each month against the training window: inputs at once, performance once labels are in.

    Args:
        judged: the judging of the model that is in production.
    """
    work.heading("4 · The months go by")
    work.tell("The model in production scores every flight of March, April, May and June.")
    for number in months.NAMES:
        write_months(tables, [number], work.clone / f"data/incoming/2013-{number:02}")
    seen = months.watch(work)
    work.tell("Then the labels come in:")
    for line in months.table(seen).splitlines():
        work.say(line)
    held_out = judged.judgement.comparison.scores[METRIC].value
    worst = months.worst_of(seen)
    further = [month.name for month in seen if month.furthest[1] > worst.furthest[1]]
    quiet = f" Its inputs had moved less than those of {_listed(further)}: drift does not say how good a model is."
    work.tell(
        f"""{worst.name} is the month whose labels show the loss.{quiet if further else ""} On the held-out flights,
        which left on the same days as those it was trained on, it had {held_out:.3f}."""
    )
    return seen


def retraining(work: Workspace, tables: Tables) -> tuple[JudgedBranch, str]:
    """All flights so far, judged like any pull request."""
    work.tell("So a model is trained on all flights so far, January to June. Only the data change.")
    work.type("git switch -q -c retrain-june")
    write_months(tables, range(1, 7), work.clone / "data")
    train_and_push(work, "retrain-june", "Train on January to June", data="data/flights.parquet data/weather.parquet")
    judged = judge(work, "retrain-june", options=" --retraining")
    rescored = judged.judgement.baseline is not None and judged.judgement.baseline.rescored
    again = "There are more held-out flights now, so the model in production was run again on all of them. "
    work.tell((again if rescored else "") + _merging(judged))
    return judged, merge_if_passed(work, judged, 3)


def bigger_model(work: Workspace) -> JudgedBranch:
    """More rounds, and a weather join that loses one carrier."""
    work.heading("5 · Better overall, worse for one carrier")
    work.tell("A bigger model, with the weather that crews were briefed on. Can you see the mistake?")
    work.type("git switch -q -c bigger-model")
    edit(work, "bigger")
    show_edit(work, "params.yaml features.py")
    train_and_push(work, "bigger-model", "More rounds, more leaves, the weather at briefing")
    judged = judge(work, "bigger-model")
    if judged.exit_code == OK:
        work.tell("The gates let it through.")
    else:
        work.tell(
            f"""Overall it is {judged.judgement.verdict.label}; an average hides what the gate over carriers finds.
            One carrier is in neither list, so its flights lost their weather, without a word from pandas."""
        )
    return judged


def bad_promotion(work: Workspace, judged: JudgedBranch) -> tuple[str, str]:
    """Forced into production by hand, and rolled back: (the version forced in, the version it is back at).

    Args:
        judged: what the gates said of it.
    """
    work.tell("It is Friday evening, and somebody is sure:")
    why = '--force --reason "better on average"'
    work.type(f"ci-ml register {MODEL} {why}")
    forced = _latest(work)
    work.type(f"ci-ml promote {MODEL} {forced} production {why}")
    held = in_production(work)
    work.tell("On Saturday the telephone rings. One command brings back what was there before:")
    failed = _listed([result.slice or result.subject for result in judged.judgement.verdict.having("fail")])
    work.type(f'ci-ml rollback {MODEL} production --reason "worse for {failed or "some"}"')
    _back_to_main(work)
    return held, in_production(work)


def the_end(work: Workspace, worst: JudgedBranch) -> None:
    """The registry, and where to look."""
    work.heading("6 · What is left")
    work.tell("The registry is a branch of the repository: events that are only ever added, and pages to browse.")
    work.type("ci-ml registry show")
    work.say("")
    work.type(f"ci-ml registry history {MODEL}")
    work.tell("Look around:")
    for what, command in (
        ("the repository", f"cd {work.clone}"),
        ("the registry's pages", "git show origin/model-registry:README.md"),
        ("the model's page", f"git show origin/model-registry:models/{MODEL}/README.md"),
        ("the model in production, held to its digest", f"ci-ml pull {MODEL}@production"),
        ("all that made it: code, data, scores", f"ci-ml checkout {MODEL}@production"),
        (f"the comment on {worst.branch}", f"cat {worst.comment_place}"),
        ("its full report, in a browser", str(work.clone / worst.page_place)),
    ):
        work.say(f"  {what}")
        work.say(f"      {command}")


def merge_if_passed(work: Workspace, judged: JudgedBranch, number: int) -> str:
    """Merge what its gates let through; say so where they do not. Returns the version in production."""
    if judged.exit_code == OK:
        return merge(work, judged, number)
    work.tell("Its gates stop it, so it is not merged.")
    _back_to_main(work)
    return in_production(work)


def _merging(judged: JudgedBranch) -> str:
    verdict = judged.judgement.verdict
    undecided = [result.gate for result in verdict.having("undecided") if not result.blocks]
    warned = f" Undecided, which warns and does not block: {_listed(undecided)}." if undecided else ""
    return f"It is {verdict.label}.{warned} " + ("So it is merged." if verdict.passes else "It is not merged.")


def _beginning(comment: str) -> list[str]:
    """The comment up to what is folded, without the marker that finds it again; a table is cut at the margin."""
    lines: list[str] = []
    for line in comment.partition("<details>")[0].strip().splitlines():
        if line.startswith("|"):
            lines.append(line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…")
        elif not line.startswith("<!--"):
            lines += textwrap.wrap(line, WIDTH) or [""]
    return lines


def _back_to_main(work: Workspace) -> None:
    """main's own data and model in the clone again."""
    work.type("git switch -q main")
    work.type("dvc checkout -q")


def _latest(work: Workspace) -> str:
    import json

    models = json.loads(work.run("ci-ml registry show --format json").out)["models"]
    return str(next(m for m in models if m["model"] == MODEL)["latest"])


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
