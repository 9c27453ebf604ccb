"""Which file is the model? Guessed from names, and from what a training script says that it writes."""

import re
from collections.abc import Collection, Iterable
from pathlib import PurePosixPath

from ci_ml.repository.trees import WorkingTree, read

# Only models end so; the other endings count where the name speaks of a model.
_ENDINGS = (
    *(".pkl", ".pickle", ".joblib", ".skops", ".onnx", ".pt", ".pth", ".safetensors", ".h5", ".keras"),
    *(".lgb", ".bst", ".xgb", ".ubj", ".cbm", ".mdl", ".model"),
)
_SHARED_ENDINGS = (".txt", ".json", ".bin")
_NO_MODEL = re.compile(r"metric|param|config|requirement|vectori[sz]er|scaler|encoder|readme|licen[cs]e", re.IGNORECASE)
_LONGEST = 200_000  # characters of a script that are looked at
_TEXT = re.compile(r"""(?<![\w\\])(["'])([\w./-]{3,120}\.\w{2,12})\1""")


def model_file(paths: Iterable[str], *, but: Collection[str]) -> str | None:
    """The first path that looks like a model's."""
    return next((path for path in paths if path not in but and _is_model(path)), None)


def written_files(tree: WorkingTree, script: str) -> list[str]:
    """The files that a script names in its text and that could be its outputs: paths inside the repository."""
    content = (read(tree, script) or b"")[:_LONGEST].decode("utf-8", "replace")
    named = dict.fromkeys(match[2].removeprefix("./") for match in _TEXT.finditer(content))
    return [path for path in named if not path.startswith(("/", "..")) and path not in tree.tracked]


def _is_model(path: str) -> bool:
    place = PurePosixPath(path)
    if _NO_MODEL.search(place.name):
        return False
    speaks_of_one = "model" in place.stem.lower() or "models" in place.parts[:-1] or "model" in place.parts[:-1]
    return path.endswith(_ENDINGS) or (path.endswith(_SHARED_ENDINGS) and speaks_of_one)
