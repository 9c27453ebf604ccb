"""ci_ml/repository/trees.py: a working copy and the commit made of it are the same tree."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from workbench import CONFIG, Workbench, add_model

from ci_ml.config import read_config
from ci_ml.errors import CiMlError
from ci_ml.git.questions import Git
from ci_ml.repository.lineage import trace
from ci_ml.repository.trees import CommitTree, WorkingTree, read


def trees(bench):
    git = Git(bench.root)
    return WorkingTree(git), CommitTree(git, bench.commit())


def test_paths__working_copy__is_what_a_commit_would_hold(bench):
    bench.write("a", "")
    bench.write('dir/né \t"b"', "")
    bench.write(".gitignore", "*.log\n")
    bench.write("x.log", "")
    working = WorkingTree(Git(bench.root))

    assert (working.paths, working.tracked) == ({"a", 'dir/né \t"b"', ".gitignore"}, frozenset())
    assert CommitTree(working.git, bench.commit()).paths == working.paths
    assert WorkingTree(working.git).tracked == working.paths


def test_paths__tracked_file_that_was_deleted__is_gone(bench):
    bench.write("a", "")
    bench.write("b", "")
    bench.commit()
    bench.remove("a")

    assert WorkingTree(Git(bench.root)).paths == {"b"}


def test_read_all__present_and_missing__are_told_apart(bench):
    bench.write("a", b"\x00\xff\n")

    for tree in trees(bench):
        assert tree.read_all(["a", "none", "a/b"]) == {"a": b"\x00\xff\n", "none": None, "a/b": None}
        assert read(tree, "a") == b"\x00\xff\n"


def test_identify__line_endings_and_links__are_as_git_stores_them(bench):
    bench.write(".gitattributes", "*.txt text\n")
    bench.write("a.txt", b"x\r\ny\r\n")
    bench.write("b.bin", b"x\r\n")
    (bench.root / "link").symlink_to("a.txt")
    paths = ["a.txt", "b.bin", "link"]

    working, committed = trees(bench)

    assert working.identify(paths) == committed.identify(paths)
    assert committed.identify(["link"]) == {"link": f"git:{bench.git('rev-parse', 'HEAD:link')}"}


NAMES = st.sampled_from(["a.py", "b.csv", "deep/er/c.txt", "sp ace.py", "é.py", "data.csv.dvc", "requirements.txt", "docs/x.md", "q'uote", "-dash"])  # fmt: skip
CONTENTS = st.binary(max_size=12) | st.sampled_from(
    [b"x\r\n", b"x\n", b"x\ny\r\n", b"outs:\n- md5: abc\n  path: data.csv\n"]
)
STEPS = st.sampled_from(
    [
        "python train.py",
        "{command: python train.py, inputs: ['*.py', train.py]}",
        "{command: python train.py, inputs: [train.py, '*.csv', 'deep/*']}",
    ]
)


@settings(max_examples=25)
@given(data=st.data())
def test_inputs_digest__random_working_copy__equals_that_of_the_commit_made_from_it(tmp_path_factory, data):
    bench = Workbench.make(Path(tmp_path_factory.mktemp("tree")) / "work")
    bench.write("train.py", "pass\n")
    for name, content in data.draw(st.dictionaries(NAMES, CONTENTS, max_size=6)).items():
        bench.write(name, content)
    bench.write(
        ".gitattributes", data.draw(st.sampled_from(["", "* text=auto\n", "*.py text eol=crlf\n", "*.csv -text\n"]))
    )
    bench.write(".gitignore", data.draw(st.sampled_from(["", "*.txt\n", "deep\n"])))
    step = data.draw(STEPS)
    config = read_config(f"models: {{m: {{task: binary, train: {step}, predictions: p.csv, artifact: m.bin}}}}")
    bench.write("p.csv", "made by training")

    def digest(tree):
        try:
            return trace(tree, config.models["m"]).inputs
        except CiMlError as error:
            return error.message

    bench.git("add", "--all")  # a command without `inputs:` reads what git tracks
    before = digest(WorkingTree(Git(bench.root)))
    after = digest(CommitTree(Git(bench.root), bench.commit()))

    assert before == after
    assert digest(WorkingTree(Git(bench.root))) == after


def test_inputs_digest__anything_that_training_reads__changes_it(bench):
    add_model(bench)
    model = read_config(CONFIG).models["churn"]
    digests = {trace(CommitTree(Git(bench.root), bench.commit()), model).inputs}
    for path, content in (
        ("train.py", "pass\n"),
        ("predict.py", "pass\n"),
        ("params.json", '{"weights": [9, 9]}'),
        ("rows.csv", "id\n"),
    ):
        bench.write(path, content)
        digests.add(trace(CommitTree(Git(bench.root), bench.commit()), model).inputs)

    assert len(digests) == 5


@pytest.mark.parametrize(
    "path", ["README.md", "docs/x.rst", ".github/workflows/w.yml", "ci-ml.yaml", "predictions.csv", "model.json"]
)
def test_inputs_digest__what_training_does_not_read__leaves_it_alone(bench, path):
    add_model(bench)
    model = read_config(CONFIG.replace("{command: python train.py, inputs: [train.py]}", "python train.py")).models[
        "churn"
    ]
    before = trace(CommitTree(Git(bench.root), bench.commit()), model).inputs
    bench.write(path, str(random.Random(0).random()))

    assert trace(CommitTree(Git(bench.root), bench.commit()), model).inputs == before
