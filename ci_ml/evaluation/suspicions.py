"""What in a model's predictions looks like a mistake, although every number can be computed?"""

from collections.abc import Iterator, Mapping

import numpy as np

from ci_ml.evaluation.delong import placements, standard_error
from ci_ml.evaluation.intervals import from_standard_error
from ci_ml.evaluation.predictions import Array, Floats, Predictions
from ci_ml.evaluation.results import Interval, Score, Suspicion
from ci_ml.text import count
from ci_ml.vocabulary import METRICS

# As near to its optimum as rounding lets a metric come.
_PERFECT = 1e-9
# Probabilities that are rounded in a file need not sum to 1 exactly.
_SUM_TOLERANCE = 0.01


def suspicions(predictions: Predictions, scores: Mapping[str, Score]) -> tuple[Suspicion, ...]:
    """Hints for whoever made the predictions; empty where nothing looks odd. They decide nothing.

    Args:
        scores: the model's metrics on these rows, by name.
    """
    if not len(predictions):
        return ()
    found = [_of_values(predictions.y_pred)] if predictions.task == "regression" else []
    if predictions.y_score is not None:
        found += [_of_scores(predictions.y_score), _wrong_way(predictions, scores)]
    found.append(_perfect(scores))
    return tuple(hint for hints in found for hint in hints)


def _of_values(values: Array) -> Iterator[Suspicion]:
    if len(values) > 1 and np.all(values == values[0]):
        yield Suspicion(
            kind="all the same",
            sentence=f"All {len(values):,} predictions are {values[0]:g}: the model tells no rows apart.",
        )


def _of_scores(scores: Floats) -> Iterator[Suspicion]:
    outside = int(np.count_nonzero((scores < 0) | (scores > 1)))
    if outside:
        yield Suspicion(
            kind="no probabilities",
            sentence=f"{count(outside, 'score')} of {scores.size:,} outside 0 to 1: they are no probabilities. "
            "Ranks can be judged, log_loss and brier_score cannot.",
        )
    if scores.ndim == 2:
        odd = int(np.count_nonzero(np.abs(scores.sum(axis=1) - 1) > _SUM_TOLERANCE))
        if odd and not outside:
            yield Suspicion(
                kind="no probabilities",
                sentence=f"The scores of {count(odd, 'row')} do not sum to 1: they are no probabilities.",
            )
        if len(scores) > 1 and np.all(scores == scores[0]):
            yield Suspicion(
                kind="all the same",
                sentence=f"The scores of all {len(scores):,} rows are the same: the model tells no rows apart.",
            )
        return
    values = np.unique(scores)
    if len(scores) > 1 and len(values) == 1:
        yield Suspicion(
            kind="all the same",
            sentence=f"All {len(scores):,} scores are {values[0]:g}: the model tells no rows apart.",
        )
    if len(scores) > 2 and len(values) == 2:
        yield Suspicion(
            kind="decisions as scores",
            sentence=f"The scores have just two values, {values[0]:g} and {values[1]:g}: are they decisions? "
            "Write the probability, or name the column as columns.y_pred.",
        )


def _wrong_way(predictions: Predictions, scores: Mapping[str, Score]) -> Iterator[Suspicion]:
    interval = _auc_interval(predictions, scores)
    if interval is not None and interval.high < 0.5:
        yield Suspicion(
            kind="ranks the wrong way",
            sentence=f"The scores rank the wrong way: roc_auc is at most {interval.high:.3f}, and 0.5 is chance. "
            "Is `positive:` the label that the score speaks for, and has the score the right sign?",
        )


def _auc_interval(predictions: Predictions, scores: Mapping[str, Score]) -> Interval | None:
    """As it was made for the report; else, of independent rows, in closed form."""
    known = scores.get("roc_auc")
    if known is not None and known.interval is not None:
        return known.interval
    if predictions.task != "binary" or predictions.group is not None or predictions.sample_weight is not None:
        return None
    positives = int(np.count_nonzero(predictions.y_true))
    ranked = np.asarray(predictions.y_score)
    if min(positives, len(predictions) - positives) < 2 or not np.isfinite(ranked).all():
        return None
    found = placements(predictions.y_true, ranked)
    area = float(found.positive.mean())
    return from_standard_error(area, standard_error(found), bounds=(0.0, 1.0)).interval


def _perfect(scores: Mapping[str, Score]) -> Iterator[Suspicion]:
    names = [
        name
        for name, score in scores.items()
        if score.value is not None and abs(score.value - (1 if METRICS[name].greater_is_better else 0)) <= _PERFECT
    ]
    if names:
        said = f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} perfect"
        yield Suspicion(
            kind="perfect",
            sentence=f"{said}: is the truth among the features, or were these rows trained on?",
        )
