"""Train on every flight that is not held out."""

from pathlib import Path

import lightgbm as lgb
import yaml

from features import CATEGORIES, FEATURES, is_held_out, load

params = yaml.safe_load(Path("params.yaml").read_text())["train"]
rounds = params.pop("rounds")

table = load("data")
table = table[~is_held_out(table["flight_id"])]
data = lgb.Dataset(table[FEATURES], table["late"], categorical_feature=CATEGORIES)

# The same bytes on every run: LightGBM's result depends on its number of threads and the layout of its histograms.
# One thread: this little work gains nothing from a second, and loses much where the machine is busy.
fixed = {"deterministic": True, "force_row_wise": True, "num_threads": 1, "verbose": -1}
model = lgb.train({"objective": "binary", **fixed, **params}, data, rounds)

for folder in ("models", "reports"):
    Path(folder).mkdir(exist_ok=True)
model.save_model("models/late_flight.txt")
# The months to come are compared with these: `ci-ml drift --reference reports/inputs.parquet --current ...`
table[FEATURES].to_parquet("reports/inputs.parquet", index=False)
print(f"trained on {len(table):,} flights, {table['date'].min()} to {table['date'].max()}")
