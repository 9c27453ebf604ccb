"""Say what calibration and spread of the scores show, in the titles of their pictures."""

from ci_ml.evaluation.results import Curves
from ci_ml.gates.judgement import Judgement
from ci_ml.reports.numbers import number, percent
from ci_ml.reports.pictures import CurvesView


def curves_view(judgement: Judgement) -> CurvesView | None:
    """None where the task has no scores to draw."""
    candidate, baseline = judgement.curves.get("candidate"), judgement.curves.get("baseline")
    if candidate is None:
        return None
    before = judgement.baseline.name if judgement.baseline else "the baseline"
    off, mixed = calibration_error(candidate), overlap(candidate)
    off_before = f" ({before}: {number(calibration_error(baseline))})" if baseline else ""
    mixed_before = f" ({before}: {percent(overlap(baseline))})" if baseline else ""
    return CurvesView(
        calibration_title=f"Calibration: the candidate's scores are off by {number(off)} on average{off_before}",
        spread_title=f"Scores: positives and negatives of the candidate overlap by {percent(mixed)}{mixed_before}",
        baseline=baseline,
        candidate=candidate,
    )


def calibration_error(of: Curves) -> float:
    """Mean distance between score and observed share, by rows (expected calibration error)."""
    pairs = [
        (rows, abs(score - seen))
        for rows, score, seen in zip(of.rows, of.mean_score, of.observed, strict=True)
        if score is not None and seen is not None
    ]
    total = sum(rows for rows, _ in pairs)
    return sum(rows * gap for rows, gap in pairs) / total if total else 0.0


def overlap(of: Curves) -> float:
    """The share that the two distributions have in common: 0 separated, 1 the same."""
    return sum(min(p, n) for p, n in zip(of.positives, of.negatives, strict=True))
