"""Who may import whom. The rules are in docs/architecture.md; here they are read from the source."""

import re
import sys

from source_code import ROOT, imports_of, modules, package_of

FOUNDATION = {
    "errors",
    "assets",
    "vocabulary",
    "names",
    "text",
    "files",
    "digests",
    "hashing",
    "conditions",
    "rules",
    "config",
}
DOMAIN = {"evaluation", "data", "gates", "registry"}
RENDERING = {"reports"}
ADAPTERS = {"git", "tables", "repository", "training", "forge"}
# Adapters that the other adapters may build on.
SHARED = {"git", "tables"}
DELIVERY = {"delivery"}
EDGE = {"cli", "demo", "__main__"}

# What an adapter uses of another one, module by module: training happens in the working copy.
SIBLINGS = {
    ("training.run", "repository.records"),
    ("training.run", "repository.storage.dvc_config"),
    ("training.rescore", "repository.lineage"),
    ("training.rescore", "repository.pipeline"),
    ("training.rescore", "repository.trees"),
}

# Third-party packages, and the only places that may import them.
THIRD_PARTY = {
    "click": {"cli"},
    "jinja2": {"reports"},
    "markupsafe": {"reports"},
    "msgspec": {"digests", "forge", "gates", "registry", "reports", "repository"},
    "ruamel": {"config", "repository"},
    "git": {"git"},
    "dvc": {"repository"},
    "numpy": {"evaluation", "data", "tables", "demo"},
    "scipy": {"evaluation"},
    "pyarrow": {"tables", "repository", "demo"},
}

# The domain takes values and answers with values: no file, process, environment, clock or chance of its own.
WORLD = {"os", "sys", "pathlib", "shutil", "tempfile", "subprocess", "socket", "urllib", "http", "time", "random", "secrets", "uuid", "threading", "importlib", "click", "jinja2"}  # fmt: skip


def allowed(package: str) -> set[str]:
    if package in FOUNDATION:
        return FOUNDATION
    if package in DOMAIN:
        return FOUNDATION | DOMAIN
    if package in RENDERING:
        return FOUNDATION | DOMAIN | RENDERING
    if package in ADAPTERS:
        return FOUNDATION | DOMAIN | SHARED | {package}
    if package in DELIVERY:
        return FOUNDATION | DOMAIN | RENDERING | ADAPTERS | DELIVERY
    return FOUNDATION | DOMAIN | RENDERING | ADAPTERS | DELIVERY | EDGE


def ours() -> list[tuple[str, str, int]]:
    """(importer, imported, line) of every import between modules of ours."""
    return [
        (module, found.target, found.line)
        for module in modules()
        for found in imports_of(module)
        if found.target.startswith("ci_ml.") and found.target != module
    ]


def short(module: str) -> str:
    return module.removeprefix("ci_ml.")


def test_layers__every_package__has_one():
    packages = {package_of(module) for module in modules()} - {"ci_ml"}

    assert packages == FOUNDATION | DOMAIN | RENDERING | ADAPTERS | DELIVERY | EDGE


def test_layers__every_import__points_downwards():
    wrong = [
        f"{modules()[importer].relative_to(ROOT)}:{line} imports {imported}"
        for importer, imported, line in ours()
        if package_of(imported) not in allowed(package_of(importer))
        and (short(importer), short(imported)) not in SIBLINGS
    ]

    assert wrong == []


def test_layers__domain__does_not_judge_what_it_measures_or_keeps():
    found = {(package_of(importer), package_of(imported)) for importer, imported, _ in ours()}

    among = {(a, b) for a, b in found if a in DOMAIN and b in DOMAIN and a != b}
    assert among <= {("gates", "evaluation"), ("gates", "registry"), ("registry", "evaluation")}


def test_layers__siblings_that_adapters_use__are_just_the_listed_ones():
    found = {
        (short(importer), short(imported))
        for importer, imported, _ in ours()
        if package_of(importer) in ADAPTERS and package_of(imported) in ADAPTERS - SHARED - {package_of(importer)}
    }

    assert found == SIBLINGS


def test_layers__imports_of_any_kind__meet_no_circle():
    # One inside of a function or under TYPE_CHECKING hides a circle, it does not end it.
    graph: dict[str, set[str]] = {module: set() for module in modules()}
    for importer, imported, _ in ours():
        if imported in graph:
            graph[importer].add(imported)

    circles = {
        (short(importer), short(imported))
        for importer, targets in graph.items()
        for imported in targets
        if importer in _reached_from(imported, graph)
    }

    # No equality: whoever ends one of them need not touch this file to get on.
    assert circles == set()


def _reached_from(module: str, graph: dict[str, set[str]]) -> set[str]:
    found, ahead = set(), [module]
    while ahead:
        new = graph[ahead.pop()] - found
        found |= new
        ahead += new
    return found


def test_layers__third_party_packages__are_imported_only_where_they_belong():
    wrong = [
        f"{module} imports {found.target}"
        for module in modules()
        for found in imports_of(module)
        if (root := found.target.split(".")[0]) != "ci_ml"
        and root not in sys.stdlib_module_names
        and package_of(module) not in THIRD_PARTY.get(root, set())
    ]

    assert wrong == []


def test_layers__scipy__is_never_scipy_stats():
    # It takes a second to import; scipy.special has what the intervals need.
    targets = {found.target for module in modules() for found in imports_of(module)}

    assert {target for target in targets if target.startswith("scipy")} <= {"scipy.special"}


def test_layers__domain__imports_nothing_of_the_world():
    wrong = [
        f"{module} imports {found.target}"
        for module in modules()
        if package_of(module) in DOMAIN
        for found in imports_of(module)
        if found.target.split(".")[0] in WORLD
    ]

    assert wrong == []


def test_layers__architecture_page__draws_the_same_layers():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (foundation|domain|rendering|adapters|delivery|edge) \| (.+?) \|", page, re.MULTILINE))

    assert {layer: set(re.findall(r"`(\w+)`", cell)) for layer, cell in rows.items()} == {
        "foundation": FOUNDATION,
        "domain": DOMAIN,
        "rendering": RENDERING,
        "adapters": ADAPTERS,
        "delivery": DELIVERY,
        "edge": EDGE,
    }
