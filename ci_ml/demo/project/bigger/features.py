"""The table the model learns from: one row a flight, with what is known before departure and whether it came late."""

import hashlib
from pathlib import Path

import pandas as pd

NUMBERS = ["hour", "minute", "dow", "distance", "sched_arr_time", "age", "seats", "engines"]
WEATHER = ["temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib"]
CATEGORIES = ["carrier", "origin", "dest", "manufacturer"]
FEATURES = NUMBERS + WEATHER + CATEGORIES

# Regional flights wait for the weather to clear. Mainline crews are briefed an
# hour before they leave, and decide on the weather as it was then.
REGIONAL = ["9E", "EV", "MQ", "OO", "YV"]
MAINLINE = ["AS", "B6", "DL", "F9", "FL", "HA", "UA", "US", "VX", "WN"]
HOURS_BEFORE = {**dict.fromkeys(REGIONAL, 0), **dict.fromkeys(MAINLINE, 1)}


def load(folder):
    """The flights in `folder`, with what is known of their planes and the weather where and when they are to leave."""
    flights = pd.read_parquet(Path(folder) / "flights.parquet")
    planes = pd.read_parquet(Path(folder) / "planes.parquet")
    weather = pd.read_parquet(Path(folder) / "weather.parquet")
    table = flights.merge(planes, on="tailnum", how="left", validate="many_to_one")
    table["briefed"] = table["hour"] - table["carrier"].map(HOURS_BEFORE)
    observed = weather[["origin", "date", "hour", *WEATHER]]
    observed = observed.rename(columns={"hour": "briefed"})
    where_and_when = ["origin", "date", "briefed"]
    table = table.merge(observed, on=where_and_when, how="left", validate="many_to_one")
    table["age"] = 2013 - table["built"]
    table[CATEGORIES] = table[CATEGORIES].astype("category")
    return table


def is_held_out(flight_id):
    """A quarter of all flights, never trained on.

    By a hash of the id: a flight stays on its side when more months arrive.
    """
    return flight_id.map(lambda text: hashlib.sha256(text.encode()).digest()[0] < 64)
