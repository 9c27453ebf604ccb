"""The rules, an entry each. A new one is added here and nowhere else: CONTRIBUTING.md, "Add a kind of gate"."""

from ci_ml.rules.rule import Allowed, Rule


def _level_from_below(_bound: float, sure: bool) -> str:
    return "is at most {found}" if sure else "may be as low as {found}"


def _level_from_above(_bound: float, sure: bool) -> str:
    return "is at least {found}" if sure else "may be as high as {found}"


def _gain(bound: float, sure: bool) -> str:
    if bound < 0:
        return "is worse by at least {found}" if sure else "may be worse by as much as {found}"
    if bound == 0:
        return "does not improve" if sure else "may not improve at all"
    return "improves by at most {found}" if sure else "may improve by as little as {found}"


# In the order in which pages and editors name them. The names are the keys of a gate in ci-ml.yaml.
RULES: dict[str, Rule] = {}

RULES["minimum"] = Rule(
    about="level",
    allowed=lambda threshold: Allowed(low=threshold),
    doc="The level of the candidate is at least this.",
    demand="at least {limit}",
    asks="at least {limit} is required",
    says=_level_from_below,
    passes="low end of the level ≥ x",
    fails="high end < x",
    page="""\
The candidate's level is at least this, in the metric's unit.

```yaml
auc-floor: {metric: roc_auc, minimum: 0.65}
```

Needs no baseline, so it also judges a first model. With `file` and `key` it holds a plain number to account, which has
no interval: `{file: metrics.json, key: test.auc, minimum: 0.65}`.

**What to try when it fails:** more signal, or a threshold that the task allows. **When it is undecided:** more
rows.""",
)

RULES["maximum"] = Rule(
    about="level",
    allowed=lambda threshold: Allowed(high=threshold),
    doc="The level of the candidate is at most this.",
    demand="at most {limit}",
    asks="at most {limit} is allowed",
    says=_level_from_above,
    passes="high end of the level ≤ x",
    fails="low end > x",
    page="""\
The candidate's level is at most this: the form for metrics of which less is better.

```yaml
loss-ceiling: {metric: log_loss, maximum: 0.55}
```

Otherwise as [minimum](#minimum).""",
)

RULES["max_regression"] = Rule(
    about="change",
    allowed=lambda threshold: Allowed(low=-threshold),
    least=0.0,
    is_margin=True,
    doc="No worse than the baseline by more than this, in the metric's unit.",
    demand="no worse by more than {limit}",
    demand_at_zero="no worse",
    asks="up to {limit} is allowed",
    asks_at_zero="none of that is allowed",
    says=_gain,
    letter="m",
    passes="low end of the gain ≥ −m",
    fails="high end < −m",
    page="""\
The candidate is no worse than the baseline by more than this. It is the gate for most changes: it lets through what
does no harm and stops what does.

```yaml
auc-no-worse: {metric: roc_auc, max_regression: 0.002}
```

Choose the margin as the smallest loss that somebody would notice. A margin of 0 passes only what is
surely not worse.

**What to try when it fails:** `ci-ml compare --slice COLUMN` shows where the loss comes from. **When it is undecided:**
the reason says how many more rows (or groups) would settle it at the present estimate; a wider margin also would.""",
)

RULES["min_improvement"] = Rule(
    about="change",
    allowed=lambda threshold: Allowed(low=threshold, with_ends=False),
    least=0.0,
    doc="Better than the baseline by more than this, in the metric's unit.",
    demand="better by more than {limit}",
    demand_at_zero="better",
    asks="an improvement of more than {limit} is required",
    asks_at_zero="an improvement is required",
    says=_gain,
    advice="If no improvement on {part} is meant, ask for max_regression instead.",
    letter="d",
    passes="low end of the gain > d",
    fails="high end ≤ d",
    page="""\
The candidate is better than the baseline by more than this. For changes that cost something: a retraining nobody asked
for, a larger model.

```yaml
worth-it: {metric: roc_auc, min_improvement: 0.005, undecided: block}
```

With `min_improvement: 0`, an improvement that may be luck is undecided, and `undecided: block` stops it.
`ci-ml gate --retraining` adds just this gate on the main metric.""",
)


def _moved(bound: float, sure: bool) -> str:
    way = "worse" if bound < 0 else "better"
    return f"is {way} by at least {{found}}" if sure else f"may be {way} by as much as {{found}}"


RULES["max_change"] = Rule(
    about="change",
    allowed=lambda threshold: Allowed(low=-threshold, high=threshold),
    least=0.0,
    doc="Moved from the baseline by at most this, for better or worse, in the metric's unit.",
    demand="moved by at most {limit}",
    demand_at_zero="not moved",
    asks="up to {limit} in either direction is allowed",
    asks_at_zero="no change in either direction is allowed",
    says=_moved,
    passes="interval of the gain within −x to x",
    fails="interval wholly outside",
    page="""\
The candidate's level is that of the baseline, give or take this: for a change that is meant to change nothing, such as
a new library, another machine or a faster way to train. A gain that nobody can explain stops it as a loss does.

```yaml
as-before: {metric: log_loss, max_change: 0.005}
```

It passes only where the rows can tell so small a change from none: the interval must be narrower than the range.

**What to try when it fails:** find what else changed. **When it is undecided:** more rows, or a wider range.""",
)

RULES["max_size_mb"] = Rule(
    about="size",
    allowed=lambda threshold: Allowed(high=threshold),
    least=0.0,
    doc="The file is at most this many megabytes (10^6 bytes).",
    demand="at most {limit} MB",
    asks="at most {limit} MB is allowed",
    says=_level_from_above,
    unit=" MB",
    advice="Make the file smaller, or raise max_size_mb where a reviewer can see it.",
    letter="s",
    passes="the file is at most that large",
    fails="it is larger",
    otherwise="never",
    page="""\
The file is at most this many megabytes (10⁶ bytes). A plain number: never undecided.

```yaml
size: {file: models/late_flight.txt, max_size_mb: 50}
```""",
)
