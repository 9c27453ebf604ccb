"""`ci-ml doctor`: what is missing here, before a GPU minute is spent."""

import json
from importlib import metadata

import pytest
from workbench import add_model, ci_ml


@pytest.fixture
def missing(monkeypatch):
    """Packages that look as if they were not installed."""
    real = metadata.version

    def hide(*names: str) -> None:
        def version(name: str) -> str:
            if name in names:
                raise metadata.PackageNotFoundError(name)
            return real(name)

        monkeypatch.setattr(metadata, "version", version)

    return hide


def findings(bench) -> dict[str, dict]:
    return {f["what"]: f for f in json.loads(bench.ci_ml("doctor", "--format", "json").out)["findings"]}


def test_doctor__everything_there__is_a_table_without_remedies(bench):
    add_model(bench)
    bench.commit()

    done = bench.ci_ml("doctor")

    assert (done.code, done.err) == (0, "")
    assert all(len(line) <= 80 for line in done.out.splitlines())
    assert [line.split()[0] for line in done.out.splitlines() if line.startswith("  ok")] == ["ok"] * 11
    assert findings(bench)["registry"]["found"] == "no remote: the local branch model-registry is the registry"
    assert findings(bench)["git identity"]["found"] == "Ada <ada@example.org>"


def test_doctor__package_that_the_configuration_needs__is_missing(bench, missing):
    add_model(bench)
    missing("numpy", "dvc")

    done = bench.ci_ml("doctor")

    assert done.code == 3
    assert (
        "  MISSING numpy             not installed (judging)\n                            pip install 'ci-ml[evaluate]'\n"
        in done.out
    )
    assert "  note    dvc               not installed (DVC stages)\n" in done.out


def test_doctor__dvc_where_stages_are_configured__is_needed(bench, missing):
    bench.write("ci-ml.yaml", "models: {m: {task: binary, train: {stage: fit}, predictions: p.csv}}\n")
    missing("dvc")

    assert bench.ci_ml("doctor").code == 3
    assert findings(bench)["dvc"]["needed"] is True


def test_doctor__no_repository__says_so_and_still_describes_the_machine(tmp_path):
    done = ci_ml("doctor", folder=tmp_path)

    assert (done.code, done.err) == (3, "")
    assert done.out.splitlines()[0].startswith("  ok      machine           ")
    assert " ".join(done.out.split()).endswith(
        f"MISSING git {tmp_path} is not inside a git repository. git init, or change folder."
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [(None, "work/ has no ci-ml.yaml."), ("models: []\n", "ci-ml.yaml:1:9: models is a list; it takes a mapping.")],
)
def test_doctor__configuration_that_does_not_hold__is_a_finding(bench, text, found):
    if text is not None:
        bench.write("ci-ml.yaml", text)

    assert bench.ci_ml("doctor").code == 3
    assert findings(bench)["ci-ml.yaml"]["found"] == found


def test_doctor__several_faults__are_counted_and_left_to_check(bench):
    bench.write("ci-ml.yaml", "models:\n  m: {tsk: binary, predictons: p.csv}\n")

    found = findings(bench)["ci-ml.yaml"]

    assert (found["found"], found["remedy"]) == ("ci-ml.yaml has 2 faults.", "ci-ml check")


def test_doctor__first_steps_that_are_missing__are_notes_with_what_to_type(bench, monkeypatch):
    bench.write("ci-ml.yaml", "models:\n  m: {task: binary, predictions: p.csv}\n")
    for role in ("AUTHOR", "COMMITTER"):
        for part in ("NAME", "EMAIL"):
            monkeypatch.delenv(f"GIT_{role}_{part}")

    assert bench.ci_ml("doctor").code == 0
    found = findings(bench)
    assert {what: found[what]["remedy"] for what in ("artifact", "git identity", "commit")} == {
        "artifact": "add artifact: PATH (ci-ml.yaml:2:6)",
        "git identity": "git config user.name NAME and git config user.email ADDRESS",
        "commit": 'git add -A && git commit -m "Add ci-ml"',
    }
    assert not any(found[what]["needed"] for what in ("artifact", "git identity", "commit"))


def test_doctor__remote_that_does_not_answer__is_a_finding(bench):
    add_model(bench)
    bench.git("remote", "add", "origin", "/no/such/place")

    assert bench.ci_ml("doctor").code == 3
    assert findings(bench)["registry"]["found"].startswith("remote 'origin' does not answer: fatal: ")
    assert findings(bench)["registry"]["remedy"] == "git ls-remote origin"


def test_doctor__store_that_is_misconfigured__is_a_finding(bench):
    add_model(bench)
    bench.write(".dvc/config", "[core]\n    remote = gone\n")

    assert bench.ci_ml("doctor").code == 3
    assert findings(bench)["artifact store"]["found"] == ".dvc/config names the remote 'gone' but no url for it."


def test_doctor__shallow_clone__is_a_note(remote_bench, tmp_path):
    add_model(remote_bench)
    remote_bench.commit("one")
    remote_bench.commit("two")
    remote_bench.push("main")
    clone = remote_bench.clone(tmp_path / "clone", "--depth=1")

    assert clone.ci_ml("doctor").code == 0
    assert findings(clone)["history"]["needed"] is False
    assert (
        findings(clone)["registry"]["found"]
        == "remote 'origin' answers and has no registry yet: the first register makes it"
    )
