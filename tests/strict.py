"""Under CI_ML_STRICT=1 a skipped test fails: where everything is provided, a skip is a hole in the proof.

Tests marked `gpu` may be skipped even then.
"""

import os

import pytest


def _strict() -> bool:
    return os.environ.get("CI_ML_STRICT") == "1"


def _fail(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    report.outcome = "failed"
    report.longrepr = f"CI_ML_STRICT=1 allows no skip, and this was one. {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and _strict() and not item.get_closest_marker("gpu"):
        _fail(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector):
    report = yield
    if report.skipped and _strict():
        _fail(report)
    return report
