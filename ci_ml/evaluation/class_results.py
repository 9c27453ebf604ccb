"""Which classes does a multiclass model tell apart, and which does it take for each other?"""

from dataclasses import replace

import numpy as np

from ci_ml.evaluation.metrics import score
from ci_ml.evaluation.pictures import Classes, ClassResult
from ci_ml.evaluation.predictions import Predictions

MOST_CLASSES = 40
MOST_IN_MATRIX = 20


def class_results(predictions: Predictions) -> Classes | None:
    """Every class against the rest, and the confusion matrix; weights count in the metrics, not in the numbers of rows.

    None for other tasks than multiclass.

    Source: scikit-learn's precision, recall, F1 and ROC AUC of `y_true == class`.
    """
    if predictions.task != "multiclass" or not len(predictions):
        return None
    names, truth, said = predictions.classes, predictions.y_true, predictions.y_pred
    rows = np.bincount(truth, minlength=len(names))
    largest = np.sort(np.argsort(-rows, kind="stable")[:MOST_CLASSES])
    matrix = np.zeros((len(names), len(names)), dtype=np.int64)
    np.add.at(matrix, (truth, said), 1)
    fits = len(names) <= MOST_IN_MATRIX
    return Classes(
        results=tuple(_result(predictions, k, int(rows[k])) for k in largest.tolist()),
        left_out=len(names) - len(largest),
        confusion=tuple(tuple(row) for row in matrix.tolist()) if fits else (),
    )


def _result(predictions: Predictions, k: int, rows: int) -> ClassResult:
    scores = predictions.y_score
    one = replace(
        predictions,
        task="binary",
        y_true=predictions.y_true == k,
        y_pred=predictions.y_pred == k,
        y_score=None if scores is None else np.ascontiguousarray(scores[:, k]),
        classes=(),
    )
    return ClassResult(
        label=predictions.classes[k],
        rows=rows,
        precision=score("precision", one).value,
        recall=score("recall", one).value,
        f1=score("f1", one).value,
        roc_auc=score("roc_auc", one).value,
    )
