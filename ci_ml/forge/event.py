"""What does the environment of a CI run say? Read once; nothing else of ci-ml knows the names of GitHub's variables."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from ci_ml.errors import MachineError

PREFIX = "GITHUB_"
_LARGEST_PAYLOAD = 25 << 20  # GitHub sends no event of more than 25 MB


@dataclass(frozen=True, kw_only=True)
class Event:
    """Why this process runs, as the CI tells it. Outside of CI every value is empty or None.

    On a pull request what is checked out is a test merge: `commit` is that merge, `head` and `base` are its sides. On a
    push, `head` is the commit that was pushed and `base` the one before. A `workflow_run` works on another run's head
    while `commit` and `ref` are the default branch's.

    Attributes:
        in_ci: whether this is a run of GitHub Actions, or of a host that speaks its language.
        name: such as pull_request, push, merge_group, workflow_run, workflow_dispatch, schedule.
        run_url: where the run can be looked at.
        repository: `owner/name`.
        ref: that the run is on, such as refs/heads/main or refs/pull/7/merge.
        head_repository: where the head's branch lies, None where that is gone or nobody says so.
        pull_request: its number. None on a workflow_run: what the host says of it there need not be true.
        is_fork: the head comes from another repository, so its code has no secrets and its files are claims.
        has_token: whether a token for the host's API is in the environment.
        summary: the file that takes the summary of the job, in Markdown.
        outputs: the file that takes the step's outputs.
    """

    in_ci: bool = False
    name: str = ""
    actor: str | None = None
    run_id: str | None = None
    run_url: str | None = None
    repository: str | None = None
    server_url: str | None = None
    api_url: str | None = None
    ref: str | None = None
    commit: str | None = None
    head: str | None = None
    head_branch: str | None = None
    head_repository: str | None = None
    base: str | None = None
    base_branch: str | None = None
    pull_request: int | None = None
    is_fork: bool = False
    has_token: bool = False
    summary: Path | None = None
    outputs: Path | None = None


class _Repository(msgspec.Struct):
    full_name: str


class _Side(msgspec.Struct):
    ref: str
    sha: str
    repo: _Repository | None = None


class _PullRequest(msgspec.Struct):
    number: int
    head: _Side
    base: _Side


class _MergeGroup(msgspec.Struct):
    head_sha: str
    head_ref: str
    base_sha: str
    base_ref: str


class _WorkflowRun(msgspec.Struct):
    head_sha: str
    head_branch: str | None = None
    head_repository: _Repository | None = None


class _Payload(msgspec.Struct):
    """Of the event's own JSON, what we act on; there is far more."""

    pull_request: _PullRequest | None = None
    merge_group: _MergeGroup | None = None
    workflow_run: _WorkflowRun | None = None
    before: str | None = None


def read_event(environ: Mapping[str, str]) -> Event:
    """The event of this run, from its variables and from the file that they name.

    Raises:
        MachineError: that file cannot be read, is too large, or is not what GitHub sends.
    """

    def said(name: str) -> str | None:
        return environ.get(PREFIX + name) or None

    server, repository, run = said("SERVER_URL"), said("REPOSITORY"), said("RUN_ID")
    event = Event(
        in_ci=said("ACTIONS") == "true",
        name=said("EVENT_NAME") or "",
        actor=said("ACTOR"),
        run_id=run,
        run_url=f"{server}/{repository}/actions/runs/{run}" if server and repository and run else None,
        repository=repository,
        server_url=server,
        api_url=said("API_URL"),
        ref=said("REF"),
        commit=said("SHA"),
        head_branch=said("HEAD_REF"),
        base_branch=said("BASE_REF"),
        pull_request=_number(said("REF") or ""),
        has_token=bool(said("TOKEN") or environ.get("GH_TOKEN")),
        summary=_path(said("STEP_SUMMARY")),
        outputs=_path(said("OUTPUT")),
    )
    path = _path(said("EVENT_PATH"))
    return event if path is None else _with_payload(event, _read(path))


def _with_payload(event: Event, payload: _Payload) -> Event:
    known: dict[str, object] = {}
    if (request := payload.pull_request) is not None:
        known = {
            "pull_request": request.number,
            "head": request.head.sha,
            "head_branch": request.head.ref,
            "base": request.base.sha,
            "base_branch": request.base.ref,
            **_origin(event, request.head.repo),
        }
    elif (group := payload.merge_group) is not None:
        known = {
            "head": group.head_sha,
            "head_branch": _branch(group.head_ref),
            "base": group.base_sha,
            "base_branch": _branch(group.base_ref),
        }
    elif (run := payload.workflow_run) is not None:
        known = {"head": run.head_sha, "head_branch": run.head_branch, **_origin(event, run.head_repository)}
    elif event.name == "push":
        known = {
            "head": event.commit,
            "head_branch": _branch(event.ref or ""),
            "base": payload.before if (payload.before or "").strip("0") else None,  # zeros: the branch is new,
        }
    return replace(event, **known)  # type: ignore[arg-type]


def _origin(event: Event, repository: _Repository | None) -> dict[str, object]:
    """A fork that was deleted since has no repository any more, and was one."""
    name = repository.full_name if repository else None
    return {"head_repository": name, "is_fork": name != event.repository}


def _read(path: Path) -> _Payload:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_PAYLOAD + 1)
    except OSError as error:
        raise _wrong(path, f"cannot be read: {error.strerror}") from None
    if len(content) > _LARGEST_PAYLOAD:
        raise _wrong(path, f"has more than {_LARGEST_PAYLOAD >> 20} MB")
    try:
        return msgspec.json.decode(content, type=_Payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _wrong(path, f"is not an event as GitHub sends it: {error}") from None


def _wrong(path: Path, what: str) -> MachineError:
    return MachineError(
        f"{path}, which {PREFIX}EVENT_PATH names, {what}.",
        hint=f"In a container of your own, mount that file too, or unset {PREFIX}EVENT_PATH.",
    )


def _number(ref: str) -> int | None:
    parts = ref.split("/")
    return int(parts[2]) if parts[:2] == ["refs", "pull"] and len(parts) > 2 and parts[2].isdecimal() else None


def _branch(ref: str) -> str | None:
    kind, _, name = ref.partition("refs/heads/")
    return name if name and not kind else None


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None
