"""Gates as ci-ml.yaml writes them."""

from ci_ml.config import Gate
from ci_ml.config.keys import build, keys_of


def make_gate(**keys) -> Gate:
    """A gate by its keys: `make_gate(metric="roc_auc", max_regression=0.002)`."""
    return build(Gate, keys_of(Gate), keys)
