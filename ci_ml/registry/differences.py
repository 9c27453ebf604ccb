"""One thing that differs between two models, or notably does not."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that differs (or notably does not) between the two models, as text for a table.

    Attributes:
        kind: features | parameter | data | code | environment | training: what the summary line counts.
        what: such as `num_leaves` or `seconds to train`.
        same: whether both sides are equal; equal rows are shown only for data and rows.
    """

    kind: str
    what: str
    baseline: str | None
    candidate: str | None
    same: bool = False
