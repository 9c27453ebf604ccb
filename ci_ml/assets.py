"""Where the files that are not Python are: inside the wheel, or in the checkout itself."""

from pathlib import Path


def root() -> Path:
    """The folder that holds templates/ and schema/."""
    packaged = Path(__file__).parent / "_assets"
    return packaged if packaged.is_dir() else Path(__file__).parents[1]


def read_text(*parts: str) -> str:
    """The text of one asset, e.g. `read_text("templates", "report.html.j2")`."""
    return root().joinpath(*parts).read_text(encoding="utf-8")
