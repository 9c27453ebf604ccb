"""Every metric as scikit-learn computes it: the independent reference."""

import numpy as np
from sklearn import metrics as sk


def reference(name, p, weight=None):
    """scikit-learn's value for predictions, with its own conventions and no zero_division set."""
    weight = p.sample_weight if weight is None else weight
    return _REFERENCES[name](p, weight)


def _label(function, **settings):
    return lambda p, w: function(p.y_true, p.y_pred, sample_weight=w, **settings)


def _score(function, **settings):
    return lambda p, w: function(p.y_true, p.y_score, sample_weight=w, **settings)


def _labelled(function):
    def call(p, w):
        labels = list(range(len(p.classes))) or [False, True]
        return function(p.y_true, p.y_score, sample_weight=w, labels=labels)

    return call


def _one_vs_one(average):
    def call(p, w):
        assert w is None, "scikit-learn knows no weights here"
        return sk.roc_auc_score(p.y_true, p.y_score, multi_class="ovo", average=average)

    return call


def _cost(p, w):
    false_positive, false_negative = p.cost
    tn, fp, fn, tp = sk.confusion_matrix(p.y_true, p.y_pred, labels=[False, True], sample_weight=w).ravel()
    return (false_positive * fp + false_negative * fn) / (tn + fp + fn + tp)


_REFERENCES = {
    "roc_auc": _score(sk.roc_auc_score),
    "average_precision": _score(sk.average_precision_score),
    "log_loss": _labelled(sk.log_loss),
    "brier_score": lambda p, w: (_labelled(sk.brier_score_loss) if p.classes else _score(sk.brier_score_loss))(p, w),
    "accuracy": _label(sk.accuracy_score),
    "balanced_accuracy": _label(sk.balanced_accuracy_score),
    "f1": _label(sk.f1_score),
    "precision": _label(sk.precision_score),
    "recall": _label(sk.recall_score),
    "matthews_corrcoef": _label(sk.matthews_corrcoef),
    "expected_cost": _cost,
    "roc_auc_ovr": _score(sk.roc_auc_score, multi_class="ovr"),
    "roc_auc_ovr_weighted": _score(sk.roc_auc_score, multi_class="ovr", average="weighted"),
    "roc_auc_ovo": _one_vs_one("macro"),
    "roc_auc_ovo_weighted": _one_vs_one("weighted"),
    "mean_absolute_error": _label(sk.mean_absolute_error),
    "root_mean_squared_error": _label(sk.root_mean_squared_error),
    "r2": _label(sk.r2_score),
    "mean_absolute_percentage_error": _label(sk.mean_absolute_percentage_error),
    "mean_pinball_loss": _label(sk.mean_pinball_loss),
    **{
        f"{name}_{average}": _label(function, average=average)
        for name, function in (("f1", sk.f1_score), ("precision", sk.precision_score), ("recall", sk.recall_score))
        for average in ("macro", "micro", "weighted")
    },
}


def repeated(p, counts):
    """Predictions in which row i occurs counts[i] times."""
    from dataclasses import replace

    rows = np.repeat(np.arange(len(p)), counts.astype(int))
    pick = lambda values: None if values is None else values[rows]  # noqa: E731
    return replace(
        p,
        ids=np.arange(len(rows)),
        y_true=p.y_true[rows],
        y_score=pick(p.y_score),
        y_pred=p.y_pred[rows],
        sample_weight=pick(p.sample_weight),
        group=None,
    )
