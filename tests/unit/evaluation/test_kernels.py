import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ci_ml.evaluation.kernels import in_blocks, product, ratio


@settings(max_examples=30, deadline=None)
@given(rows=st.integers(0, 70), depth=st.integers(0, 900), width=st.integers(0, 900), seed=st.integers(0, 9))
def test_product__any_shape__is_the_matrix_product(rows, depth, width, seed):
    rng = np.random.default_rng(seed)
    left, right = rng.normal(size=(rows, depth)), rng.normal(size=(depth, width))

    assert product(left, right) == pytest.approx(left @ right, rel=1e-12, abs=1e-11)


def test_product__one_thread_or_two__gives_the_same_bits():
    code = (
        "import numpy as np, hashlib; from ci_ml.evaluation.kernels import product; r = np.random.default_rng(0);"
        "print(hashlib.sha256(b''.join(product(r.normal(size=(40, u)), r.normal(size=(u, w))).tobytes()"
        " for u, w in ((181, 181), (700, 700), (100_000, 2), (59, 59)))).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "OPENBLAS_NUM_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for threads in ("1", "2")
    }

    assert len(digests) == 1


def test_ratio__nothing_below__is_undefined_and_silent():
    found = ratio(np.array([1.0, 0.0, 3.0]), np.array([2.0, 0.0, -1.0]))

    assert found[0] == 0.5
    assert np.isnan(found[1:]).all()


@pytest.mark.parametrize(("replicates", "rows"), [(7, 100_000), (2000, 50), (1, 10**9), (0, 5), (5, 0)])
def test_in_blocks__any_size__covers_every_replicate_once(replicates, rows):
    counts = np.arange(replicates)[:, None].astype(float)

    blocks = list(in_blocks(counts, rows))

    assert [counts[block].tolist() for block, _ in blocks] == [some.tolist() for _, some in blocks]
    assert sum(len(some) for _, some in blocks) == replicates
