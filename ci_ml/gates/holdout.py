"""May the held-out rows have changed in this way, by what ci-ml.yaml says of them?"""

from ci_ml.config.shape import HoldoutMode
from ci_ml.evaluation.results import Comparison, RowChanges
from ci_ml.text import and_more, count

_MEND = {
    "grows": "rows may be added (holdout: grows), no others may go or change",
    "fixed": "the rows stay as they are (holdout: fixed)",
}


def refused_rows(mode: HoldoutMode, changes: RowChanges | None, comparison: Comparison) -> tuple[str, ...]:
    """Why these rows stop the change; empty where they may be as they are.

    Args:
        changes: None where there is no baseline, or what it was judged on is not known.
    """
    if changes is None or not changes.any:
        return ()
    found = [] if mode == "moves" else _taken_or_altered(changes)
    if mode == "fixed" and changes.added:
        found.append(f"{count(changes.added, 'row')} {_were(changes.added)} added")
    said = [f"{_listed(found)} since the baseline was judged{_such_as(changes)}; {_MEND[mode]}."] if found else []
    if comparison.too_small:
        said.append(
            f"On these rows nothing can be judged ({comparison.too_small}); on the baseline's "
            f"{count(changes.before, 'row')} it could."
        )
    return tuple(said)


def _taken_or_altered(changes: RowChanges) -> list[str]:
    found = [f"{count(changes.removed, 'row')} {_were(changes.removed)} taken away"] if changes.removed else []
    return found + [f"the {word} of {count(rows, 'row')} was altered" for word, rows in changes.altered.items()]


def _were(rows: int) -> str:
    return "was" if rows == 1 else "were"


def _listed(parts: list[str]) -> str:
    text = " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
    return text[0].upper() + text[1:]


def _such_as(changes: RowChanges) -> str:
    return f" (such as id {and_more(changes.examples, 3)})" if changes.examples else ""
