"""A registry that somebody hostile filled, and arguments that somebody hostile typed: every command answers in words.

`workbench.ci_ml` fails a test on an exit code of 1, which is a bug.
"""

import hashlib
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import click
import pytest
from hostile_registry import ESCAPES, FIRST, FOLDER, SECOND, THIRD, event, honest, payload, plant_tree, write_object
from hypothesis import given, settings
from hypothesis import strategies as st
from registry_makers import MODEL, run_git
from workbench import Workbench, ci_ml

from ci_ml.cli.registry import COMMANDS, registry
from ci_ml.registry.branch_paths import event_path

GOOD = {FIRST: honest()[0], SECOND: honest()[1]}
READING = [
    ["show"], ["show", MODEL], ["show", "--format", "json"], ["history"], ["history", MODEL, "--format", "json"],
    ["which", f"{MODEL}@staging"], ["which", f"{MODEL}@staging", "--at", "2013-04-01"],
    ["log"], ["log", "--format", "jsonl"], ["diff", MODEL, "v1.0.0", "v1.0.0"],
]  # fmt: skip
WRITING = [["vacate", MODEL, "staging"], ["deprecate", MODEL]]
# Full counts with `make prove`.
PROVE = os.environ.get("CI_ML_PROVE") == "1"
FOLDERS = 20_000 if PROVE else 2_000
SOME = READING if PROVE else READING[::4]
# What a command may end with: an answer, or an error that is explained.
CODES = {0, 2, 3, 4, 5, 13}


def alone(**changes: object) -> dict[str, bytes]:
    """A registry of one event that is good but for these fields."""
    return {FIRST: event(**changes)}


def spliced(content: bytes, **changes: str) -> dict[str, bytes]:
    """The same, with bytes where JSON would not be written like that; the field that is "@" marks the place."""
    return {FIRST: event(**changes).replace(b'"@"', content)}


def evaluation(**changes: object) -> bytes:
    """An evaluation as it is filed."""
    drawn = {"unit": "rows", "units": 1, "replicates": 1, "seed": 1}
    plain = {
        "task": "binary", "main_metric": "roc_auc", "rows": 1, "groups": None, "positives": None, "rows_digest": "x",
        "too_small": None, "resampling": drawn, "has_baseline": False, "scores": {}, "deltas": {}, "slices": [],
    }  # fmt: skip
    return json.dumps(plain | changes).encode()


# What is on the branch -> what `history` of the model ends with.
DAMAGED = {
    "nothing": {**GOOD, SECOND: b""},
    "binary": {**GOOD, SECOND: b"\0" * 100},
    "invalid UTF-8": {**GOOD, SECOND: b'{"schema": 1, "kind": "\xff"}'},
    "another encoding": {**GOOD, SECOND: honest()[1].decode().encode("utf-16")},
    "a byte order mark": {**GOOD, SECOND: b"\xef\xbb\xbf" + honest()[1]},
    "a lone surrogate": spliced(b'"\\ud800"', reason="@"),
    "deep lists": spliced(b"[" * 7_000 + b"]" * 7_000, payload="@"),
    "deep objects": spliced(b'{"a":' * 2_500 + b"1" + b"}" * 2_500, payload="@"),
    "deep in a kind that nobody knows": spliced(b'{"a":' * 2_500 + b"1" + b"}" * 2_500, kind="teleported", payload="@"),
    "an endless number": spliced(b"9" * 9_000, sequence="@"),
    "a negative number": alone(sequence=-2),
    "no number": spliced(b"NaN", schema="@"),
    "infinity": spliced(b"1e999", schema="@"),
    "true for a number": alone(schema=True),
    "a byte too many": {**GOOD, SECOND: honest()[1].ljust(16 * 1024 + 1)},
    "a field nobody knows": alone(**{ESCAPES: 1}),
    "a kind that is no word": alone(kind=ESCAPES),
    "a stage that is a path": alone(holders={"../../x": "v1.0.0"}),
    "a version that is an option": alone(holders={"staging": "--upload-pack=x"}),
    "evidence elsewhere": alone(evidence={"models/other/versions/v1.0.0/x": {"sha256": "0" * 64, "size": 1}}),
    "evidence above": alone(evidence={f"{FOLDER}/versions/v1.0.0/../../../x": {"sha256": "0" * 64, "size": 1}}),
    "another model's event": alone(model="other"),
    "another event's number": alone(sequence=3),
    "another time zone": alone(at="2013-03-01T12:00:00+05:00"),
    "the end of time": alone(at="9999-12-31T23:59:59Z"),
    "before time": alone(at="0001-01-01T00:00:00+23:59"),
    "number zero": {**GOOD, event_path(MODEL, 0): event(sequence=0)},
    "a gap": {FIRST: GOOD[FIRST], THIRD: event(sequence=3)},
    "the last number there is": {**GOOD, event_path(MODEL, 9_999_999): event(sequence=9_999_999)},
}  # fmt: skip
# Such entries are no events, wherever they lie: `registry verify` names them, reading goes on without them.
STRAY = {
    "a link": (SECOND, ("120000", b"/etc/passwd")),
    "a submodule": (SECOND, ("160000", b"5a" * 20)),
    "a folder": (SECOND + "/x", honest()[1]),
    "a name above": ("models/../events/0000/00000001.json", honest()[0]),
    "a name of git's": ("models/.git/events/0000/00000001.json", honest()[0]),
    "a name above all": ("../x", b"x"),
    "a letter that looks the same": ("models/l\u0430te-flight/events/0000/00000001.json", honest()[0]),
    "digits of another script": (f"{FOLDER}/events/\u0660\u0660\u0660\u0660/\u0660\u0660\u0660\u0660\u0660\u0660\u0660\u0662.json", honest()[1]),
    "a line break": ("models/a\nb/events/0000/00000001.json", honest()[0]),
    "escapes": (f"models/{ESCAPES}/events/0000/00000001.json", honest()[0]),
    "bytes that are no text": ("models/\udcff/events/0000/00000001.json", honest()[0]),
    "a number too long": (f"{FOLDER}/events/9999/99999999.json", honest()[1]),
}  # fmt: skip
NO_MODEL = {
    "a file": {"models": b"x"},
    "a link": {"models": ("120000", b"/etc")},
    "a model that is a file": {FOLDER: b"x"},
    "events that are a file": {f"{FOLDER}/events": b"x"},
    "a group that is a file": {f"{FOLDER}/events/0000": b"x"},
    "a group that is a link": {f"{FOLDER}/events/0000": ("120000", b"../..")},
}


@pytest.fixture
def planted(bench):
    """A repository whose registry holds what it is given."""
    bench.commit()

    def plant(entries) -> Workbench:
        plant_tree(bench.root, entries)
        return bench

    return plant


def ask(bench: Workbench, command: list[str]) -> tuple[int, str, str]:
    """Run a command and hold what it says to what every terminal and script may rely on."""
    done = bench.ci_ml("registry", *command)
    assert done.code in CODES, done
    assert all(c.isprintable() or c == "\n" for c in done.out + done.err), (command, done)
    assert done.err.startswith(("error: ", "warning: ")) or done.code == 0, done
    return done.code, done.out, done.err


def test_registry__good_events__are_read_by_every_command(planted):
    bench = planted(GOOD)

    assert [ask(bench, command)[0] for command in READING] == [0] * len(READING)
    plant_tree(bench.root, alone())
    assert ask(bench, ["history", MODEL])[0] == 0


def test_config__names_that_are_escapes__steer_no_terminal(planted):
    bench = planted(GOOD)
    bench.write(
        "ci-ml.yaml",
        'registry: {remote: "\\e]0;owned\\a", "\\e[31m": 1}\nmodels: {m: {task: binary, predictions: p.csv}}\n',
    )

    for command in READING:
        assert ask(bench, command)[0] == 2


@pytest.mark.parametrize("entries", DAMAGED.values(), ids=DAMAGED)
def test_registry__damaged_event__is_named_and_nothing_is_written(planted, entries):
    bench = planted(entries)
    head = bench.head("model-registry")

    code, out, err = ask(bench, ["history", MODEL])
    assert (code, out) == (13, "")
    assert err.startswith("error: event ")
    for command in [*READING, *WRITING] if PROVE else (["log"], WRITING[1]):
        ask(bench, command)
    assert bench.head("model-registry") == head


@pytest.mark.parametrize("stray", STRAY.values(), ids=STRAY)
def test_registry__entry_that_is_no_event__is_passed_over(planted, stray):
    path, content = stray
    bench = planted({FIRST: GOOD[FIRST], path: content})

    assert [line.split()[2:4] for line in ask(bench, ["history"])[1].splitlines()[1:]] == [["registered", "v1.0.0"]]
    for command in SOME:
        ask(bench, command)


@pytest.mark.parametrize("entries", NO_MODEL.values(), ids=NO_MODEL)
def test_registry__tree_of_another_shape__holds_no_model(planted, entries):
    bench = planted(entries)

    assert json.loads(ask(bench, ["show", "--format", "json"])[1])["models"] == []
    for command in SOME:
        ask(bench, command)


@pytest.mark.parametrize(
    "entry",
    [
        event(reason=ESCAPES),
        event(recorded_by=ESCAPES),
        payload(bump_reason=ESCAPES),
        payload(headline={"metric": ESCAPES, "value": 1}),
        event(kind="teleported", payload={"stage": ESCAPES, "version": ESCAPES}),
        payload(headline={"metric": "m", "value": 1e308, "low": -1e308, "high": 1e308}),
        event(occurred_at="9999-12-31T23:59:59Z"),
        event(occurred_at="0001-01-01T00:00:00Z"),
    ],
    ids=["reason", "person", "bump", "metric", "unknown kind", "size of a number", "last moment", "first moment"],
)
def test_registry__words_of_an_event__are_shown_and_steer_no_terminal(planted, entry):
    bench = planted({FIRST: entry})

    for command in [*READING, ["history", "--since", "2013-01-01"], ["log", "--format", "json"]]:
        assert ask(bench, command)[0] in (0, 2, 4)


EVIDENCE = {
    "nothing": ("evaluation.json", b"", 13),
    "no number": ("evaluation.json", evaluation(scores={"m": {"metric": "m", "value": "@"}}).replace(b'"@"', b"NaN"), 13),
    "too large": ("evaluation.json", evaluation().ljust(300_000), 13),
    "escapes": ("evaluation.json", evaluation(main_metric=ESCAPES, scores={ESCAPES: {"metric": ESCAPES, "value": 1}}), 0),
    "extremes": ("evaluation.json", evaluation(rows=-(10**18), scores={"m": {"metric": "m", "value": 1e308}}), 0),
    "thousands of metrics": ("evaluation.json", evaluation(scores={f"m{n}": {"metric": "m", "value": 1} for n in range(3_000)}), 0),
    "thousands of parameters": ("provenance.json", json.dumps({"parameters": {f"p{n}": n for n in range(9_000)}}).encode(), 0),
    "names that are escapes": ("provenance.json", json.dumps({"features": [ESCAPES], "parameters": {ESCAPES: ESCAPES}}).encode(), 0),
    **{f"{n} levels deep": ("provenance.json", b'{"parameters": {"a": ' + b'{"a":' * n + b"1" + b"}" * n + b"}}", None) for n in (100, 970, 9_000)},
}  # fmt: skip


@pytest.mark.parametrize(("name", "content", "code"), EVIDENCE.values(), ids=EVIDENCE)
def test_diff__evidence_as_it_was_pinned__is_shown_or_refused_in_words(planted, name, content, code):
    path = f"{FOLDER}/versions/v1.0.0/{name}"
    other = f"{FOLDER}/versions/v1.1.0/provenance.json"
    files = {path: content, other: b'{"parameters": {"z": 1}}'}
    pins = {at: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)} for at, data in files.items()}
    first = event(evidence={path: pins[path]})
    changes = {"version": "v1.1.0", "commit": "6b" * 20, "parameters": "1" * 64, "features": "2" * 64}
    later = json.loads(payload(**changes)) | {"sequence": 2, "previous": hashlib.sha256(first).hexdigest()}
    bench = planted({FIRST: first, SECOND: json.dumps(later | {"evidence": {other: pins[other]}}).encode(), **files})

    for style in ("table", "json"):
        found, out, _ = ask(bench, ["diff", MODEL, "v1.0.0", "v1.1.0", "--format", style])
        assert found in ((0, 13) if code is None else (code,))
        assert style == "json" or len(out.splitlines()) < 70


def test_registry__broken_tree__is_an_error(planted):
    bench = planted(GOOD)
    for raw in (b"100644 x", b"\0" * 40, b"100644\0" + b"\x5a" * 20, b"40000 models\0" + b"\x5a" * 19):
        tree = write_object(bench.root, "tree", raw)
        commit = write_object(
            bench.root, "commit", f"tree {tree}\nauthor A <a> 1 +0000\ncommitter A <a> 1 +0000\n\nx\n".encode()
        )
        bench.git("update-ref", "refs/heads/model-registry", commit)
        for command in SOME:
            ask(bench, command)


def test_registry__missing_objects__are_an_error(planted):
    bench = planted({FIRST: GOOD[FIRST], SECOND: ("100644", b"x")})
    blob = run_git(bench.root, "rev-parse", f"model-registry:{SECOND}")
    (bench.root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()

    assert ask(bench, ["history"])[0] == 13
    for command in READING:
        ask(bench, command)


def limited(bench: Workbench, *command: str, memory: int) -> tuple[int, float]:
    """Exit code and seconds of work of a command that may have so much memory, as may every git that it starts."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    arguments = [sys.executable, "-m", "ci_ml", "registry", *command]
    done = subprocess.run(arguments, cwd=bench.root, preexec_fn=limit, capture_output=True, timeout=60)
    assert b"bug" not in done.stderr, done.stderr
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.returncode, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_registry__enormous_file_for_an_event__is_refused_in_little_memory(planted):
    bench = planted(GOOD)
    zeros = bench.write("zeros", "")
    with zeros.open("r+b") as file:
        file.truncate((400 if PROVE else 96) << 20)
    blob = bench.git("hash-object", "-w", "zeros")
    bench.git("read-tree", "model-registry")
    bench.git("update-index", "--add", "--cacheinfo", f"100644,{blob},{SECOND}")
    bench.git("update-ref", "refs/heads/model-registry", bench.git("commit-tree", bench.git("write-tree"), "-m", "x"))

    for command in (["which", f"{MODEL}@staging"], ["log"]):
        code, seconds = limited(bench, *command, memory=70 << 20)
        assert code == 13
        assert seconds < 10


def test_registry__tens_of_thousands_of_folders__are_listed_in_bounded_time(planted):
    bench = planted(GOOD)
    own = {f"models/m{number}/events/0000/00000001.json": "x" for number in range(FOLDERS)}
    blob = write_object(bench.root, "blob", b"{}")
    lines = "".join(f"100644 {blob}\t{path}\0" for path in [*own, *(f"models/-{n}/x" for n in range(FOLDERS))])
    bench.git("read-tree", "model-registry")
    subprocess.run(["git", "update-index", "-z", "--index-info"], cwd=bench.root, input=lines, text=True, check=True)
    bench.git("update-ref", "refs/heads/model-registry", bench.git("commit-tree", bench.git("write-tree"), "-m", "x"))

    for command, code in (
        (["which", f"{MODEL}@staging"], 0),
        (["history", MODEL], 0),
        (["show"], 13),
        (["which", "x@y"], 2),
    ):
        found, seconds = limited(bench, *command, memory=400 << 20)
        assert found == code
        assert seconds < (30 if PROVE else 10)


# What is typed ------------------------------------------------------------------------------------------------------

ARGUMENTS = [
    "--upload-pack=touch ran", "-c", "--", "-", "@{upstream}", ":/first", "HEAD:ci-ml.yaml", "model-registry:models",
    "../../x", "/etc/passwd", "a\nb", "\x1b]0;owned\x07", "v1.0.0 --force", "refs/heads/main", "*", "'; touch ran; '",
    "x" * 5_000, "late-flight@production@x", "L\u0430te-flight", ".git", "models/.git:config", "a..b", "", "\u202ex", "@", "@x",
]  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_registry__option_or_revision_for_an_argument__is_refused(planted, name, monkeypatch):
    bench = planted(GOOD)
    monkeypatch.chdir(bench.root)
    command = registry.get_command(click.Context(registry), name)
    arguments = [parameter for parameter in command.params if isinstance(parameter, click.Argument)]
    head = bench.head("model-registry")
    for typed in ARGUMENTS if arguments else ():
        done = ci_ml("registry", name, "--", *[typed] * len(arguments), folder=bench.root)
        assert done.code in CODES, (typed, done)
        assert all(c.isprintable() or c == "\n" for c in done.out + done.err), (typed, done)
        assert len(done.err) < 2_000
        if any(parameter.required for parameter in arguments):
            assert (done.code, done.out) != (0, ""), typed
    assert bench.head("model-registry") == head
    assert not (bench.root / "ran").exists()


FIELDS = json.loads(honest()[1])
CHANGED = st.dictionaries(
    st.sampled_from(list(FIELDS)), st.none() | st.integers() | st.text() | st.just({}), min_size=1
).map(lambda changes: json.dumps(FIELDS | changes).encode())


def test_registry__any_bytes_for_an_event__are_read_or_refused_in_words(planted, evidence):
    read = 0

    @settings(max_examples=500 if PROVE else 12)
    @given(st.binary(max_size=200) | CHANGED)
    def hold(content):
        nonlocal read
        bench = planted({**GOOD, SECOND: content})
        codes = {ask(bench, command)[0] for command in (["history"], ["which", f"{MODEL}@staging"], ["log"])}
        assert codes <= {0, 3, 4, 13}
        read += 1

    hold()
    evidence(
        claim="an event of any bytes, or with any fields, is neither read nor refused in words",
        observed=0.0,
        at_most=0.0,
        runs=read,
        seeds="Hypothesis, derandomized",
    )


def test_remote__hostile_registry__is_answered_as_a_clone_is(planted, tmp_path):
    entries = {**GOOD, f"{FOLDER}/events/0000/00000003.json": b"[" * 9_000, "../x": b"x"}
    bench = planted(entries)
    outside = Workbench(tmp_path)

    for command in READING:
        done = outside.ci_ml("registry", *command, "--remote", str(bench.root))
        assert done.code in CODES
        assert all(c.isprintable() or c == "\n" for c in done.out + done.err)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["work"]


def test_reading__leaves_every_file_as_it_was(planted):
    bench = planted(GOOD)

    def files() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in bench.root.rglob("*") if path.is_file()}

    before = files()
    for command in READING:
        ask(bench, command)
    assert files() == before
