"""Imports inside functions: for what is heavy, in commands, and where a reason is named here."""

from functools import cache

from source_code import imports_of, modules, package_of

HEAVY = {"numpy", "scipy", "pyarrow", "jinja2", "markupsafe", "ruamel", "git", "dvc", "msgspec", "lightgbm", "sklearn"}
# A command loads what it needs when it is called: `ci-ml --help` names all of them.
COMMANDS = {"cli", "demo"}

_PROCESSES = "a second core is for long verifications; `registry which` loads the module for its threads"
REASONS = {
    ("registry.events", "json"): "events are read by msgspec, and only written with json",
    ("git.objects", "zlib"): "reading a registry packs nothing",
    ("git.background", "concurrent.futures"): _PROCESSES,
    ("git.background", "concurrent.futures.process"): _PROCESSES,
    ("git.background", "multiprocessing"): _PROCESSES,
    ("repository.event_log.import_notes", "hashlib"): "few registries have imported tags",
    ("delivery.registry_source", "ci_ml.repository.event_log.lost_branch"): "most registries are there",
    ("git.process_locks", "shutil"): "reading takes no lock",
    ("git.process_locks", "tempfile"): "reading takes no lock",
    ("git.process_locks", "fcntl"): "not there on every system",
    ("reports.escape", "html"): "the table of all of HTML's entities, which no terminal needs",
}


@cache
def is_heavy(module: str) -> bool:
    """Whether loading it loads a heavy package."""
    if module not in modules():
        return module.partition(".")[0] in HEAVY
    return any(
        is_heavy(found.target) for found in imports_of(module) if found.when == "load" and found.target != module
    )


def late() -> set[tuple[str, str]]:
    return {
        (module.removeprefix("ci_ml."), found.target)
        for module in modules()
        if package_of(module) not in COMMANDS
        for found in imports_of(module)
        if found.when == "call" and not is_heavy(found.target)
    }


def test_late_imports__of_what_is_light__have_a_reason():
    assert sorted(late() - REASONS.keys()) == []


def test_late_imports__reasons__are_for_imports_that_are_there():
    assert sorted(REASONS.keys() - late()) == []
