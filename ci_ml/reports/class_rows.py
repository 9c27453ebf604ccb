"""Which classes does a multiclass model tell apart? A row a class, and the confusion matrix with what it shows."""

from ci_ml.evaluation.pictures import Classes, ClassResult
from ci_ml.gates.judgement import Judgement
from ci_ml.reports.numbers import number, percent
from ci_ml.reports.pictures import ClassesView, ClassRow
from ci_ml.text import count


def classes_view(judgement: Judgement) -> ClassesView | None:
    """None for other tasks than multiclass."""
    candidate, baseline = judgement.classes.get("candidate"), judgement.classes.get("baseline")
    if candidate is None:
        return None
    before = {result.label: result for result in baseline.results} if baseline else {}
    return ClassesView(
        title=_title(candidate),
        rows=tuple(_row(result, before.get(result.label)) for result in candidate.results),
        more=candidate.left_out,
        confusion_title=_most_confused(candidate),
        confusion=candidate.confusion,
    )


def _row(result: ClassResult, before: ClassResult | None) -> ClassRow:
    return ClassRow(
        label=result.label,
        rows=count(result.rows),
        precision=_share(result.precision),
        recall=_share(result.recall),
        f1=_share(result.f1),
        f1_before=_share(before.f1) if before else "",
        roc_auc=_share(result.roc_auc),
    )


def _share(value: float | None) -> str:
    return "–" if value is None else number(value)


def _title(of: Classes) -> str:
    known = sorted((result.f1, result.label) for result in of.results if result.f1 is not None)
    if len(known) < 2:
        return "Classes"
    (low, worst), (high, best) = known[0], known[-1]
    return f"Classes: F1 from {number(low)} ({worst}) to {number(high)} ({best})"


def _most_confused(of: Classes) -> str:
    """`Confusion: 12 % of bus taken for car (2,104 rows)`: the largest share off the diagonal."""
    shares = [
        (rows / sum(row), of.results[i], of.results[j].label)
        for i, row in enumerate(of.confusion)
        for j, rows in enumerate(row)
        if i != j and rows
    ]
    if not shares:
        return "Confusion: no row is taken for another class"
    share, true, said = max(shares, key=lambda found: found[0])
    return f"Confusion: {percent(share)} of {true.label} taken for {said} ({count(true.rows, 'row')})"
