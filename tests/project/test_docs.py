"""The documents name what there is, lead where they point, and show what really happens."""

import dataclasses
import fnmatch
import re
import shlex

import click
import pytest
from source_code import ROOT
from workbench import BETTER, CONFIG, add_model, set_weights

from ci_ml import errors
from ci_ml.config import card, shape
from ci_ml.config.keys import keys_of
from ci_ml.rules.table import RULES
from ci_ml.vocabulary import METRICS
from tools import write_docs

PAGES = {path.relative_to(ROOT).as_posix(): path for path in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"))}
TEXT = {name: path.read_text(encoding="utf-8") for name, path in PAGES.items()}
COMMANDS = dict(write_docs.commands())


def headings(page: str) -> set[str]:
    """The anchors that GitHub gives to a page's headings."""
    words = re.findall(
        r"^#+ (.+)$", re.sub(r"^```.*?^```", "", TEXT[page], flags=re.MULTILINE | re.DOTALL), re.MULTILINE
    )
    return {re.sub(r"[^\w\- ]", "", word.replace("`", "").lower()).replace(" ", "-") for word in words}


def table(page: str, columns: int) -> list[tuple[str, ...]]:
    """The rows of all tables of a page that have so many columns."""
    lines = [line for line in TEXT[page].splitlines() if line.startswith("|")]
    rows = [tuple(cell.strip() for cell in re.split(r"(?<!\\)\|", line[1:-1])) for line in lines]
    return [row for row in rows if len(row) == columns]


# What there is has its place -------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", write_docs.PAGES)
def test_page__parts_that_follow_from_the_code__are_current(page):
    assert write_docs.refresh(TEXT[page]) == TEXT[page], "run: make docs"


def test_configuration__every_key__is_in_its_table():
    kinds = [k for k in vars(shape).values() if dataclasses.is_dataclass(k) and k.__module__ == shape.__name__]

    tables = set(re.findall(r"<!-- from the code: keys (\w+) -->", TEXT["docs/configuration.md"]))
    assert tables == {kind.__name__ for kind in kinds}
    for kind in kinds:
        for key in keys_of(kind):
            assert f"\n| `{key.name}` |" in TEXT["docs/configuration.md"]


def test_model_card__every_key__is_in_its_table_and_the_example_says_all_that_is_asked_for():
    text = TEXT["docs/model-card.md"]
    example = re.search(r"```yaml\n(# card\.yaml\n.*?)```", text, re.DOTALL)

    assert all(f"\n| `{key}` |" in text for key in card.meanings())
    assert card.missing(card.read_card(example[1], name="card.yaml")) == ()
    assert f"{card.MOST:,} characters" in text


def test_configuration__every_metric__is_in_the_table():
    assert {name for name in METRICS if f"\n| `{name}` |" in TEXT["docs/configuration.md"]} == set(METRICS)


def test_gates__every_hypothesis__has_its_section():
    # The terminal points readers there.
    assert set(RULES) <= headings("docs/gates.md")


def test_errors__every_class_and_code__is_in_the_table():
    classes = {
        (str(kind.exit_code), f"`{kind.__name__}`")
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.CiMlError) and kind is not errors.CiMlError
    }
    answers = {(str(code), "") for code in (errors.OK, errors.BUG, errors.GATE_FAILED, errors.UNDECIDED)}
    ends_of_others = {("130", ""), ("141", "")}

    rows = {(code, name) for code, _, name in table("docs/errors.md", 3) if code.isdigit()}
    assert rows == classes | answers | ends_of_others


def test_errors__codes__are_unique():
    codes = [kind.exit_code for kind in errors.CiMlError.__subclasses__()]

    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("words", [name for name, command in COMMANDS.items() if not isinstance(command, click.Group)])
def test_help__every_command__teaches_with_an_example_that_parses(words):
    command = COMMANDS[words]
    text = click.Context(command, info_name=f"ci-ml {words}").command.help or ""

    _, found, examples = text.partition("Example")
    assert found
    lines = [line.strip() for line in examples.splitlines()[1:] if line.strip()]
    assert lines
    assert all(line.startswith(f"ci-ml {words}") for line in lines)
    for line in lines:
        arguments = shlex.split(line)[1 + len(words.split()) :]
        command.make_context("ci-ml", arguments, resilient_parsing=True)


@pytest.mark.parametrize("words", COMMANDS)
def test_help__every_option__says_what_it_does(words):
    options = [parameter for parameter in COMMANDS[words].params if isinstance(parameter, click.Option)]

    assert [option.name for option in options if not option.help] == []


def test_help__every_page__fits_into_80_columns():
    blocks = re.findall(r"^```text\n(.*?)^```", TEXT["docs/commands.md"], re.MULTILINE | re.DOTALL)

    assert len(blocks) == len([c for c in COMMANDS.values() if not isinstance(c, click.Group)])
    assert [line for block in blocks for line in block.splitlines() if len(line) > 80] == []


# Nothing leads nowhere -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_page__links__lead_somewhere(page):
    prose = re.sub(r"^```.*?^```", "", TEXT[page], flags=re.MULTILINE | re.DOTALL)
    lost = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        path = (PAGES[page].parent / name).resolve() if name else PAGES[page]
        known = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else ""
        if not path.exists() or (anchor and anchor not in headings(known)):
            lost.append(target)

    assert lost == []


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_page__paths_it_names__exist(page):
    named = re.findall(r"`((?:[\w.-]+/)+[\w.*-]*|[\w.-]+\.(?:md|toml))`", TEXT[page])
    of_users = {".ci-ml/", "ci-ml.yaml"}

    missing = [
        name
        for name in set(named) - of_users
        if not (ROOT / name).exists() and not (ROOT / "ci_ml" / name).exists() and not list(ROOT.glob(name))
    ]
    assert missing == []


def test_architecture__every_question__leads_to_a_file():
    section = TEXT["docs/architecture.md"].split("\n## ")[1]
    rows = re.findall(r"^\| ([^|]+\?) \| ([^|]+) \|$", section, re.MULTILINE)

    assert section.startswith("From the question to the file\n")
    assert len(rows) >= 20
    assert [question for question, where in rows if not re.search(r"`ci_ml/[\w/]+\.py`", where)] == []


def test_make__targets_that_pages_name__exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    named = {word for text in TEXT.values() for word in re.findall(r"(?:`|\$ )make ([a-z]+)", text)}
    assert named <= targets
    assert {"demo", "test", "prove", "lint", "types", "schema", "docs", "clean"} <= targets


# What is shown is what happens -----------------------------------------------------------------------------------


def examples() -> list[tuple[str, str]]:
    """Console blocks marked `<!-- run -->`, page by page; the blocks of one page run one after another."""
    marked = re.compile(r"<!-- run -->\n+```console\n(.*?)```", re.DOTALL)
    return [(page, "".join(marked.findall(text))) for page, text in TEXT.items() if marked.search(text)]


def steps(block: str) -> list[tuple[str, str]]:
    """(what is typed, what is expected) in their order; in what is expected `…` stands for anything."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def test_tour__configuration__is_the_one_that_its_commands_run_with():
    assert f"\n```yaml\n{CONFIG}```\n" in TEXT["docs/tour.md"]


@pytest.mark.parametrize(("page", "block"), examples(), ids=[page for page, _ in examples()])
def test_page__marked_examples__show_what_happens(page, block, remote_bench):
    add_model(remote_bench)
    remote_bench.commit("Start")
    for typed, expected in steps(block):
        command, _, comment = typed.partition("#")
        match shlex.split(command):
            case ["ci-ml", *arguments]:
                said = remote_bench.ci_ml(*arguments).out
            case ["git", *arguments]:
                said = remote_bench.git(*arguments)
            case ["$EDITOR", "params.json"]:
                said = set_weights(remote_bench, BETTER) or ""
            case other:
                raise AssertionError(f"{page}: cannot run {other}")
        shown = "\n".join(line.rstrip() for line in said.strip().splitlines())
        pattern = expected.strip().replace("[", "[[]").replace("…", "*")
        assert fnmatch.fnmatchcase(shown, pattern), f"{page}: {typed}{comment}\n{shown}"
