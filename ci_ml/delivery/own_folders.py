"""Where does what a command fetches go, if nobody says where? To a folder that git ignores, and no commit sweeps up."""

from pathlib import Path

from ci_ml.delivery.release_spec import NamedRelease
from ci_ml.repository.restoring.assembly import ignored_folder


def folder_for_model(root: Path, named: NamedRelease) -> Path:
    """A folder for the model file of a release; it is there afterwards."""
    return ignored_folder(root, "pulled", named.folder_name)


def folder_for_checkout(root: Path, named: NamedRelease) -> Path:
    """The folder that a release may be restored to; only those above it are there afterwards."""
    return ignored_folder(root, "checkouts") / named.folder_name
