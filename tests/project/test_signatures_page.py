"""docs/signatures.md: what it lets a newcomer type is typed here, in a shell, and what it lists is what there is."""

import fnmatch
import os
import re
import shlex
import subprocess
import sys

from source_code import ROOT
from workbench import add_model, train_and_gate

from ci_ml.config import read_config
from ci_ml.registry.verification.findings import KINDS

PAGE = (ROOT / "docs" / "signatures.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"<!-- typed -->\n```console\n(.*?)```", PAGE, re.DOTALL)
STEPS = re.split(r"^\$ (.*)\n", "".join(BLOCKS), flags=re.MULTILINE)[1:]


def test_page__walk_through__shows_what_happens(remote_bench, tmp_path, keys):
    assert keys  # there is an ssh-keygen
    program = tmp_path / "bin" / "ci-ml"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m ci_ml "$@"\n')
    program.chmod(0o755)
    add_model(remote_bench)
    train_and_gate(remote_bench)
    remote_bench.commit("first model")
    remote_bench.push("main")

    typed, expected = STEPS[::2], STEPS[1::2]
    script = "\n".join(f"{command}\nprintf '\\001'" for command in typed)
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=remote_bench.root,
        env={**os.environ, "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    answers = done.stdout.split("\x01")
    assert len(answers) == len(typed) + 1, done
    for command, said, shown in zip(typed, answers, expected, strict=False):
        # Lines are folded at the width of a terminal; `…` stands for anything.
        one_line, pattern = " ".join(said.split()), " ".join(shown.split()).replace("[", "[[]").replace("…", "*")
        assert fnmatch.fnmatchcase(one_line, pattern), f"{command}\n{said}"


def test_page__kinds__are_those_that_verify_knows():
    listed = re.findall(r"^\| `(\w+)` \|", PAGE.partition("## What verify says")[2], re.MULTILINE)

    assert len(listed) == 11
    assert set(listed) <= set(KINDS)


def test_page__configuration__is_valid():
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    config = read_config(text.replace("    # …\n", "    task: binary\n    predictions: p.csv\n"))

    assert config.registry.signers["production"] == ("ann@example.com", "bob@example.com", "ci@example.com")
    assert config.models["late-flight"].signers == {"production": ("ann@example.com", "ci@example.com")}
