"""Which environment do git, and the programs we start, run in? One that ties them to no other repository."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

# What git sets for its hooks and aliases, and so for a command of ours that one of them starts: where another
# repository, its index or its objects are. `git rev-parse --local-env-vars` lists them; the last two are newer.
# That list also has GIT_CONFIG_PARAMETERS and GIT_CONFIG_COUNT. They carry settings (a token, safe.directory), no
# place, and stay, as git itself keeps them when it goes from one repository into another.
OF_ONE_REPOSITORY = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_CONFIG",
        "GIT_DIR",
        "GIT_GRAFT_FILE",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_INTERNAL_SUPER_PREFIX",
        "GIT_NO_REPLACE_OBJECTS",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_REPLACE_REF_BASE",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
        "GIT_ATTR_SOURCE",
        "GIT_REFERENCE_BACKEND",
    }
)

# Answers are parsed, so git must speak English and never stop to ask for a password. What an id names is what counts:
# replacement references (which a fetch may bring) and grafts would show something else under the same id.
_OURS = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": f"{os.devnull}/none",  # a file that is there would make git advise on every call
}


def of_no_repository(variables: Mapping[str, str]) -> dict[str, str]:
    """Variables without those that tie git to one repository: for the user's own commands, which may call git."""
    return {name: value for name, value in variables.items() if name not in OF_ONE_REPOSITORY}


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for a git process of ours."""
    return {**of_no_repository(os.environ), **_OURS, **(extra or {})}


@contextmanager
def untied() -> Iterator[None]:
    """The same for libraries, which read the environment of this process: GitPython, and DVC."""
    held = {name: os.environ.pop(name) for name in OF_ONE_REPOSITORY if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(held)
