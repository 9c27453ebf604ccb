"""Where does what a command fetches go, if nobody says where? To a folder that git ignores, and no commit sweeps up."""

from pathlib import Path

from ci_ml.delivery.release_spec import NamedRelease
from ci_ml.repository.records import FOLDER, keep_out_of_git

_PULLED, _CHECKED_OUT = "pulled", "checkouts"


def folder_for_model(root: Path, named: NamedRelease) -> Path:
    """A folder for the model file of a release; it is there afterwards."""
    folder = root / FOLDER / _PULLED / named.folder_name
    keep_out_of_git(root)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def folder_for_checkout(root: Path, named: NamedRelease) -> Path:
    """The folder that a release may be restored to; only those above it are there afterwards."""
    above = root / FOLDER / _CHECKED_OUT
    keep_out_of_git(root)
    above.mkdir(parents=True, exist_ok=True)
    return above / named.folder_name
