"""tests/strict.py: what a skip means where everything is provided."""

import pytest

SKIPS = """
    import pytest

    @pytest.mark.skip(reason="no Chromium here")
    def test_marked():
        pass

    def test_decided_while_running():
        pytest.skip("no ssh-keygen here")

    @pytest.mark.gpu
    def test_on_a_gpu():
        pytest.skip("no GPU here")

    @pytest.mark.xfail(strict=True)
    def test_known_to_fail():
        raise AssertionError

    def test_fine():
        pass
"""


@pytest.fixture
def run(pytester, monkeypatch):
    def run(source: str, *, strict: bool):
        monkeypatch.setenv("CI_ML_STRICT", "1" if strict else "")
        pytester.makeini("[pytest]\nmarkers = gpu: needs one")
        pytester.makepyfile(source)
        return pytester.runpytest("-p", "strict", "-p", "no:cacheprovider")

    return run


def test_strict__skips__fail_with_their_reason_but_for_gpu_tests(run):
    result = run(SKIPS, strict=True)

    result.assert_outcomes(passed=1, failed=1, errors=1, skipped=1, xfailed=1)
    result.stdout.fnmatch_lines(["*CI_ML_STRICT=1 allows no skip, and this was one. Skipped: no ssh-keygen here"])


def test_strict__not_asked_for__leaves_skips_alone(run):
    run(SKIPS, strict=False).assert_outcomes(passed=1, skipped=3, xfailed=1)


def test_strict__module_that_skips_itself__fails(run):
    result = run('import pytest\npytest.importorskip("no_such_module")', strict=True)

    result.assert_outcomes(errors=1)
