"""Which column plays which role? Guessed from names, for the first configuration and for hints."""

from collections.abc import Iterable, Mapping

from ci_ml.config.quote import quote

ROLES = {
    "id": ("id", "row_id", "uid", "key", "index", "sample_id"),
    "y_true": ("y_true", "truth", "label", "target", "actual", "y", "true", "y_test", "ground_truth", "true_label"),
    "y_score": ("y_score", "score", "probability", "proba", "prob", "y_prob", "p", "y_proba", "pred_proba", "y_scores"),
    "y_pred": ("y_pred", "prediction", "pred", "predicted", "yhat", "y_hat", "predicted_label", "predicted_class"),
    "group": ("group", "date", "day", "customer", "customer_id", "user_id"),
}


def guess_roles(names: Iterable[str]) -> dict[str, str]:
    """Role -> the column whose name is usual for it, whatever its case; roles without such a column are left out."""
    lowered: dict[str, str] = {}
    for name in names:
        lowered.setdefault(name.strip().lower(), name)
    found = {role: next((lowered[word] for word in words if word in lowered), None) for role, words in ROLES.items()}
    return {role: name for role, name in found.items() if name is not None}


def suggest_columns(names: Iterable[str], wanted: Mapping[str, str]) -> str:
    """The `columns:` line that would fit a file.

    Args:
        names: the columns that it has.
        wanted: role -> the column that was looked for; those that the file lacks are guessed, or left to fill in.
    """
    names = list(names)
    usual = guess_roles(names)
    entries = []
    for role, name in wanted.items():
        chosen = name if name in names else usual.get(role)
        if chosen != role:
            entries.append(f"{role}: {quote(chosen) if chosen is not None else 'COLUMN'}")
    return f"columns: {{{', '.join(entries)}}}"
