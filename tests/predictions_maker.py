"""Predictions made at random, with what makes statistics hard: ties, weights, groups, rare classes."""

from types import MappingProxyType

import numpy as np

from ci_ml.evaluation.predictions import Predictions

DIGEST = "sha256:" + "0" * 64


def make_binary(
    y_true, y_score=None, *, y_pred=None, threshold=0.5, weight=None, group=None, cost=None, slices=None, digest=DIGEST
) -> Predictions:
    truth = np.asarray(y_true, dtype=bool)
    score = None if y_score is None else np.asarray(y_score, dtype=np.float64)
    return Predictions(
        task="binary",
        ids=np.arange(len(truth)),
        y_true=truth,
        y_score=score,
        y_pred=np.asarray(y_pred, dtype=bool) if y_pred is not None else score >= threshold,
        sample_weight=None if weight is None else np.asarray(weight, dtype=np.float64),
        group=None if group is None else np.asarray(group, dtype=np.int64),
        slices=MappingProxyType(slices or {}),
        rows_digest=digest,
        cost=cost,
    )


def make_multiclass(y_true, y_score=None, *, y_pred=None, weight=None, group=None, classes=None) -> Predictions:
    truth = np.asarray(y_true, dtype=np.int64)
    score = None if y_score is None else np.asarray(y_score, dtype=np.float64)
    decision = np.asarray(y_pred, dtype=np.int64) if y_pred is not None else score.argmax(axis=1)
    k = score.shape[1] if score is not None else int(max(truth.max(), decision.max())) + 1
    return Predictions(
        task="multiclass",
        ids=np.arange(len(truth)),
        y_true=truth,
        y_score=score,
        y_pred=decision,
        classes=classes or tuple("abcdefghij"[:k]),
        sample_weight=None if weight is None else np.asarray(weight, dtype=np.float64),
        group=None if group is None else np.asarray(group, dtype=np.int64),
        rows_digest=DIGEST,
    )


def make_regression(y_true, y_pred, *, weight=None, group=None, slices=None) -> Predictions:
    return Predictions(
        task="regression",
        ids=np.arange(len(y_true)),
        y_true=np.asarray(y_true, dtype=np.float64),
        y_score=None,
        y_pred=np.asarray(y_pred, dtype=np.float64),
        sample_weight=None if weight is None else np.asarray(weight, dtype=np.float64),
        group=None if group is None else np.asarray(group, dtype=np.int64),
        slices=MappingProxyType(slices or {}),
        rows_digest=DIGEST,
    )


def random_predictions(task, seed, *, rows=200, ties=False, weights=False, groups=0, model=0) -> Predictions:
    """Rows of one seed, scored by a model: the same seed and another `model` are the same rows."""
    rng = np.random.default_rng(seed)
    weight = rng.gamma(2.0, size=rows) if weights else None
    group = np.sort(rng.integers(groups, size=rows)) if groups else None
    scorer = np.random.default_rng((seed, model))
    if task == "regression":
        truth = 5 + 3 * rng.normal(size=rows)
        return make_regression(truth, truth + scorer.normal(0.1, 1.5, rows), weight=weight, group=group)
    if task == "binary":
        truth = rng.random(rows) < 0.4
        score = 1 / (1 + np.exp(-(1.2 * truth - 0.8 + scorer.normal(size=rows))))
        score = np.round(score, 1) if ties else score
        return make_binary(truth, score, weight=weight, group=group, cost=(1.0, 5.0))
    truth = rng.choice(4, p=[0.4, 0.3, 0.2, 0.1], size=rows)
    logits = scorer.normal(size=(rows, 4)) + 1.2 * np.eye(4)[truth]
    score = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    if ties:
        score = np.round(score, 1) + 0.01
        score = score / score.sum(axis=1, keepdims=True)
    return make_multiclass(truth, score, weight=weight, group=group)
