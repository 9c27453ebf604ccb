"""What does a model hub want to know? The front matter of a model card, in the form that Hugging Face's hub reads.

Source: the hub's model card specification, https://github.com/huggingface/hub-docs/blob/main/modelcard.md
"""

import math
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from ci_ml.config.card import CardFile
from ci_ml.config.quote import quote
from ci_ml.evaluation.results import Comparison
from ci_ml.reports.escape import plain

# Identifiers of the hub that are SPDX's own, in lower case. Any other licence is "other" there, with a name.
# Source: https://huggingface.co/docs/hub/repositories-licenses
_LICENCES = re.compile(
    r"agpl-3\.0|apache-2\.0|bsd-[23]-clause|bsl-1\.0|cc0-1\.0|cc-by-(2\.0|3\.0|4\.0)|cc-by-sa-[34]\.0|cc-by-nc-[234]\.0|"
    r"cc-by-nd-4\.0|cc-by-nc-nd-[34]\.0|cc-by-nc-sa-[234]\.0|cdla-permissive-[12]\.0|cdla-sharing-1\.0|ecl-2\.0|"
    r"epl-[12]\.0|eupl-1\.[12]|gpl-[23]\.0|isc|lgpl-2\.1|lgpl-3\.0|mit|mpl-2\.0|ms-pl|ncsa|odbl|ofl-1\.1|osl-3\.0|pddl|"
    r"postgresql|unlicense|wtfpl|zlib"
)
# To readers of YAML 1.1 these are yes and no.
_LETTERS = ("y", "Y", "n", "N")
_TASKS = {"binary": "Binary classification", "multiclass": "Classification", "regression": "Regression"}


def front_matter(model: str, comparison: Comparison, written: CardFile) -> str:
    """YAML between two lines of three dashes: only what is known, every text quoted where it needs to be."""
    return "\n".join(["---", *_block(metadata(model, comparison, written)), "---"])


def metadata(model: str, comparison: Comparison, written: CardFile) -> dict[str, Any]:
    """The same as values; a hub's own names for the keys."""
    scores = [s for s in comparison.scores.values() if s.value is not None and math.isfinite(s.value)]
    found = {
        "language": list(written.languages),
        **_licence(written.licence),
        "library_name": written.library,
        "pipeline_tag": written.pipeline_tag,
        "tags": list(written.tags),
        "metrics": [score.metric for score in scores],
        "model-index": [{"name": model, "results": [_result(model, comparison, written)]}] if scores else [],
    }
    return {key: value for key, value in found.items() if value}


def _result(model: str, comparison: Comparison, written: CardFile) -> dict[str, Any]:
    counts = {"rows": comparison.rows, "groups": comparison.groups}
    return {
        # A hub asks for a kind of its own; where nobody chose one, our task is said.
        "task": {"type": written.pipeline_tag or comparison.task, "name": _TASKS[comparison.task]},
        "dataset": {
            "type": "held-out",
            "name": f"held-out rows of {model}",
            "split": "test",
            "revision": comparison.rows_digest,
            "args": {name: number for name, number in counts.items() if number is not None},
        },
        "metrics": [
            {"type": score.metric, "name": score.metric, "value": score.value}
            for score in comparison.scores.values()
            if score.value is not None and math.isfinite(score.value)
        ],
    }


def _licence(said: str | None) -> dict[str, str]:
    if said is None:
        return {}
    name = re.sub(r"[^a-z0-9.+]+", "-", said.lower()).strip("-")
    if _LICENCES.fullmatch(name):
        return {"license": name}
    return {"license": "other", **({"license_name": name[:60]} if name else {})}


def _block(value: Mapping[str, Any] | Sequence[Any]) -> list[str]:
    """YAML's block style, a line an item."""
    lines: list[str] = []
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if isinstance(inner, Mapping | list):
                lines += [f"{key}:", *(f"  {line}" for line in _block(inner))]
            else:
                lines.append(f"{key}: {_scalar(inner)}")
        return lines
    for item in value:
        first, *rest = _block(item) if isinstance(item, Mapping) else [_scalar(item)]
        lines += [f"- {first}", *(f"  {line}" for line in rest)]
    return lines


def _scalar(value: str | float) -> str:
    if isinstance(value, str):
        text = plain(value, 200)
        return f'"{text}"' if text in _LETTERS else quote(text)
    # Six digits say it all; without an exponent, which some readers of YAML take for text.
    return format(Decimal(f"{value:.6g}"), "f") if isinstance(value, float) else str(value)
