"""tests/evidence.py: the page that `make prove` writes."""

import subprocess

SUITE = """
    def test_rare(evidence):
        evidence(claim="two equal models: called better", observed=0.0412, at_most=0.0603, runs=4000, seeds="1 to 4000")

    def test_other():
        pass
"""


def run(pytester, source, *options):
    for command in (["init", "--quiet"], ["commit", "--quiet", "--allow-empty", "--message", "x"]):
        subprocess.run(["git", *command], cwd=pytester.path, check=True)
    pytester.makepyfile(source)
    return pytester.runpytest("-p", "evidence", "-p", "no:cacheprovider", "--evidence", "page.md", *options)


def test_evidence__good_run__is_a_table_of_what_tests_handed_in(pytester):
    run(pytester, SUITE, "-n", "2").assert_outcomes(passed=2)

    page = (pytester.path / "page.md").read_text()
    assert page.startswith("# Evidence\n\nWritten by `make prove`")
    assert page.endswith("| two equal models: called better | 4.12% | 6.03% | 4,000 | 1 to 4000 |\n")


def test_evidence__failed_run__leaves_the_page_alone(pytester):
    (pytester.path / "page.md").write_text("from last time")

    run(pytester, SUITE + "\n    def test_bad():\n        assert False\n").assert_outcomes(passed=2, failed=1)

    assert (pytester.path / "page.md").read_text() == "from last time"
