"""What the long campaigns found, on one page: `make prove` writes docs/evidence.md from what tests hand in."""

import platform
import subprocess
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import pytest

_KEY = "evidence"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One claim that was put to the test by counting.

    Attributes:
        claim: what should be rare or never happen, in words.
        observed, at_most: how often it did happen, and how often it is promised to, as shares of the runs.
        runs: how many worlds, attacks or crashes were played.
        seeds: which ones, so that they can be played again.
    """

    claim: str
    observed: float
    at_most: float
    runs: int
    seeds: str


@pytest.fixture
def evidence(record_property):
    """Hand in a finding: `evidence(claim=…, observed=…, at_most=…, runs=…, seeds=…)`."""
    return lambda **facts: record_property(_KEY, asdict(Finding(**facts)))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--evidence", metavar="FILE", type=Path, help="Write what the campaigns found to this page.")


def pytest_configure(config: pytest.Config) -> None:
    # Workers hand their reports to the process that started them; only that one writes.
    path = config.getoption("--evidence")
    if path is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Collector(path), "evidence-collector")


class _Collector:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.findings: list[Finding] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            self.findings += [Finding(**facts) for key, facts in report.user_properties if key == _KEY]

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        # A failed campaign proves nothing: the page of the last good one stays.
        if exitstatus == pytest.ExitCode.OK:
            self.path.write_text(_page(self.findings), encoding="utf-8")


def _page(findings: list[Finding]) -> str:
    commit = subprocess.run(["git", "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    changed = subprocess.run(["git", "status", "--porcelain"], check=True, capture_output=True, text=True).stdout
    versions = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "pyarrow"))
    lines = [
        "# Evidence",
        "",
        "Written by `make prove`: the suite's simulations at their full counts. Do not edit.",
        "A count may exceed a promise by chance; more than three standard deviations of that fail the run.",
        "",
        f"Commit `{commit}`{' with changes' if changed.strip() else ''}, Python {platform.python_version()}, {versions}.",
        "",
        "| what should be rare | observed | promised at most | runs | seeds |",
        "| :-- | --: | --: | --: | :-- |",
        *(
            f"| {f.claim} | {f.observed:.2%} | {f.at_most:.2%} | {f.runs:,} | {f.seeds} |"
            for f in sorted(findings, key=lambda f: f.claim)
        ),
    ]
    return "\n".join(lines) + "\n"
