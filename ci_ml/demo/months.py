"""The months after the training window: what moved, and how good the model was once its labels were in."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from ci_ml.demo.workspace import Workspace
from ci_ml.evaluation.results import Interval

NAMES = {3: "March", 4: "April", 5: "May", 6: "June"}
METRIC = "roc_auc"


@dataclass(frozen=True, kw_only=True)
class Month:
    """One month of flights that the model in production had never seen.

    Attributes:
        late: share of late flights, from 0 to 1.
        value, interval: the model's roc_auc; days are resampled.
        moved: input -> effect size against the training window, furthest first; inputs that cannot be told left out.
    """

    name: str
    flights: int
    late: float
    value: float
    interval: Interval
    moved: dict[str, float]

    @property
    def furthest(self) -> tuple[str, float]:
        """The input that moved most, and how far."""
        return next(iter(self.moved.items()))


def watch(work: Workspace) -> tuple[Month, ...]:
    """Let the model in production score every flight of each month, then compare inputs and look at the labels.

    Two commands run at a time; they are shown in the order of the months.
    """
    work.type("python predict.py --all data/incoming")
    with ThreadPoolExecutor(max_workers=2) as pool:
        answers = {
            number: [pool.submit(work.run, command) for command in (_drift(number), *_as_json(number))]
            for number in NAMES
        }
        work.tell("What moved, against the flights that it was trained on?")
        for number, (shown, *_) in answers.items():
            work.say(f"$ {_drift(number)}")
            work.show(shown.result(), keep=lambda line: bool(line) and not line.startswith("sd:"))
            work.say("")
        return tuple(
            _month(number, json.loads(moved.result().out), json.loads(evaluated.result().out))
            for number, (_, moved, evaluated) in answers.items()
        )


def _month(number: int, drift: Mapping[str, Any], evaluation: Mapping[str, Any]) -> Month:
    score = evaluation["scores"][METRIC]
    return Month(
        name=NAMES[number],
        flights=evaluation["rows"],
        late=evaluation["positives"] / evaluation["rows"],
        value=score["value"],
        interval=Interval(**score["interval"]),
        moved={column["column"]: column["effect"] for column in drift["columns"] if column["effect"] is not None},
    )


def worst_of(months: tuple[Month, ...]) -> Month:
    """The month whose labels show the loss."""
    return min(months, key=lambda month: month.value)


def table(months: tuple[Month, ...]) -> str:
    """The months side by side."""
    from ci_ml.reports.numbers import bracket, number
    from ci_ml.reports.tables import text_table

    rows = [("month", "flights", "late", METRIC, "95 %, by day", "moved most, by")]
    for month in months:
        furthest, effect = month.furthest
        interval = bracket(month.interval.low, month.interval.high, 3, with_sign=False)
        late = f"{100 * month.late:.1f} %"
        rows.append((month.name, f"{month.flights:,}", late, number(month.value), interval, f"{furthest} {effect:.2f}"))
    return text_table(rows, right="lrrrll")


def _drift(number: int, options: str = "--top 4") -> str:
    return f"ci-ml drift --reference reports/inputs.parquet --current {_scored(number)} {options}"


def _as_json(number: int) -> tuple[str, str]:
    return _drift(number, "--format json"), f"ci-ml evaluate --candidate {_scored(number)} --format json"


def _scored(number: int) -> str:
    return f"reports/2013-{number:02}.parquet"
