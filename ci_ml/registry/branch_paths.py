"""Where does each file of a model lie on the registry's branch?

A model's folder is named by `names.encode`; an event's by the thousands of its number: 1234 lies in 0001/00001234.json.
"""

MODELS = "models"
# The folder is the number's own beginning. Each as a pattern for `re`: a path, a folder's name, a file's name in it.
EVENT_PATTERN = r"models/([^/\0]+)/events/(\d{4})/0\2(\d{3})\.json"
GROUP_PATTERN = rb"\d{4}"
EVENT_FILE_PATTERN = rb"0(\d{4})\d{3}\.json"
PAGE_NAME = "README.md"


def model_folder(folder: str) -> str:
    """Where everything of a model lies."""
    return f"{MODELS}/{folder}"


def events_folder(folder: str) -> str:
    return f"{MODELS}/{folder}/events"


def event_path(folder: str, sequence: int) -> str:
    """
    >>> event_path("late-flight", 1234)
    'models/late-flight/events/0001/00001234.json'
    """
    return f"{events_folder(folder)}/{sequence // 1000:04d}/{sequence:08d}.json"


def signature_path(event_path: str) -> str:
    """Where an event's OpenSSH signature lies, if it has one: beside it."""
    return f"{event_path}.sig"


def evidence_folder(folder: str, version: str) -> str:
    """Where a version's evidence lies."""
    return f"{MODELS}/{folder}/versions/{version}"


def page_path(folder: str) -> str:
    """Where a model's page lies, for people."""
    return f"{MODELS}/{folder}/{PAGE_NAME}"
