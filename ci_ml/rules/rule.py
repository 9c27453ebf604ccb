"""What makes up a rule: the values it allows, the words it is spoken of in, and its place in the documentation."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isfinite
from typing import Literal

Answer = Literal["pass", "fail", "undecided"]


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """The values that a rule allows: of a level as it is, of a change as its gain (signed so that more is better).

    Attributes:
        low, high: the ends, infinite where there is none.
        with_ends: whether the ends themselves are allowed.
    """

    low: float = -inf
    high: float = inf
    with_ends: bool = True

    @property
    def ends(self) -> tuple[float, ...]:
        """The ends that there are: one, or two."""
        return tuple(end for end in (self.low, self.high) if isfinite(end))

    def answer(self, low: float, high: float) -> Answer:
        """What an interval from `low` to `high` says: pass if wholly within, fail if wholly outside.

        >>> Allowed(low=-0.02).answer(-0.01, 0.03), Allowed(low=-0.02).answer(-0.05, 0.03)
        ('pass', 'undecided')
        """
        if self._within(low) and self._within(high):
            return "pass"
        if high < self.low or low > self.high:
            return "fail"
        if not self.with_ends and (high == self.low or low == self.high):
            return "fail"
        return "undecided"

    def room(self, value: float) -> float:
        """How far within the nearest end a value is; negative outside."""
        return min(value - self.low, self.high - value)

    def _within(self, value: float) -> bool:
        return self.low <= value <= self.high if self.with_ends else self.low < value < self.high


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One hypothesis that a gate can state; its name is the gate's key in ci-ml.yaml.

    Attributes:
        about: what is held against the threshold: the candidate's level (or a number in a file), the change from the
            baseline, or the size of a file.
        allowed: the threshold as written -> the values that pass.
        least: the smallest threshold that makes sense; None for any.
        is_margin: the threshold is what a metric may lose, so a failure means that the candidate is worse.
        doc: the key, for editors and docs/configuration.md.
        demand: what is asked for in a table, such as `at least {limit}`; `demand_at_zero` where the threshold is 0.
        asks: the same as a clause in a sentence, such as `at least {limit} is required`; likewise `asks_at_zero`.
        says: (bound of an interval, whether it is certain) -> what is said of it, `{found}` being its figure.
        unit: of the number, after it.
        advice: what to try when it fails; `{part}` is the slice.
        letter: what the threshold is called in the table of docs/gates.md.
        passes, fails, otherwise: when it passes, fails and is undecided, for that table.
        page: its section of docs/gates.md, Markdown.
    """

    about: Literal["level", "change", "size"]
    allowed: Callable[[float], Allowed]
    least: float | None = None
    is_margin: bool = False
    doc: str
    demand: str
    demand_at_zero: str = ""
    asks: str
    asks_at_zero: str = ""
    says: Callable[[float, bool], str]
    unit: str = ""
    advice: str = "If this is meant, move the threshold in ci-ml.yaml in the same change, where a reviewer can see it."
    letter: str = "x"
    passes: str
    fails: str
    otherwise: str = "otherwise"
    page: str

    @property
    def is_change(self) -> bool:
        """Whether it needs a baseline to compare with."""
        return self.about == "change"

    def demanded(self, threshold: float, limit: str) -> str:
        """What is asked for, `limit` being the threshold as text: `no worse by more than 0.002`, `no worse`."""
        words = self.demand if threshold or not self.demand_at_zero else self.demand_at_zero
        return words.format(limit=limit)

    def asked(self, threshold: float, limit: str) -> str:
        """The same as a clause: `up to 0.002 is allowed`."""
        words = self.asks if threshold or not self.asks_at_zero else self.asks_at_zero
        return words.format(limit=limit)
