"""The wheel, installed away from the checkout, is whole: commands, templates, schema, the demo's files."""

import json
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from source_code import PACKAGE, ROOT

from ci_ml import VERSION

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

# Runs in the installed package: renders everything there is to render and says which templates that took.
RENDER = """
import json, sys
import jinja2
import ci_ml
from ci_ml import assets

used = set()
read_text, get_source = assets.read_text, jinja2.FileSystemLoader.get_source

def note_asset(*parts):
    used.add(parts[-1])
    return read_text(*parts)

def note_template(self, environment, template):
    used.add(template)
    return get_source(self, environment, template)

assets.read_text, jinja2.FileSystemLoader.get_source = note_asset, note_template

import makers, registry_makers
from ci_ml.registry.history import History
from ci_ml.registry.provenance import Provenance
from ci_ml.registry.summary import summarise
from ci_ml.reports import registry_pages, render
from ci_ml.reports.build import build_report
from ci_ml.reports.model_card import Written, render_card

for judgement in (makers.failing(), makers.first(), makers.regression()):
    report = build_report(judgement)
    render.render_markdown(report), render.render_html(report), render.render_json(judgement, report)
    render_card(registry_makers.facts(1), judgement, Provenance(), Written())
history = registry_makers.grow(History(model="m"), registry_makers.registered(1, "v1.0.0"))
registry_pages.render_pages({"m": summarise(reversed(history.events))}, {"m": history}, lambda _: None)
print(json.dumps({"package": ci_ml.__file__, "used": sorted(used)}))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """A folder that holds the wheel's content, and nothing of the checkout."""
    folder = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*pip, "--target", str(folder), str(wheel)], check=True, capture_output=True)
    return folder


@pytest.fixture
def run(installed, tmp_path):
    """Run Python with the installed package first, in a folder that has nothing to do with the checkout."""

    def run(*arguments: str, also: Path | None = None) -> str:
        path = os.pathsep.join(str(folder) for folder in (installed, also) if folder)
        done = subprocess.run(
            [sys.executable, "-P", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_wheel__commands__answer_away_from_the_checkout(run, installed):
    assert run("-c", "import ci_ml; print(ci_ml.__file__)").strip() == str(installed / "ci_ml" / "__init__.py")
    assert run("-m", "ci_ml", "--help").startswith("Usage: ci-ml [OPTIONS] COMMAND [ARGS]...")
    assert run("-m", "ci_ml", "--version") == f"ci-ml {PROJECT['project']['version']}\n"


def test_wheel__every_template__is_inside_and_renders(run, installed):
    answer = json.loads(run("-c", RENDER, also=ROOT / "tests"))

    assert Path(answer["package"]).is_relative_to(installed)
    assert answer["used"] == sorted(path.name for path in (ROOT / "templates").iterdir())


def test_wheel__schemas__are_where_the_docs_say(run):
    root = run("-c", "from ci_ml import assets; print(assets.root())").strip()

    for name in ("ci-ml.schema.json", "report.schema.json"):
        assert Path(root, "schema", name).read_bytes() == (ROOT / "schema" / name).read_bytes()


def test_wheel__files__are_the_package_its_assets_and_nothing_else(wheel):
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "ci_ml", "templates", "schema"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.split("\0")  # fmt: skip
    present = [path for path in tracked if path and (ROOT / path).is_file()]
    expected = {path if path.startswith("ci_ml/") else f"ci_ml/_assets/{path}" for path in present}

    names = set(zipfile.ZipFile(wheel).namelist())

    assert {name for name in names if ".dist-info/" not in name} == expected
    assert any(name.startswith("ci_ml/demo/project/") for name in names)
    assert "ci_ml/py.typed" in names


def test_wheel__metadata__names_licence_version_and_command(wheel):
    name = f"ci_ml-{PROJECT['project']['version']}.dist-info"
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(f"{name}/METADATA").decode()
        entry_points = archive.read(f"{name}/entry_points.txt").decode()

        assert archive.read(f"{name}/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
    assert "\nLicense-Expression: Apache-2.0\n" in metadata
    assert "\nRequires-Python: >=3.11\n" in metadata
    assert entry_points == "[console_scripts]\nci-ml = ci_ml.cli.main:main\n"


def test_project__dependencies_of_the_base__are_at_most_five():
    # Each one is installed by every deployer; benchmarks/install_size.py counts what they bring.
    assert len(PROJECT["project"]["dependencies"]) <= 5


def test_project__version__is_static_and_leads_the_changelog():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert "dynamic" not in PROJECT["project"]
    assert f"\n## [{PROJECT['project']['version']}]" in changelog


def test_checkout__package__is_the_one_under_test():
    import ci_ml

    assert Path(ci_ml.__file__).parent == PACKAGE


def test_version__in_the_code__is_the_one_of_the_package():
    assert PROJECT["project"]["version"] == VERSION
