"""A change is judged by main's rules and by its own: gate by gate, the stricter answer stands."""

from dataclasses import replace

from ci_ml.gates.verdict import GateResult, Verdict


def stricter(by_base: Verdict, by_own: Verdict) -> Verdict:
    """The verdict in which every gate of either has the stricter of its answers.

    A gate that only one has stands as that one answers it. Label and margin are those of `by_base`.
    """
    own = {result.gate: result for result in by_own.results}
    standing = [_stricter(result, own.pop(result.gate, None)) for result in by_base.results]
    added = (replace(result, rules="change") for result in own.values())
    refused = tuple(dict.fromkeys((*by_base.refused, *by_own.refused)))
    return replace(by_base, results=(*standing, *added), refused=refused)


def otherwise(standing: Verdict, by_own: Verdict) -> tuple[str, ...]:
    """The gates that the change's own rules answer otherwise than what stands, in words."""
    own = {result.gate: result for result in by_own.results}
    found = []
    for result in standing.results:
        mine = own.get(result.gate)
        if mine is None:
            found.append(f"{result.gate}: {result.outcome}; the change has no such gate")
        elif mine.outcome != result.outcome or mine.blocks < result.blocks:
            found.append(f"{result.gate}: {result.outcome}; by the change's own rules: {mine.outcome}")
    return tuple(found)


def _stricter(base: GateResult, own: GateResult | None) -> GateResult:
    if own is None or _severity(base) >= _severity(own):
        # As it was on main; where both ask for the same, there is nothing to say of it.
        return base if own is not None and _asks(base) == _asks(own) else replace(base, rules="main")
    return replace(own, rules="change")


def _severity(result: GateResult) -> int:
    if result.outcome == "undecided":
        return 2 if result.blocks else 1
    return 3 if result.outcome == "fail" else 0


def _asks(result: GateResult) -> tuple[object, ...]:
    return (result.rule, result.threshold, result.metric, result.by, result.blocks, result.share)
