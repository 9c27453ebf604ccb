"""Draw an interval against zero and its margin in plain text, for tables that travel through e-mail and logs."""

from ci_ml.evaluation.results import Interval

WIDTH = 20
ZERO = WIDTH // 2
# Cells that the farthest mark keeps free at the edge, so that nothing seems cut off.
_EDGE = 1


def strip(gain: Interval, estimate: float, marks: tuple[float, ...] = ()) -> str:
    """Twenty characters, zero in the middle, better to the right: `····╎·····│··├──●─┤·`.

    The scale is each strip's own, so that the farthest of interval, estimate and marks just fits. Rounding never
    moves a mark onto zero or across it: what touches zero here does so in the numbers.

    Args:
        gain: the interval, signed so that more is better.
        estimate: where the dot goes.
        marks: the ends of what is allowed, on the same axis: -m for `max_regression: m`, d for `min_improvement: d`.

    >>> strip(Interval(low=0.022, high=0.092), 0.057, (-0.02,))
    '········╎·│·├──●──┤·'
    """
    reach = max(abs(x) for x in (gain.low, gain.high, estimate, *marks)) or 1.0

    def place(x: float) -> int:
        column = ZERO + round(x / reach * (WIDTH - 1 - ZERO - _EDGE))
        if x > 0:
            return max(column, ZERO + 1)
        return min(column, ZERO - 1) if x < 0 else ZERO

    low, dot, high = place(gain.low), place(estimate), place(gain.high)
    for mark in marks:
        low, high = (_kept_apart(at, place(mark), x - mark) for at, x in ((low, gain.low), (high, gain.high)))
    line = ["·"] * WIDTH
    line[low : high + 1] = "─" * (high - low + 1)
    for mark in marks:
        line[place(mark)] = "╎"
    line[ZERO] = "│"
    if low < high:
        line[low], line[high] = "├", "┤"
    line[min(max(dot, low), high)] = "●"
    return "".join(line)


def _kept_apart(column: int, mark: int, distance: float) -> int:
    """One cell to the side of the mark where rounding has put the end of an interval onto it."""
    if column != mark or distance == 0:
        return column
    moved = column + (1 if distance > 0 else -1)
    return moved if 0 <= moved < WIDTH and moved != ZERO else column
