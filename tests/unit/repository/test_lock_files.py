"""ci_ml/repository/lock_files.py: versions out of what the usual tools write."""

import pytest

from ci_ml.repository.lock_files import pinned_versions

REQUIREMENTS = (
    b"mynumpy==9\nnumpy[extra]==2.1.0 ; python_version > '3'\nscikit-learn >= 1.5\nLightGBM==4.6.0 \\\n  --hash=x\n"
)
UV = b'[[package]]\nname = "numpy"\nversion = "2.4.1"\nsource = { registry = "x" }\n\n[[package]]\nname = "torch"\nversion = "2.9.0+cu128"\n'
PIPFILE = b'{\n "default": {\n  "numpy": {\n   "hashes": ["sha256:a"],\n   "version": "==1.26.4"\n  },\n  "torch": {"git": "x"}\n }\n}\n'
CONDA_LOCK = b"package:\n- name: numpy\n  version: 2.0.1\n  manager: conda\n"
ENVIRONMENT = b"dependencies:\n  - numpy=1.26.4\n  - lightgbm\n  - pip:\n    - torch==2.8.0\n"
NAMES = ("numpy", "scikit-learn", "lightgbm", "torch")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (REQUIREMENTS, {"numpy": "2.1.0", "lightgbm": "4.6.0"}),
        (UV, {"numpy": "2.4.1", "torch": "2.9.0+cu128"}),
        (PIPFILE, {"numpy": "1.26.4"}),
        (CONDA_LOCK, {"numpy": "2.0.1"}),
        (ENVIRONMENT, {"numpy": "1.26.4", "torch": "2.8.0"}),
        (b"\xff\xfe", {}),
        (None, {}),
    ],
)
def test_pinned_versions__each_format__says_what_it_pins_and_no_range(content, expected):
    assert pinned_versions([content], NAMES) == expected


def test_pinned_versions__several_files__the_first_that_pins_it_counts():
    assert pinned_versions([b"torch>=2\n", b"torch==2.9\n", b"torch==1.0\n"], NAMES) == {"torch": "2.9"}
