"""Files that git stores otherwise than they lie in the working copy: what is judged is what every clone gets."""

import hashlib
import json
import sys
from pathlib import Path

import pytest
from workbench import BETTER, CONFIG, PREDICT, TRAIN, Workbench, add_model, merge, set_weights, train_and_gate

# As programs on Windows write text.
WINDOWS_TRAIN = TRAIN.replace('"w")', '"w", newline="\\r\\n")').replace("json.dump(", "json.dump(indent=1, obj=").replace(", file)", ", fp=file)")  # fmt: skip
WINDOWS_PREDICT = PREDICT.replace(', lineterminator="\\n"', "")

# What git-lfs does: a clean filter that leaves a pointer in git, a smudge filter that brings the content back.
LFS = """\
import hashlib, pathlib, sys
store = pathlib.Path({store!r}); store.mkdir(exist_ok=True)
data = sys.stdin.buffer.read()
if sys.argv[1] == "clean" and not data.startswith(b"version https://git-lfs"):
    name = hashlib.sha256(data).hexdigest(); (store / name).write_bytes(data)
    data = f"version https://git-lfs.github.com/spec/v1\\noid sha256:{{name}}\\nsize {{len(data)}}\\n".encode()
elif sys.argv[1] == "smudge":
    data = (store / data.decode().split("sha256:")[1].split()[0]).read_bytes()
sys.stdout.buffer.write(data)
"""


def make(
    tmp_path: Path, *, attributes: str = "", windows: bool = True, settings: dict[str, str] | None = None
) -> Workbench:
    """A model that is not trained yet, in a repository with these attributes and settings."""
    bench = Workbench.make(tmp_path / "work", remote=tmp_path / "remote.git")
    for key, value in (settings or {}).items():
        bench.git("config", key, value)
    add_model(bench)
    if windows:
        bench.write("train.py", WINDOWS_TRAIN)
        bench.write("predict.py", WINDOWS_PREDICT)
    if attributes:
        bench.write(".gitattributes", attributes)
    return bench


def lfs(tmp_path: Path) -> dict[str, str]:
    """Settings that a `git lfs install` would make."""
    script = tmp_path / "lfs.py"
    script.write_text(LFS.format(store=str(tmp_path / "objects")))
    return {
        **{f"filter.lfs.{way}": f"{sys.executable} {script} {way}" for way in ("clean", "smudge")},
        "filter.lfs.required": "true",
    }


def release(bench: Workbench) -> None:
    """Train, judge, commit, push, promote."""
    assert train_and_gate(bench).code == 0
    bench.commit("first model")
    bench.push("main")
    done = bench.ci_ml("promote", "--merged")
    assert done.code == 0, done


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


CONVERTED = {
    "autocrlf": ("", {"core.autocrlf": "true"}),
    "autocrlf input": ("", {"core.autocrlf": "input"}),
    "text=auto": ("* text=auto\n", {}),
    "text": ("*.json text\n*.csv text\n", {}),
    "eol=crlf": ("*.json eol=crlf\n*.csv eol=crlf\n", {}),
    "as they are": ("/model.json -text\n/predictions.csv -text\n", {"core.autocrlf": "true"}),
}


@pytest.mark.parametrize("other", ["true", "false"])
@pytest.mark.parametrize(("attributes", "settings"), CONVERTED.values(), ids=CONVERTED)
def test_release__line_ends_that_git_converts__are_the_same_model_in_every_clone(tmp_path, attributes, settings, other):
    bench = make(tmp_path, attributes=attributes, settings=settings)
    release(bench)
    clone = bench.clone(tmp_path / "clone", "-c", f"core.autocrlf={other}")

    pulled = clone.ci_ml("pull", "churn@production", "--output", str(tmp_path / "got.json"), "--format", "json")
    checked_out = clone.ci_ml("checkout", "churn@production", "--into", str(tmp_path / "release"))

    assert (pulled.code, checked_out.code) == (0, 0), (pulled, checked_out)
    model = json.loads(pulled.out)["sha256"]
    assert {sha256(tmp_path / "got.json"), sha256(tmp_path / "release" / "model.json")} == {model}
    # What lies in the clone, with whatever line ends, is that very version.
    assert clone.ci_ml("gate").code == 0
    again = clone.ci_ml("register")
    assert (again.code, again.out) == (0, "churn: this model file is v1.0.0 already.\n"), again
    assert clone.ci_ml("rollback", "churn", "production", "--to", "v1.0.0", "--dry-run", "--reason", "try").code in (
        0,
        5,
    )


def test_release__crlf_that_git_has_already__stays_as_it_is(tmp_path):
    bench = make(tmp_path)
    release(bench)  # without conversion: git has the carriage returns
    clone = bench.clone(tmp_path / "clone", "-c", "core.autocrlf=true")

    assert clone.ci_ml("gate").code == 0
    assert clone.ci_ml("register").out == "churn: this model file is v1.0.0 already.\n"


def test_promote_merged__retrained_on_windows__is_promoted(tmp_path):
    bench = make(tmp_path)
    release(bench)
    bench.git("config", "core.autocrlf", "true")
    bench.git("switch", "--quiet", "--create", "win")
    set_weights(bench, BETTER)
    assert train_and_gate(bench).code == 0
    bench.commit("from Windows")
    merge(bench, "win")

    assert bench.ci_ml("promote", "--merged").out.startswith("churn v1.1.0 is in production (was v1.0.0)")


CHANGED = {
    "ident": ("model.json ident\n", {}, '"$Id$"', "ident"),
    "encoding": ("model.json working-tree-encoding=UTF-16LE\n", {}, None, "working-tree-encoding=UTF-16LE"),
    "a filter": ("model.json filter=upper\n", {"filter.upper.clean": "tr a-z A-Z", "filter.upper.smudge": "tr A-Z a-z"}, None, "filter=upper"),
    "text that is none": ("model.json text\n", {}, '"a\\r\\nb\\0"', "text"),
}  # fmt: skip


@pytest.mark.parametrize(("attributes", "settings", "text", "by"), CHANGED.values(), ids=CHANGED)
def test_register__model_that_git_stores_changed__names_what_changes_it(tmp_path, attributes, settings, text, by):
    bench = make(tmp_path, attributes=attributes, windows=False, settings=settings)
    if text:
        bench.write("train.py", TRAIN + f"    file.write({text})\n")
        bench.write(
            "predict.py",
            PREDICT.replace(
                'json.load(open("model.json"))', 'json.JSONDecoder().raw_decode(open("model.json").read())[0]'
            ),
        )
    if by.startswith("working"):
        bench.write("train.py", TRAIN.replace('"w")', '"w", encoding="utf-16-le")'))
        bench.write("predict.py", PREDICT.replace('"model.json")', '"model.json", encoding="utf-16-le")'))
    assert train_and_gate(bench).code == 0
    bench.commit("first model")

    # An id is only filled in by a checkout.
    if by == "ident":
        bench.remove("model.json")
        bench.git("checkout", "--quiet", "--", "model.json")
        bench.remove(".ci-ml")
        bench.git("rm", "--quiet", "ci-ml.lock")  # which knows the file as training wrote it
        bench.commit("made elsewhere")
        assert bench.ci_ml("gate").code == 0

    assert bench.ci_ml("register").said == (
        4,
        f"error: model.json is in git, but git stores other bytes than were judged ({by}).\n"
        "  try: In .gitattributes: /model.json -text -filter -ident !working-tree-encoding   "
        "Then git add --renormalize model.json, commit, and ci-ml gate churn\n",
    )


def test_release__model_that_lfs_keeps__is_delivered_with_its_content(tmp_path):
    settings = lfs(tmp_path)
    bench = make(tmp_path, attributes="model.json filter=lfs -text\n", settings=settings)
    release(bench)
    clone = bench.clone(tmp_path / "clone")  # without the filter: a pointer lies there
    for key, value in settings.items():
        clone.git("config", key, value)

    pulled = clone.ci_ml("pull", "churn@production", "--output", str(tmp_path / "got.json"))
    clone.remove(".ci-ml")
    checked_out = clone.ci_ml("checkout", "churn@production", "--into", str(tmp_path / "release"))

    assert (pulled.code, checked_out.code) == (0, 0), (pulled, checked_out)
    model = sha256(bench.root / "model.json")
    assert {sha256(tmp_path / "got.json"), sha256(tmp_path / "release" / "model.json")} == {model}


POINTER = (
    "error: model.json is a Git LFS pointer: its content was not checked out.\n"
    "  try: git lfs pull   (in GitHub Actions: actions/checkout with lfs: true)\n"
)


def test_gate__model_without_its_lfs_content__is_refused_by_name(tmp_path):
    bench = make(tmp_path, attributes="model.json filter=lfs -text\n", settings=lfs(tmp_path))
    release(bench)
    clone = bench.clone(tmp_path / "clone")

    assert clone.ci_ml("gate").said == (4, POINTER)
    assert clone.ci_ml("register").said == (4, POINTER)
    assert clone.ci_ml("pull", "churn@production", "--output", "got.json").said == (
        3,
        "error: model.json is kept by Git LFS, which does not give its content here.\n"
        "  try: git lfs install && git lfs fetch --all\n",
    )
    assert not (clone.root / "got.json").exists()


def test_gate__predictions_without_their_lfs_content__are_refused_by_name(tmp_path):
    bench = make(tmp_path, attributes="predictions.csv filter=lfs -text\n", settings=lfs(tmp_path))
    release(bench)
    clone = bench.clone(tmp_path / "clone")

    for command in (["gate"], ["evaluate"], ["compare", "--candidate", "predictions.csv"]):
        assert clone.ci_ml(*command).said == (4, POINTER.replace("model.json", "predictions.csv")), command


def test_gate__rows_without_their_lfs_content__score_no_older_model(tmp_path):
    bench = make(tmp_path, attributes="rows.csv filter=lfs -text\n", settings=lfs(tmp_path))
    release(bench)
    clone = bench.clone(tmp_path / "clone")
    content = (clone.root / "predictions.csv").read_text().splitlines()
    clone.write("predictions.csv", "\n".join(content[:-1]) + "\n")  # other held-out rows
    clone.remove("ci-ml.lock")

    assert clone.ci_ml("gate").said[0] == 4
    assert POINTER.replace("model.json", "rows.csv") in clone.ci_ml("gate").err


def test_gate__size_of_a_file_without_its_lfs_content__is_not_judged(tmp_path):
    config = CONFIG.replace("    gates:\n", "    gates:\n      small: {file: weights.bin, max_size_mb: 1}\n")
    bench = make(tmp_path, attributes="weights.bin filter=lfs -text\n", settings=lfs(tmp_path))
    bench.write("ci-ml.yaml", config)
    bench.write("weights.bin", "much")
    release(bench)
    clone = bench.clone(tmp_path / "clone")

    assert clone.ci_ml("gate").said == (
        4, "error: gate small looks at weights.bin, which is a Git LFS pointer here.\n  try: git lfs pull\n"
    )  # fmt: skip


FOLDER = (
    "error: saved is a folder; a version pins one file.\n"
    "  try: Pack it where it is made (tar -cf saved.tar saved), and name the packed file in ci-ml.yaml.\n"
)


def test_train_and_gate__model_that_is_a_folder__says_to_pack_it(tmp_path):
    bench = make(tmp_path, windows=False)
    bench.write("ci-ml.yaml", CONFIG.replace("artifact: model.json", "artifact: saved"))
    bench.write("saved/weights.json", "{}")

    assert bench.ci_ml("--quiet", "train").said == (4, FOLDER)
    assert bench.ci_ml("--quiet", "gate").said == (4, FOLDER)
