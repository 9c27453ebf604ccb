"""Where the world is touched: read from the source, and the same as the table in docs/architecture.md."""

import re

import pytest
from source_code import ROOT, calls_of, imports_of, modules

_WRITES = re.compile(
    r"\w*\.(write_bytes|write_text|mkdir|unlink|rmdir|touch|symlink_to)|shutil\.(rmtree|copy\w*|move)"
    r"|os\.(replace|rename|link|symlink|remove|makedirs)"
)
# Effect -> (modules that do it when imported, what they call when they do it).
EFFECTS = {
    "starts processes": ({"subprocess", "multiprocessing"}, re.compile(r"os\.(system|exec\w+|spawn\w+|fork|popen)")),
    "reads the environment": (set(), re.compile(r"os\.(environ|getenv)")),
    "reads the clock": (set(), re.compile(r"(datetime|date)\.(now|utcnow|today)|time\.(time|monotonic|perf_counter)")),
    "waits": (set(), re.compile(r"time\.sleep")),
    "draws by chance": ({"random", "secrets", "uuid"}, re.compile(r"os\.urandom")),
    "writes files": (set(), _WRITES),
    "uses the network": (
        {"socket", "ssl", "http", "urllib.request", "requests", "httpx", "github"},
        re.compile(r"(?!)"),
    ),
}


def doers(effect: str) -> set[str]:
    """The modules that have an effect, without the leading `ci_ml.`."""
    imported, called = EFFECTS[effect]
    return {
        module.removeprefix("ci_ml.")
        for module in modules()
        if any(called.fullmatch(name) for name in calls_of(module))
        or any(
            found.target == name or found.target.startswith(f"{name}.")
            for found in imports_of(module)
            for name in imported
        )
    }


def table() -> dict[str, set[str]]:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([a-z ]+) \| (.*) \|$", page.partition("## Effects")[2].partition("\n## ")[0], re.MULTILINE)
    return {effect: set(re.findall(r"`([\w.]+)`", cell)) for effect, cell in rows if effect in EFFECTS}


@pytest.mark.parametrize("effect", EFFECTS)
def test_effects__of_each_kind__stand_in_the_architecture_table(effect):
    assert doers(effect) == table()[effect]


def test_effects__domain__has_none():
    domain = ("evaluation.", "data.", "gates.", "registry.", "config.", "reports.", "errors", "vocabulary")

    assert {(effect, module) for effect in EFFECTS for module in doers(effect) if module.startswith(domain)} == set()


def test_effects__environment_and_clock__are_read_at_the_edge_and_where_work_is_timed():
    allowed = re.compile(
        r"cli\.\w+|demo\.\w+|training\.run|git\.environment|git\.branch_transaction|repository\.storage\.http_remote"
    )

    edge = doers("reads the environment") | doers("reads the clock")

    assert {module for module in edge if not allowed.fullmatch(module)} == set()


def test_effects__shell__is_never_asked_for_by_flag():
    # The user's own train: command goes to /bin/sh by name; nothing else is ever parsed by a shell.
    assert [module for module, path in modules().items() if "shell=True" in path.read_text(encoding="utf-8")] == []
