"""Values as JSON that every reader takes."""

import json
import math


def json_text(value: object) -> str:
    """What is not a finite number is null, and text is ASCII.

    >>> print(json_text({"value": float("nan")}))
    {
      "value": null
    }
    """
    import msgspec

    return json.dumps(_finite(msgspec.to_builtins(value)), indent=2, allow_nan=False)


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
