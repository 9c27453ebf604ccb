"""The main job end to end on real flights, told with the commands that a user would type."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from ci_ml.demo import scenes
from ci_ml.demo.change import JudgedBranch
from ci_ml.demo.flights import read_tables
from ci_ml.demo.machine import check_machine
from ci_ml.demo.months import Month, worst_of
from ci_ml.demo.workspace import Say, Workspace, open_workspace


@dataclass(frozen=True, kw_only=True)
class Story:
    """Everything the story claims, as values: read from records and JSON, never from what was printed.

    Attributes:
        first, weather, lucky, retrained, bigger: what the gates answered on each branch.
        production: who held production after each merge, after the forced promotion and after the rollback.
        months: March to June, judged by their labels.
        seconds: how long it took.
    """

    folder: Path
    first: JudgedBranch
    weather: JudgedBranch
    lucky: JudgedBranch
    retrained: JudgedBranch
    bigger: JudgedBranch
    production: dict[str, str]
    months: tuple[Month, ...]
    seconds: float

    @property
    def worst(self) -> Month:
        return worst_of(self.months)


def tell(folder: Path, say: Say, note: Say = lambda _: None) -> Story:
    """Tell the whole story in an empty or new folder, which is left as it is at the end.

    Args:
        say: takes the story line by line, 80 columns or what a command printed.
        note: takes progress.

    Raises:
        MachineError: something that the demo needs is missing.
        DataError: a command did not end as it must.
    """
    started = time.monotonic()
    check_machine()
    note("Reading the flights of 2013 ...")
    tables = read_tables()
    work = open_workspace(folder, say=say, note=note, environ=os.environ)
    work.say("Will this flight arrive more than 15 minutes late?")
    work.tell(
        f"""{len(tables.flights):,} flights left New York's airports in 2013 and landed. The weather observed in the
        hour of departure stands in for its forecast. A bare git repository is the remote, a folder is DVC's remote,
        and files stand for what GitHub would show. Every figure below is computed now, in {folder}"""
    )
    _start_repository(work)
    production = {}
    first, production["first"] = scenes.first_model(work, tables)
    weather, production["weather"] = scenes.weather_features(work)
    lucky = scenes.lucky_seed(work)
    months = scenes.months_go_by(work, tables, weather)
    retrained, production["retrained"] = scenes.retraining(work, tables)
    bigger = scenes.bigger_model(work)
    production["forced"], production["rolled back"] = scenes.bad_promotion(work, bigger)
    scenes.the_end(work, bigger)
    seconds = time.monotonic() - started
    work.tell(f"Told in {seconds:.0f} seconds. The folder stays: {folder}")
    return Story(
        folder=folder,
        first=first,
        weather=weather,
        lucky=lucky,
        retrained=retrained,
        bigger=bigger,
        production=production,
        months=months,
        seconds=seconds,
    )


def _start_repository(work: Workspace) -> None:
    work.run(f"git init -q --bare -b main {work.origin.name}", at=work.folder)
    work.run(f"git init -q -b main {work.clone.name}", at=work.folder)
    work.run(f"git remote add origin ../{work.origin.name}")
    work.run('git commit -q --allow-empty -m "Begin"')
    work.run("git push -q -u origin main")
