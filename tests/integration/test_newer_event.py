"""Somebody appends an event that claims a newer form: what docs/verification.md says to do about it, done."""

import hashlib
import json
import re
import subprocess
from pathlib import Path

from workbench import BETTER, merge, propose, start_registry

ROOT = Path(__file__).parents[2]


def recovery(**values: str) -> list[str]:
    """The commands of the section, with its placeholders filled in."""
    section = (ROOT / "docs" / "verification.md").read_text().partition("## An event of a newer ci-ml")[2]
    block = re.search(r"```sh\n(.*?)```", section, re.DOTALL)
    assert block
    lines = [line.partition("  #")[0].strip() for line in block[1].splitlines()]
    for name, value in values.items():
        lines = [line.replace(name, value) for line in lines]
    return lines


def test_newer_event__branch_put_back__is_seen_by_who_saw_it_and_accepted_by_hand(remote_bench, tmp_path):
    start_registry(remote_bench)
    propose(remote_bench, "better", BETTER)
    merge(remote_bench, "better")
    assert remote_bench.ci_ml("promote", "--merged").code == 0
    good = remote_bench.head("origin/model-registry")
    stranger = remote_bench.clone(tmp_path / "stranger", "--branch=model-registry")
    folder = stranger.root / "models" / "churn" / "events" / "0000"
    last = (folder / "00000004.json").read_bytes()
    newer = {"schema": 99, "sequence": 5, "previous": hashlib.sha256(last).hexdigest()}
    (folder / "00000005.json").write_text(json.dumps({**json.loads(last), **newer}))
    bad = stranger.commit("from the future")[:7]
    stranger.push("model-registry")
    witness = remote_bench.clone(tmp_path / "witness")

    assert witness.ci_ml("registry", "which", "churn@production").code == 3
    assert remote_bench.ci_ml("registry", "deprecate", "churn").code == 3
    assert remote_bench.ci_ml("registry", "log", "churn").out.splitlines()[-1].split()[-2:] == [bad, "churn"]
    *look, push, accept = recovery(MODEL="churn", COMMIT=bad, TIP=bad)
    for command in (*look, push):
        subprocess.run(command.split(), cwd=remote_bench.root, check=True, capture_output=True)

    assert remote_bench.git("ls-remote", "origin", "model-registry").split()[0] == good
    assert remote_bench.clone(tmp_path / "fresh").ci_ml("registry", "verify").code == 0
    for bench, kind in ((remote_bench, "cut_off"), (witness, "rewritten")):
        done = bench.ci_ml("registry", "verify", "--format", "json")
        assert (
            done.code,
            {found["kind"] for found in json.loads(done.out)["findings"] if found["weight"] == "wrong"},
        ) == (13, {kind})
    refused = witness.ci_ml("registry", "which", "churn@production")
    assert (refused.code, accept in refused.err) == (13, True)
    for bench in (remote_bench, witness):
        bench.git(*accept.split()[1:])
        assert bench.ci_ml("registry", "which", "churn@production").out == "v1.1.0\n"
        assert bench.ci_ml("registry", "verify").code == 0
    assert remote_bench.ci_ml("registry", "verify", "--witness", bad).code == 13
