"""How surprising is an estimate if the hypothesis held, alone and in a family?"""

from collections.abc import Sequence

from scipy.special import stdtr, stdtrit


def p_value_below(value: float, boundary: float, standard_error: float, units: int) -> float:
    """One-sided p-value of "the truth is not below `boundary`", by Student's t with units - 1 degrees of freedom.

    With no spread at all the estimate is taken as the truth.

    Args:
        value, boundary, standard_error: in one unit, that of the metric.
        units: rows or groups that the estimate rests on.

    >>> round(p_value_below(-0.04, -0.02, 0.01, 60), 3)
    0.025
    """
    if standard_error == 0 or units < 2:
        return 0.0 if standard_error == 0 and value <= boundary else 1.0
    return float(stdtr(units - 1, (value - boundary) / standard_error))


def holm(p_values: Sequence[float], level: float) -> list[bool]:
    """Which hypotheses are rejected, so that any false rejection in the family has at most the chance `level`.

    Source: Holm (1979), Scandinavian Journal of Statistics 6, 65-70.

    >>> holm([0.001, 0.02, 0.3], 0.025)
    [True, False, False]
    """
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    rejected = [False] * len(p_values)
    for rank, index in enumerate(order):
        if p_values[index] > level / (len(p_values) - rank):
            break
        rejected[index] = True
    return rejected


def critical(units: int, level: float) -> float:
    """How many standard errors a one-sided test at `level` asks for, by Student's t with units - 1 degrees of freedom.

    >>> round(critical(1_000_000, 0.025), 2)
    1.96
    """
    return -float(stdtrit(max(units - 1, 1), level))
