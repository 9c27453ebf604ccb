"""Score the held-out flights; with --all every flight of later months, together with its inputs, to watch them."""

import argparse
from pathlib import Path

import lightgbm as lgb

from features import FEATURES, is_held_out, load

COLUMNS = ["flight_id", "date", "carrier", "origin", "late", "probability"]

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument(
    "--all", metavar="FOLDER", help="a folder of months; FOLDER/2013-03 goes to reports/2013-03.parquet"
)
args = parser.parse_args()

model = lgb.Booster(model_file="models/late_flight.txt")
reports = Path("reports")
reports.mkdir(exist_ok=True)


def score(table, columns, output):
    table["probability"] = model.predict(table[FEATURES], num_threads=1)
    table[columns].to_parquet(output, index=False)
    print(f"{output}: {len(table):,} flights, {table['date'].min()} to {table['date'].max()}")


if args.all:
    inputs = [name for name in FEATURES if name not in COLUMNS]
    for folder in sorted(Path(args.all).iterdir()):
        score(load(folder), COLUMNS + inputs, reports / f"{folder.name}.parquet")
else:
    table = load("data")
    score(table[is_held_out(table["flight_id"])].copy(), COLUMNS, reports / "predictions.parquet")
