"""Draw units with replacement, the same draws for every metric, model and slice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ci_ml.evaluation.kernels import Kernel
from ci_ml.evaluation.predictions import Floats
from ci_ml.hashing import sha256_hex

REPLICATES = 2000

# Counts held at once (16 MB).
_BLOCK = 2**21


@dataclass(frozen=True, kw_only=True, eq=False)
class ResampledKernel:
    """A kernel to be resampled, and which of all units are its own (None: all, in their order). Each is a key."""

    kernel: Kernel
    units: NDArray[np.integer] | None


def seed_of(rows_digest: str) -> int:
    """The seed for some rows: 48 bits, so that JSON keeps it exactly."""
    return int(sha256_hex(rows_digest.encode())[:12], 16)


def resample(drawn: Sequence[ResampledKernel], *, units: int, replicates: int, seed: int) -> list[Floats]:
    """The values of every kernel on the same resamples.

    Args:
        units: how many there are in all; each replicate draws as many.

    Returns:
        One array of shape (replicates,) for each kernel, NaN where it is undefined on a resample.
    """
    values = [np.empty(replicates) for _ in drawn]
    start = 0
    for counts in draw(units, replicates, seed):
        block = slice(start, start + len(counts))
        last, own = None, counts
        for entry, result in zip(drawn, values, strict=True):
            if entry.units is not last:
                last, own = entry.units, counts if entry.units is None else counts[:, entry.units]
            result[block] = entry.kernel.evaluate(own)
        start += len(counts)
    return values


def draw(units: int, replicates: int, seed: int) -> Iterator[Floats]:
    """How often each unit is drawn, in blocks of shape (b, units), b adding up to `replicates`."""
    rng = np.random.Generator(np.random.PCG64(seed))
    step = max(1, _BLOCK // max(units, 1))
    for start in range(0, replicates, step):
        block = min(step, replicates - start)
        picks = rng.integers(units, size=(block, units))
        picks += np.arange(block)[:, None] * units
        yield np.bincount(picks.ravel(), minlength=block * units).reshape(block, units).astype(np.float64)
