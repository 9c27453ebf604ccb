"""The months after the training window: what moved, and how good the model was once its labels were in."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

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


def score_months(work: Workspace) -> None:
    """Let the model in production score every flight of each month; two months at a time."""
    commands = [_scoring(number) for number in NAMES]
    work.say(f"$ {commands[0]}")
    work.say(f"  ... and so for {', '.join([*NAMES.values()][1:])}")
    with ThreadPoolExecutor(max_workers=2) as pool:
        for ran in pool.map(work.run, commands):
            work.say(ran.out.rstrip())


def measure_drift(work: Workspace, number: int) -> dict[str, float]:
    """Show how far a month's inputs are from those of the training window, and return every effect."""
    command = f"ci-ml drift --reference reports/inputs.parquet --current {_scored(number)}"
    work.say(f"{NAMES[number]}:")
    work.type(f"{command} --top 4", keep=lambda line: bool(line) and not line.startswith("sd:"))
    columns = json.loads(work.run(f"{command} --format json").out)["columns"]
    return {column["column"]: column["effect"] for column in columns if column["effect"] is not None}


def look_at_labels(work: Workspace, number: int, moved: dict[str, float]) -> Month:
    """How good the model was in a month."""
    found = json.loads(work.run(f"ci-ml evaluate --candidate {_scored(number)} --format json").out)
    score = found["scores"][METRIC]
    return Month(
        name=NAMES[number],
        flights=found["rows"],
        late=found["positives"] / found["rows"],
        value=score["value"],
        interval=Interval(**score["interval"]),
        moved=moved,
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


def _scored(number: int) -> str:
    return f"reports/2013-{number:02}.parquet"


def _scoring(number: int) -> str:
    return f"python predict.py --all --data data/incoming/2013-{number:02} --output {_scored(number)}"
