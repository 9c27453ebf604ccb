"""What does a report of a bug need? Versions, the machine and the trace, with nothing in them that is private."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

# What shapes an answer of ours; one that is not installed is left out.
PACKAGES = (
    *("click", "GitPython", "Jinja2", "msgspec", "ruamel.yaml", "numpy", "scipy", "pyarrow"),
    *("dvc", "gto", "lightgbm", "scikit-learn"),
)
_SECRET = re.compile(r"TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|_KEY$|^KEY|AUTH", re.IGNORECASE)
_SHORTEST = 6  # a shorter value, such as "1", stands in other words too
_SHAPES = (
    re.compile(r"(?<=://)[^/\s@'\"]+(?=@)"),  # a login in a URL
    re.compile(r"\b(?:gh[a-z]_|github_pat_|glpat-|xox[a-z]-|hf_|sk-)[\w-]{10,}"),
    re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"),  # a JSON web token
    re.compile(r"(?i)(?<=bearer )\S+|(?<=basic )[\w+/=]{8,}"),
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
)


def bug_report(error: BaseException, *, arguments: Iterable[str], environ: Mapping[str, str]) -> str:
    """The report of an error that nobody foresaw, as Markdown that can be pasted into an issue."""
    import platform
    import shlex
    import traceback

    from ci_ml import VERSION

    trace = "".join(traceback.format_exception(error)).rstrip()
    lines = [
        f"ci-ml {VERSION}, Python {platform.python_version()}, {_git()}",
        platform.platform(),
        ", ".join(_packages()),
        f"$ ci-ml {shlex.join(arguments)}",
        trace,
    ]
    text = masked("\n".join(lines), environ=environ, home=Path.home())
    return f"```text\n{text}\n```"


def masked(text: str, *, environ: Mapping[str, str], home: Path) -> str:
    """A text without the home folder and without what looks like a token or a password.

    Args:
        environ: values of variables that are called as secrets are called do not appear.
    """
    secrets = {value.strip() for name, value in environ.items() if _SECRET.search(name)}
    for secret in sorted((s for s in secrets if len(s) >= _SHORTEST), key=len, reverse=True):
        text = text.replace(secret, "***")
    for shape in _SHAPES:
        text = shape.sub("***", text)
    return re.sub(rf"{re.escape(str(home))}(?=[/\\\s'\":,)]|$)", "~", text) if len(home.parts) > 1 else text


def _git() -> str:
    try:
        from ci_ml.git.questions import Git

        return Git(Path.cwd()).ask("version").strip()
    except Exception:  # the bug may be just there, and the report must not end with it
        return "no git"


def _packages() -> list[str]:
    from importlib import metadata

    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    return found
