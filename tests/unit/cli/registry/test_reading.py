"""`ci-ml registry` as it is typed, and what it must not import."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from registry_makers import (
    MODEL,
    NOW,
    append,
    clone,
    decision,
    fill,
    make_remote,
    make_repository,
    plant,
    play_long,
    promoting,
    registering,
    run_git,
)
from workbench import CONFIG

from ci_ml import config
from ci_ml.cli.adapters import configured_stages
from ci_ml.cli.app import App
from ci_ml.cli.main import run
from ci_ml.config import read_config
from ci_ml.registry.payloads import Promoted
from ci_ml.repository.event_log.log import EventLog


@pytest.fixture
def ask(capsys):
    """Run a command in a repository: exit code, answer, remarks."""

    def call(git, *arguments):
        app = App(start=git.root, now=NOW + timedelta(days=12))
        code = run(["registry", *arguments], app=app)
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    """A remote with two versions, v1.0.0 in production since the second day and v1.0.1 in staging; only to be read."""
    bare, git = make_remote(tmp_path_factory.mktemp("registry"))
    log = fill(git)
    append(log, promoting("v1.0.0"))
    append(log, promoting("v1.0.0", "production"), at=NOW + timedelta(days=1))
    append(log, promoting("v1.0.1", expected="v1.0.0"), at=NOW + timedelta(days=2))
    return bare, git


@pytest.fixture
def own_clone(registry, tmp_path):
    """A remote and a clone of it that a test may break."""
    bare = tmp_path / "own.git"
    run_git(tmp_path, "clone", "--quiet", "--mirror", str(registry[0]), str(bare))
    return bare, clone(bare, tmp_path / "own")


def test_which__held_stage__prints_just_the_version(registry, ask):
    assert ask(registry[1], "which", "late-flight@production") == (0, "v1.0.0\n", "")


def test_which__shallow_tagless_clone_without_ci_ml_yaml__answers(registry, tmp_path, ask):
    runner = clone(registry[0], tmp_path / "runner", "--depth=1", "--no-tags")

    assert ask(runner, "which", "late-flight@staging") == (0, "v1.0.1\n", "")


def test_which__nobody_there__is_exit_4_and_silence_on_stdout(registry, ask):
    assert ask(registry[1], "which", "late-flight@canary") == (
        4,
        "",
        "error: nobody ever held canary of late-flight.\n"
        "  try: Stages of late-flight that were ever held: staging, production.\n",
    )


def test_which__stage_that_only_the_configuration_has__is_not_called_held(own_clone, ask):
    config = CONFIG.replace("churn:", "late-flight:").replace("    task", "    stages: [canary, production]\n    task")
    (own_clone[1].root / "ci-ml.yaml").write_text(config, encoding="utf-8")

    assert ask(own_clone[1], "which", "late-flight@canary") == (
        4,
        "",
        "error: nobody ever held canary of late-flight.\n"
        "  try: Stages of late-flight that were ever held: staging, production.\n",
    )


def test_which__unknown_model__lists_what_there_is(registry, ask):
    assert ask(registry[1], "which", "late-fligth@production") == (
        2,
        "",
        "error: the registry has no model 'late-fligth'.\n  try: It has: late-flight.\n",
    )


@pytest.mark.parametrize("name", ["late-flight", "@production", "late-flight@"])
def test_which__no_stage__is_a_usage_error(registry, ask, name):
    assert ask(registry[1], "which", name) == (
        2,
        "",
        f"error: '{name}' is not MODEL@STAGE.\n  try: ci-ml registry which late-flight@production\n",
    )


@pytest.mark.parametrize(
    ("moment", "answer"),
    [
        ("2013-03-02", "v1.0.0\n"),  # a day counts to its end
        ("2013-03-02T12:00:00Z", "v1.0.0\n"),
        ("2013-03-02T13:00:00+01:00", "v1.0.0\n"),
        ("2013-03-02T11:59:59", ""),
        ("2013-03-01", ""),
        ("2099-01-01", "v1.0.0\n"),
    ],
)
def test_which__at_a_date__is_who_held_it_then(registry, ask, moment, answer):
    code, out, _ = ask(registry[1], "which", "late-flight@production", "--at", moment)

    assert (code, out) == (0 if answer else 4, answer)


def test_which__at_a_date_before__says_when(registry, ask):
    assert ask(registry[1], "which", "late-flight@production", "--at", "2013-03-01")[2] == (
        "error: nobody held production of late-flight at 2013-03-01 23:59:59 UTC.\n"
        "  try: ci-ml registry history late-flight --stage production\n"
    )


def test_which__at_a_date_before_everything__says_when_it_began(registry, ask):
    assert ask(registry[1], "which", "late-flight@production", "--at", "2013-02-28") == (
        4,
        "",
        "error: nobody held production of late-flight then: its history begins 2013-03-01 12:00:00 UTC.\n"
        "  try: A later --at.\n",
    )


def test_which__emptied_stage__says_that_nobody_holds_it(own_clone, ask):
    git = own_clone[1]
    assert ask(git, "vacate", MODEL, "staging")[0] == 0

    assert ask(git, "which", "late-flight@staging") == (
        4,
        "",
        "error: nobody holds staging of late-flight.\n  try: ci-ml registry history late-flight --stage staging\n",
    )


def test_which__stage_that_the_configuration_does_not_know__is_a_usage_error(own_clone, ask):
    git = own_clone[1]
    (git.root / "ci-ml.yaml").write_text(
        "models: {late-flight: {task: binary, predictions: p.csv, stages: [shadow]}}\n"
    )

    assert ask(git, "which", "late-flight@prodction") == (
        2,
        "",
        "error: late-flight has no stage 'prodction'.\n  try: Stages: shadow, staging, production.\n",
    )
    assert ask(git, "which", "late-flight@shadow")[:2] == (4, "")


def test_which__no_date__is_refused(registry, ask):
    assert ask(registry[1], "which", "late-flight@production", "--at", "yesterday")[2] == (
        "error: 'yesterday' is not a date.\n  try: --at 2013-03-03, or 2013-03-03T12:00:00Z\n"
    )


def test_which__json__names_the_state_it_was_read_from(registry, ask):
    bare, git = registry

    assert json.loads(ask(git, "which", "late-flight@production", "--format", "json")[1]) == {
        "schema": 1,
        "model": MODEL,
        "stage": "production",
        "version": "v1.0.0",
        "at": None,
        "registry": run_git(bare, "rev-parse", "model-registry"),
    }


def test_show__table__is_the_one_people_know(registry, ask):
    assert ask(registry[1], "show") == (
        0,
        "MODEL        PRODUCTION  SINCE    STAGING  LATEST  LAST EVENT\n"
        "late-flight  v1.0.0      11 days  v1.0.1   v1.0.1  promoted v1.0.1 to staging\n",
        "",
    )


def test_show__of_a_model__lists_its_versions(registry, ask):
    code, out, _ = ask(registry[1], "show", MODEL)

    assert code == 0
    assert [line.split()[:3] for line in out.splitlines() if line[0] != " "] == [
        ["VERSION", "REGISTERED", "STAGES"],
        ["v1.0.1", "2013-03-01", "staging"],
        ["v1.0.0", "2013-03-01", "production"],
    ]


def test_history__newest_first(registry, ask):
    code, out, _ = ask(registry[1], "history", MODEL)

    assert code == 0
    assert [line[18:].split("  ")[0] for line in out.splitlines()[1:] if line[0] != " "] == [
        "promoted v1.0.1 to staging",
        "promoted v1.0.0 to production",
        "promoted v1.0.0 to staging",
        "registered v1.0.1",
        "registered v1.0.0",
    ]
    assert ask(registry[1], "history")[1] == out


def test_show__empty_registry__says_how_to_begin(tmp_path, ask):
    git = make_repository(tmp_path / "alone")

    assert ask(git, "show") == (
        0,
        "No model is registered yet: ci-ml register, or merge one and ci-ml promote --merged.\n",
        "",
    )
    assert json.loads(ask(git, "show", "--format", "json")[1]) == {"schema": 1, "models": []}
    assert ask(git, "history") == (0, "Nothing has happened yet.\n", "")


def test_show__remote_out_of_reach__answers_from_what_was_fetched_and_says_so(own_clone, tmp_path, ask):
    bare, git = own_clone
    bare.rename(tmp_path / "gone")

    code, out, err = ask(git, "which", "late-flight@production")
    assert (code, out) == (0, "v1.0.0\n")
    assert err.startswith("warning: origin cannot be reached: ")
    assert err.endswith(" This is what was fetched last.\n")
    assert ask(git, "which", "late-flight@production", "--offline") == (0, "v1.0.0\n", "")


def test_show__offline_before_anything_was_fetched__says_so(registry, tmp_path, ask):
    runner = clone(registry[0], tmp_path / "runner", "--depth=1")

    assert ask(runner, "show", "--offline")[2] == (
        "warning: nothing was fetched from origin yet: leave out --offline.\n"
    )


def test_show__configured_remote_and_stages__are_obeyed(tmp_path, ask):
    _, git = make_remote(tmp_path)
    run_git(git.root, "remote", "rename", "origin", "upstream")
    (git.root / "ci-ml.yaml").write_text(
        "registry: {remote: upstream}\n"
        "models:\n  late-flight:\n    task: binary\n    predictions: p.csv\n    stages: [live, dev]\n"
    )
    log = EventLog(git, "upstream")
    commit = git.head()
    append(log, registering(commit))
    moves = [Promoted(stage=s, version="v1.0.0", replaces=None, commit=commit) for s in ("dev", "live")]
    append(log, lambda _: decision(*moves))

    assert ask(git, "show")[1].splitlines()[0].split() == ["MODEL", "DEV", "SINCE", "LIVE", "LATEST", "LAST", "EVENT"]


def test_show__broken_ci_ml_yaml__does_not_keep_us_from_reading(own_clone, ask):
    git = own_clone[1]
    (git.root / "ci-ml.yaml").write_text("models: [\n")

    assert ask(git, "which", "late-flight@production")[:2] == (0, "v1.0.0\n")
    assert ask(git, "show")[:2][0] == 0


def test_registry__reading__imports_nothing_heavy(registry):
    program = (
        "import sys\nfrom ci_ml.cli.main import run\n"
        f"code = run(['-C', {str(Path(registry[1].root))!r}, 'registry', *sys.argv[1:]])\n"
        "heavy = sorted({'git', 'numpy', 'jinja2', 'scipy', 'pyarrow'} & set(sys.modules))\n"
        "print(code, heavy)"
    )
    for command in (["which", "late-flight@production"], ["show"], ["history"], ["show", MODEL]):
        done = subprocess.run([sys.executable, "-c", program, *command], capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == "0 []", command


@pytest.mark.parametrize("remote", [True, False])
def test_which__nothing_configured__loads_no_configuration(registry, tmp_path, remote):
    folder = registry[1].root
    if not remote:
        folder = clone(registry[0], tmp_path / "alone", "--bare").root
        run_git(folder, "remote", "remove", "origin")
    program = (
        "import sys\nfrom ci_ml.cli.main import run\n"
        f"code = run(['-C', {str(folder)!r}, 'registry', 'which', 'late-flight@production'])\n"
        "print(code, 'ci_ml.config' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "v1.0.0\n0 False\n"


@pytest.mark.parametrize(
    ("filters", "shown"),
    [
        (["--stage", "production"], ["promoted v1.0.0 to production"]),
        (["--version", "1.0.1", "--since", "2013-03-03"], ["promoted v1.0.1 to staging"]),
        (["--until", "2013-03-01", "--limit", "1"], ["promoted v1.0.0 to staging"]),
        (["--stage", "nowhere"], []),
    ],
)
def test_history__chosen_by_stage_version_and_time(registry, ask, filters, shown):
    code, out, err = ask(registry[1], "history", MODEL, *filters)

    assert (code, err) == (0, "")
    events = [line for line in out.splitlines() if line.startswith("2013")]
    assert [line[18:].split("  ")[0] for line in events] == shown
    if not shown:
        assert out == "None of 5 events is like that.\n"


def test_history__json__leaves_nothing_out_unless_asked(registry, ask):
    whole = json.loads(ask(registry[1], "history", "--format", "json")[1])
    part = json.loads(ask(registry[1], "history", "--format", "json", "--limit", "2")[1])

    assert (len(whole["events"]), whole["left_out"]) == (5, 0)
    assert (part["events"], part["left_out"]) == (whole["events"][:2], 3)


def test_history__more_than_a_screen__says_how_many_are_left_out(tmp_path, ask):
    git = make_repository(tmp_path / "long")
    plant(git, play_long(120))

    lines = ask(git, "history")[1].splitlines()
    assert len(lines) == 53
    assert lines[-1] == "70 older events left out: --limit 0 shows all, --since and --until a part."
    assert len(ask(git, "history", "--limit", "0")[1].splitlines()) == 121


def test_known__of_many_models__names_the_nearest(tmp_path, ask):
    git = make_repository(tmp_path / "many")
    for number in range(10):
        fill(git, model=f"flight-{number}", versions=1)

    assert ask(git, "history", "fligth-3")[2].startswith(
        "error: the registry has no model 'fligth-3'.\n  try: Near it: flight-3, "
    )
    assert ask(git, "history", "x")[2].endswith("  try: ci-ml registry show lists its 10 models.\n")


PLAIN = "models: {churn: {task: binary, predictions: p.csv%s}}\n"


@pytest.mark.parametrize(
    ("text", "stages"),
    [
        (PLAIN % "", ("staging", "production")),
        (PLAIN % ", stages: [live]", ("live",)),
        (PLAIN % ', "st\\x61ges": [live]', ("live",)),  # YAML's way to write a letter
        (PLAIN % ", stages: {a: b}", ()),  # broken, and that keeps nobody from reading
        (None, ()),
    ],
)
def test_configured_stages__configuration__is_parsed_only_where_it_may_name_stages(tmp_path, monkeypatch, text, stages):
    make_repository(tmp_path / "work")
    if text:
        (tmp_path / "work" / "ci-ml.yaml").write_text(text)
    parsed = []
    monkeypatch.setattr(config, "read_config", lambda *a, **k: parsed.append(a) or read_config(*a, **k))

    assert configured_stages(tmp_path / "work", None) == stages
    assert len(parsed) == (text is not None and text != PLAIN % "")
