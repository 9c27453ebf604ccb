"""Judgements as the flights would give them, made by hand: each maker tells one story, and keywords change a part."""

from dataclasses import replace

from ci_ml.digests import FileDigest
from ci_ml.evaluation.pictures import Classes, ClassResult, PredictedBin, Residuals
from ci_ml.evaluation.results import Comparison, Curves, Delta, Interval, Resampling, Score, SliceResult
from ci_ml.gates.judgement import Judgement, Side
from ci_ml.gates.verdict import GateResult, Verdict
from ci_ml.registry.differences import Difference

COMMIT = "9f3c2ab5d0e7a41c2b8f6e03d1a97c44f0b21e6d"
OLD_COMMIT = "51d0e7a1f8c3b2946d70e5aa9c1f4b8e2d6037fb"
HEAD = "77ac0d19b3e2f8a4c6d5071e9f2b3a8c4d6e1f05"
ROWS_DIGEST = "sha256:a1f0c4d29be7368510fa2c7d94e8b6f3a5d10c28e7f946b3d2a1c05f8e7b4690"


def make_file(path: str = "models/late_flight.txt", *, size: int = 1_180_000, digit: str = "4") -> FileDigest:
    return FileDigest(path=path, sha256=digit * 64, size=size, md5=digit * 32)


def make_side(**parts) -> Side:
    """The candidate, unless told otherwise."""
    return Side(
        **{
            "commit": COMMIT,
            "predictions": make_file("reports/predictions.parquet", size=412_000, digit="b"),
            "artifact": make_file(),
            **parts,
        }
    )


def make_baseline(**parts) -> Side:
    """v1.0.0 in production."""
    return make_side(
        **{
            "commit": OLD_COMMIT,
            "version": "v1.0.0",
            "stage": "production",
            "predictions": make_file("reports/predictions.parquet", size=409_000, digit="c"),
            "artifact": make_file(size=1_120_000, digit="d"),
            **parts,
        }
    )


def make_delta(
    metric: str,
    baseline: float | None,
    candidate: float | None,
    low: float | None = None,
    high: float | None = None,
    *,
    level: tuple[float, float] | None = None,
    reason: str | None = None,
) -> Delta:
    """Two levels and, where given, the interval of their difference; `level` is the candidate's own interval."""
    return Delta(
        metric=metric,
        baseline=Score(metric=metric, value=baseline),
        candidate=Score(
            metric=metric,
            value=candidate,
            interval=Interval(low=level[0], high=level[1]) if level else None,
            reason=reason if candidate is None else None,
        ),
        interval=Interval(low=low, high=high) if low is not None and high is not None else None,
        standard_error=(high - low) / 3.92 if low is not None and high is not None else None,
        reason=reason,
    )


def make_slice(value: str, rows: int, delta: Delta | None, *, by: str = "carrier", **parts) -> SliceResult:
    return SliceResult(
        **{
            "by": by,
            "value": value,
            "rows": rows,
            "groups": 59,
            "positives": rows // 5,
            "deltas": {delta.metric: delta} if delta else {},
            "scores": {delta.metric: delta.candidate} if delta else {},
            **parts,
        }
    )


CARRIERS = (
    make_slice("UA", 2412, make_delta("roc_auc", 0.674, 0.751, 0.041, 0.110)),
    make_slice("B6", 2205, make_delta("roc_auc", 0.661, 0.748, 0.050, 0.121)),
    make_slice("EV", 2051, make_delta("roc_auc", 0.668, 0.752, 0.046, 0.120)),
    make_slice("DL", 1843, make_delta("roc_auc", 0.662, 0.741, 0.038, 0.117)),
    make_slice("AA", 1286, make_delta("roc_auc", 0.641, 0.698, 0.022, 0.092)),
    make_slice("MQ", 1020, make_delta("roc_auc", 0.655, 0.727, 0.024, 0.119)),
    make_slice("US", 803, make_delta("roc_auc", 0.633, 0.712, 0.019, 0.137)),
    make_slice("9E", 412, make_delta("roc_auc", 0.651, 0.724, 0.003, 0.141)),
    make_slice("WN", 201, make_delta("roc_auc", 0.644, 0.719, 0.002, 0.147)),
    make_slice("VX", 98, None, too_small="22 positive and 76 negative rows; 30 of each are needed"),
    make_slice("AS", 31, None, too_small="4 positive and 27 negative rows; 30 of each are needed"),
    make_slice("HA", 15, None, too_small="2 positive and 13 negative rows; 30 of each are needed"),
)
DELTAS = {
    "roc_auc": make_delta("roc_auc", 0.669, 0.746, 0.054, 0.097, level=(0.731, 0.760)),
    "average_precision": make_delta("average_precision", 0.334, 0.447),
    "log_loss": make_delta("log_loss", 0.4701, 0.4312),
    "brier_score": make_delta("brier_score", 0.1482, 0.1349),
}
CHANGES = (
    Difference(kind="features", what="features", baseline="12", candidate="21: + temp, dewp, humid, wind_speed, …"),
    Difference(kind="parameter", what="num_leaves", baseline="31", candidate="63"),
    Difference(kind="data", what="data/train.parquet", baseline="sha256:41c9…", candidate="sha256:41c9…", same=True),
    Difference(kind="code", what="features.py", baseline="a81be02", candidate="9f3c2ab"),
    Difference(kind="training", what="seconds to train", baseline="0.7", candidate="1.0"),
)


def make_curves(*, sharp: float = 1.0, bias: float = 0.0) -> Curves:
    """Ten bins; `sharp` moves positives to higher scores, `bias` miscalibrates."""
    negatives = [0.9**i * 2.718 ** (-0.45 * sharp * i) for i in range(10)]
    positives = [(i + 1) ** 0.5 * 2.718 ** (-0.42 * i / sharp) for i in range(10)]
    share = 0.21
    neg = [x / sum(negatives) for x in negatives]
    pos = [x / sum(positives) for x in positives]
    rows = [round(12377 * (share * p + (1 - share) * n)) for p, n in zip(pos, neg, strict=True)]
    rows[9] = 0
    centres = [i / 10 + 0.045 for i in range(10)]
    observed = [min(1.0, c + bias * (1 - c) + 0.012 * (-1) ** i) for i, c in enumerate(centres)]
    return Curves(
        bins=tuple(i / 10 for i in range(11)),
        positives=tuple(pos),
        negatives=tuple(neg),
        mean_score=tuple(c if r else None for c, r in zip(centres, rows, strict=True)),
        observed=tuple(o if r else None for o, r in zip(observed, rows, strict=True)),
        rows=tuple(rows),
    )


FLOOR = GateResult(
    gate="auc-floor",
    rule="minimum",
    outcome="pass",
    threshold=0.65,
    subject="roc_auc",
    metric="roc_auc",
    delta=DELTAS["roc_auc"],
    observed=0.746,
    interval=Interval(low=0.731, high=0.760),
)
NO_WORSE = GateResult(
    gate="auc-no-worse",
    rule="max_regression",
    outcome="pass",
    threshold=0.002,
    subject="roc_auc",
    metric="roc_auc",
    delta=DELTAS["roc_auc"],
    observed=0.746,
    interval=Interval(low=0.054, high=0.097),
)
CARRIERS_GATE = GateResult(
    gate="carriers",
    rule="max_regression",
    outcome="pass",
    threshold=0.02,
    subject="roc_auc carrier=AA",
    metric="roc_auc",
    by="carrier",
    slice="carrier=AA",
    slice_rows=1286,
    delta=CARRIERS[4].deltas["roc_auc"],
    observed=0.698,
    interval=Interval(low=0.022, high=0.092),
    judged=9,
    skipped=3,
)
SIZE = GateResult(
    gate="size",
    rule="max_size_mb",
    outcome="pass",
    threshold=50.0,
    subject="models/late_flight.txt",
    observed=1.18,
)


def make_comparison(**parts) -> Comparison:
    deltas = parts.get("deltas", DELTAS)
    return Comparison(
        **{
            "task": "binary",
            "main_metric": "roc_auc",
            "rows": 12_377,
            "groups": 59,
            "positives": 2_581,
            "rows_digest": ROWS_DIGEST,
            "too_small": None,
            "resampling": Resampling(unit="groups", units=59, replicates=2000, seed=2_714_828_519),
            "has_baseline": True,
            "scores": {name: delta.candidate for name, delta in deltas.items()},
            "deltas": deltas,
            "slices": CARRIERS,
            **parts,
        }
    )


def make_judgement(**parts) -> Judgement:
    """A truly better model: four gates, all pass."""
    return Judgement(
        **{
            "model": "late-flight",
            "at": "2026-03-01T09:14:02Z",
            "candidate": make_side(),
            "baseline": make_baseline(),
            "comparison": make_comparison(),
            "verdict": make_verdict(FLOOR, NO_WORSE, CARRIERS_GATE, SIZE),
            "on_merge": "production",
            "inputs": "sha256:" + "5" * 64,
            "judging": "sha256:" + "6" * 64,
            "registry_head": HEAD,
            "changes": CHANGES,
            "curves": {"baseline": make_curves(sharp=0.8, bias=0.09), "candidate": make_curves(sharp=1.4)},
            **parts,
        }
    )


def make_verdict(*results: GateResult, label: str = "better", margin: float | None = 0.002) -> Verdict:
    return Verdict(label=label, margin=margin, results=results)


def failing() -> Judgement:
    """Better overall, and worse for one carrier."""
    bad = make_delta("roc_auc", 0.752, 0.665, -0.108, -0.066)
    overall = make_delta("roc_auc", 0.757, 0.760, 0.001, 0.006, level=(0.752, 0.768))
    others = [
        make_slice(s.value, s.rows * 2, make_delta("roc_auc", 0.750, 0.757, -0.001 + 0.001 * i, 0.015 + 0.002 * i))
        for i, s in enumerate(CARRIERS[:9])
        if s.value != "AA"
    ]
    slices = (*others[:4], make_slice("AA", 3090, bad, positives=611), *others[4:], *CARRIERS[9:])
    deltas = {**DELTAS, "roc_auc": overall}
    return make_judgement(
        candidate=make_side(commit=OLD_COMMIT),
        baseline=make_baseline(version="v1.2.0", commit=COMMIT),
        comparison=make_comparison(rows=28_293, groups=31, slices=slices, deltas=deltas),
        verdict=make_verdict(
            replace(FLOOR, delta=overall, observed=0.760, interval=Interval(low=0.752, high=0.768)),
            replace(NO_WORSE, delta=overall, observed=0.760, interval=Interval(low=0.001, high=0.006)),
            replace(
                CARRIERS_GATE,
                outcome="fail",
                slice_rows=3090,
                delta=bad,
                observed=0.665,
                interval=Interval(low=-0.108, high=-0.066),
                reason="For carrier=AA (3,090 rows), roc_auc is worse by at least 0.066; up to 0.020 is allowed.",
            ),
            SIZE,
        ),
    )


def undecided(*, blocks: bool = True) -> Judgement:
    """A change that may be luck, under a gate that asks for an improvement."""
    lucky = make_delta("roc_auc", 0.746, 0.748, -0.002, 0.006)
    gate = GateResult(
        gate="auc-better",
        rule="min_improvement",
        outcome="undecided",
        threshold=0.0,
        subject="roc_auc",
        metric="roc_auc",
        delta=lucky,
        observed=0.748,
        interval=Interval(low=-0.002, high=0.006),
        reason="On 12,377 rows of 59 groups, roc_auc may be worse by as much as 0.002; an improvement is required; "
        "about 14 more groups would settle it.",
        more_needed=14,
        more_unit="groups",
        blocks=blocks,
    )
    return make_judgement(
        baseline=make_baseline(version="v1.1.0"),
        comparison=make_comparison(deltas={**DELTAS, "roc_auc": lucky}),
        verdict=make_verdict(replace(FLOOR, delta=lucky, observed=0.748), gate, SIZE, label="no worse"),
    )


def first(**parts) -> Judgement:
    """Nothing in production yet: levels only."""
    scores = {name: delta.candidate for name, delta in DELTAS.items()}
    slices = tuple(
        replace(s, deltas={}, scores={n: d.candidate for n, d in s.deltas.items()}, too_small=s.too_small)
        for s in CARRIERS
    )
    level_only = replace(FLOOR, delta=None)
    not_applicable = [
        replace(
            gate,
            outcome="not applicable",
            delta=None,
            observed=None if gate.by else 0.746,
            interval=None if gate.by else Interval(low=0.731, high=0.760),
            slice=None,
            slice_rows=None,
            subject=f"roc_auc by {gate.by}" if gate.by else "roc_auc",
            judged=0,
            skipped=0,
            reason="There is no baseline to compare with.",
        )
        for gate in (NO_WORSE, CARRIERS_GATE)
    ]
    return make_judgement(
        **{
            "baseline": None,
            "baseline_note": "The registry has no model in production yet.",
            "comparison": make_comparison(has_baseline=False, deltas={}, scores=scores, slices=slices),
            "verdict": make_verdict(level_only, *not_applicable, SIZE, label="first", margin=None),
            "changes": (),
            "curves": {"candidate": make_curves(sharp=1.4)},
            "registry_head": None,
            **parts,
        }
    )


def without_groups() -> Judgement:
    """Independent rows, no slices, the default gate only, a predictions file without a commit."""
    return make_judgement(
        candidate=make_side(commit=None, artifact=None),
        comparison=make_comparison(
            groups=None, slices=(), resampling=Resampling(unit="rows", units=12_377, replicates=2000, seed=7)
        ),
        verdict=make_verdict(replace(NO_WORSE, gate="default", threshold=0.00669)),
        changes=(),
    )


def multiclass() -> Judgement:
    """Lower is better: an improvement is a fall."""
    loss = make_delta("log_loss", 0.8421, 0.8139, -0.0391, -0.0173)
    deltas = {
        "log_loss": loss,
        "roc_auc_ovr": make_delta("roc_auc_ovr", 0.871, None, reason="class 'boat' has no row with that label"),
        "accuracy": make_delta("accuracy", 0.712, 0.731),
        "f1_macro": make_delta("f1_macro", 0.655, 0.679),
    }
    return make_judgement(
        model="vehicle",
        comparison=make_comparison(task="multiclass", main_metric="log_loss", positives=None, deltas=deltas, slices=()),
        verdict=make_verdict(
            replace(
                NO_WORSE,
                gate="loss-no-worse",
                subject="log_loss",
                metric="log_loss",
                delta=loss,
                observed=0.8139,
                interval=loss.interval,
            ),
            GateResult(
                gate="auc",
                rule="minimum",
                outcome="undecided",
                threshold=0.8,
                subject="roc_auc_ovr",
                metric="roc_auc_ovr",
                delta=deltas["roc_auc_ovr"],
                reason="On 12,377 rows of 59 groups, roc_auc_ovr cannot be judged: class 'boat' has no row with that label.",
            ),
        ),
        curves={},
        classes={"baseline": make_classes(worse=40), "candidate": make_classes()},
    )


def make_classes(*, worse: int = 0) -> Classes:
    """Three kinds of vehicles, of which none is a boat; `worse` rows more are confused."""
    confusion = ((0, 0, 0), (0, 2104 - 260 - worse, 260 + worse), (3, 410 + worse, 9600 - worse))
    labels = ("boat", "bus", "car")
    scores = ((None, None, None, None), (0.811, 0.876, 0.842, 0.951), (0.974, 0.959, 0.966, 0.948))
    return Classes(
        results=tuple(
            ClassResult(
                label=label,
                rows=sum(row),
                precision=p,
                recall=r,
                f1=None if f1 is None else f1 - worse / 1000,
                roc_auc=auc,
            )
            for label, row, (p, r, f1, auc) in zip(labels, confusion, scores, strict=True)
        ),
        left_out=0,
        confusion=confusion,
    )


def make_residuals(*, shift: float = 0.0, wide: float = 1.0) -> Residuals:
    """House prices: `shift` of all predictions, `wide` times the spread."""
    edges = tuple(-120_000 + 12_000.0 * i for i in range(21))
    heights = [2.718 ** (-(((e + 6_000 - shift) / (40_000 * wide)) ** 2)) for e in edges[:-1]]
    return Residuals(
        edges=edges,
        rows=tuple(round(4_310 * h / sum(heights)) for h in heights),
        mean=shift,
        median=shift * 0.8,
        by_prediction=tuple(
            PredictedBin(
                rows=431,
                predicted=120_000.0 + 60_000 * i,
                true=120_000.0 + 60_000 * i - shift,
                low=90_000.0 + 55_000 * i - 10_000 * wide,
                high=150_000.0 + 66_000 * i + 10_000 * wide,
            )
            for i in range(10)
        ),
    )


def regression() -> Judgement:
    """Large numbers with a unit of their own, and a conditional slice."""
    error = make_delta("root_mean_squared_error", 48_210.4, 46_902.9, -1_904.2, -733.8)
    old = make_delta("root_mean_squared_error", 51_020.0, 52_480.0, -880.0, 3_800.0)
    deltas = {
        "root_mean_squared_error": error,
        "mean_absolute_error": make_delta("mean_absolute_error", 30_110.2, 29_480.7),
        "r2": make_delta("r2", 0.812, 0.822),
    }
    return make_judgement(
        model="house-price",
        comparison=make_comparison(
            task="regression",
            main_metric="root_mean_squared_error",
            rows=4_310,
            groups=None,
            positives=None,
            deltas=deltas,
            resampling=Resampling(unit="rows", units=4_310, replicates=2000, seed=7),
            slices=(make_slice("true", 611, old, by="age >= 60", groups=None, positives=None),),
        ),
        verdict=make_verdict(
            replace(
                NO_WORSE,
                gate="rmse-no-worse",
                threshold=482.1,
                subject="root_mean_squared_error",
                metric="root_mean_squared_error",
                delta=error,
                observed=46_902.9,
                interval=error.interval,
            ),
            GateResult(
                gate="old-houses",
                rule="max_regression",
                outcome="undecided",
                threshold=1000.0,
                subject="root_mean_squared_error age >= 60",
                metric="root_mean_squared_error",
                by="age >= 60",
                slice="age >= 60",
                slice_rows=611,
                delta=old,
                observed=52_480.0,
                interval=old.interval,
                reason="For age >= 60 (611 rows), root_mean_squared_error may be worse by as much as 3,800.0; up to 1,000.0 is allowed; about 1,300 more rows would settle it.",
                more_needed=1_300,
                judged=1,
            ),
        ),
        curves={},
        residuals={"baseline": make_residuals(shift=9_400.0, wide=1.2), "candidate": make_residuals(shift=-1_250.0)},
    )


def files() -> Judgement:
    """Numbers from files: no interval, compared as they are."""
    return make_judgement(
        verdict=make_verdict(
            NO_WORSE,
            replace(
                SIZE,
                outcome="fail",
                threshold=1.0,
                reason="models/late_flight.txt is 1.2 MB; at most 1.0 MB is allowed.",
            ),
            GateResult(
                gate="latency",
                rule="maximum",
                outcome="pass",
                threshold=40.0,
                subject="metrics.json p95_latency_ms",
                observed=31.25,
            ),
        )
    )


def hostile(value: str) -> Judgement:
    """Every place that data, files or branches can write to, filled with one value."""
    delta = make_delta("roc_auc", 0.752, 0.665, -0.108, -0.066)
    base = make_judgement()
    bad = replace(
        CARRIERS_GATE,
        gate=value,
        outcome="fail",
        by=value,
        slice=f"{value}={value}",
        subject=f"roc_auc {value}={value}",
        delta=delta,
        reason=f"For {value} it is worse.",
    )
    return replace(
        base,
        model=value,
        candidate=make_side(
            commit=None, predictions=make_file(value), artifact=make_file(value), version=None, stage=None
        ),
        baseline=make_baseline(version=value, stage=value, artifact=make_file(value)),
        baseline_note=value,
        comparison=make_comparison(
            slices=(
                make_slice(value, 900, delta, by=value),
                make_slice("true", 900, delta, by=f"{value} > 1"),
                make_slice(value, 3, None, by=value, too_small=value),
            ),
            deltas={**DELTAS, "log_loss": make_delta("log_loss", None, None, reason=value)},
            rows_digest=value,
        ),
        verdict=make_verdict(
            bad,
            replace(SIZE, gate=f"2{value}", subject=value, outcome="undecided", reason=value, observed=None),
            *[replace(SIZE, gate=f"{i}{value}", subject=value) for i in range(8)],
        ),
        on_merge=value,
        inputs=value,
        judging=value,
        registry_head=value,
        changes=tuple(
            Difference(kind=kind, what=value, baseline=value, candidate=value, same=same)
            for kind, same in (("features", False), ("parameter", False), ("data", True), (value, False))
        ),
        notes=(value,),
        classes={
            "candidate": replace(make_classes(), results=tuple(replace(c, label=value) for c in make_classes().results))
        },
    )


def long_names() -> Judgement:
    """Names longer than any line, and more gates and slices than any screen."""
    name = "a_very_long_name_of_something_that_somebody_once_found_descriptive_" * 2
    delta = make_delta("root_mean_squared_error", 123_456_789.12, 123_456_999.5, -1_904.2, 2_733.8)
    many = tuple(
        replace(
            CARRIERS_GATE,
            gate=f"{name}{i}",
            subject=f"root_mean_squared_error {name}={name}",
            metric="root_mean_squared_error",
            slice=f"{name}={name}",
            delta=delta,
            observed=123_456_999.5,
            interval=delta.interval,
            outcome="undecided" if i % 3 else "fail",
            reason=f"The interval of {name} reaches beyond the margin.",
        )
        for i in range(24)
    )
    slices = tuple(make_slice(f"{name}{i}", 9_000 - i, delta, by=name) for i in range(600))
    return make_judgement(
        model=name,
        baseline=make_baseline(version=None, commit=OLD_COMMIT, stage=None),
        comparison=make_comparison(
            main_metric="root_mean_squared_error",
            task="regression",
            deltas={"root_mean_squared_error": delta},
            slices=slices,
        ),
        verdict=make_verdict(*many, label="undecided"),
        changes=tuple(
            Difference(kind="parameter", what=f"{name}.{i}", baseline=name, candidate=name) for i in range(200)
        ),
        notes=tuple(f"{name} {i} is not acted on by this version." for i in range(50)),
    )


STORIES = {
    "passing": make_judgement,
    "failing": failing,
    "undecided": undecided,
    "first": first,
    "without_groups": without_groups,
    "multiclass": multiclass,
    "regression": regression,
    "files": files,
    "long_names": long_names,
}
