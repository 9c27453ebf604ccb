"""Score the held-out flights, or with --all every flight of a folder together with its inputs, to watch a new month."""

import argparse
from pathlib import Path

import lightgbm as lgb

from features import FEATURES, is_held_out, load

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--data", default="data", help="folder of flights.parquet and the tables it is joined with")
parser.add_argument("--all", action="store_true", help="score all flights and keep their inputs beside the score")
parser.add_argument("--output", default="reports/predictions.parquet")
args = parser.parse_args()

table = load(args.data)
if not args.all:
    table = table[is_held_out(table["flight_id"])]
model = lgb.Booster(model_file="models/late_flight.txt")
table["probability"] = model.predict(table[FEATURES], num_threads=2)

columns = ["flight_id", "date", "carrier", "origin", "late", "probability"]
if args.all:
    columns += [name for name in FEATURES if name not in columns]
Path(args.output).parent.mkdir(parents=True, exist_ok=True)
table[columns].to_parquet(args.output, index=False)
print(f"scored {len(table):,} flights, {table['date'].min()} to {table['date'].max()}")
