"""Who may sign what? Read from the main branch as it is committed, for a working copy may say anything."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ci_ml.config import FILE_NAME, Config, Registry, read_config
from ci_ml.errors import ConfigError, MachineError
from ci_ml.git.default_branch import default_as_fetched, default_branch, default_of, remote_branches
from ci_ml.git.fetch import fetch
from ci_ml.git.questions import Git
from ci_ml.git.stale_locks import at_work
from ci_ml.registry.signing.policy import Policy
from ci_ml.registry.signing.signers import AllowedSigners, check_revoked, parse_signers
from ci_ml.repository.event_log.log import BRANCH


@dataclass(frozen=True)
class _Main:
    """The main branch, and the remote's default branch beside it, which is mostly the same.

    Attributes:
        branch: its name.
        stale: why what was fetched last has to do; empty where it is the newest.
    """

    branch: str
    tip: str | None
    default: str | None
    default_name: str
    stale: str = ""


def read_policy(git: Git, settings: Registry, *, offline: bool = False) -> Policy:
    """The rules of the main branch: of the remote's as it is now, else as it was fetched last, else of the one here.

    No reference moves and none is made, so nothing is left of a branch that the remote deletes or rewrites.

    Args:
        settings: of the working copy; they say which branch that is.
        offline: ask the remote nothing.

    Raises:
        MachineError: the branch is not here and cannot be fetched, or this clone lacks it although there seem to be
            rules.
        ConfigError: what the branch says is wrong, or it lacks a file that it names; or another branch counts.
    """
    if settings.branch == BRANCH:
        raise ConfigError(f"registry.branch is {BRANCH}, where the registry itself lies: its rules cannot stand there.")
    main = _main(git, settings, offline=offline)
    _refuse_own_branch(git, settings, main)
    branch, tip = main.branch, main.tip
    if tip is None:
        if settings.allowed_signers is None:
            return Policy(source=f"no branch {branch}", stale=main.stale)
        raise MachineError(
            f"who may sign cannot be told: this clone lacks the branch {branch}.",
            hint=f"git fetch {settings.remote} {branch}:refs/remotes/{settings.remote}/{branch}",
        )
    source = f"{branch} ({tip[:7]})"
    content = git.read(tip, FILE_NAME)
    if content is None or not re.search(rb"registry|\\[xuU]", content):
        return Policy(source=source, stale=main.stale)
    config = read_config(_text(content, f"{branch}:{FILE_NAME}"), name=f"{branch}:{FILE_NAME}")
    named = config.registry
    revoked = _file(git, tip, config, "revoked_keys", named.revoked_keys) if named.revoked_keys else None
    if revoked is not None:
        check_revoked(revoked, name=f"{branch}:{named.revoked_keys}")
    return Policy(
        source=source,
        signers=_signers(git, tip, config, named.allowed_signers) if named.allowed_signers else None,
        revoked=revoked,
        signed_since=datetime.fromisoformat(named.signed_since).replace(tzinfo=UTC) if named.signed_since else None,
        limits=limits_of(config),
        common=named.signers,
        stages={name: model.stages for name, model in config.models.items()},
        approvals=named.approvals,
        stale=main.stale,
    )


def _main(git: Git, settings: Registry, *, offline: bool) -> _Main:
    remote = settings.remote
    if not git.has_remote(remote):
        branch = default_branch(git, None, settings.branch).name
        return _Main(branch, git.find(f"refs/heads/{branch}"), None, "")
    reason = "the remote was not asked"
    if not offline:
        found = _ask(git, remote, settings.branch)
        if not found.stale:
            return found if found.tip else replace(found, tip=git.find(f"refs/heads/{found.branch}"))
        reason = found.stale
    noted = default_as_fetched(git, remote).name
    branch = settings.branch or noted
    seen, default = git.find(f"refs/remotes/{remote}/{branch}"), git.find(f"refs/remotes/{remote}/{noted}")
    if seen is None and not offline:
        raise MachineError(
            f"whose rules count cannot be told: {branch} of {remote} cannot be fetched ({reason}), and never was.",
            hint=f"git fetch {remote} {branch}:refs/remotes/{remote}/{branch}",
        )
    return _Main(branch, seen or git.find(f"refs/heads/{branch}"), default, noted if default else "", stale=reason)


def _ask(git: Git, remote: str, configured: str | None) -> _Main:
    """The newest of a remote, fetched if it is not here yet; stale and empty where it cannot be had."""
    listed = remote_branches(git, remote)
    if listed.failed:
        return _Main("", None, None, "", stale=listed.failed)
    default = default_of(git, remote, listed).name
    branch = configured or default
    wanted = {name: listed.heads[name] for name in (branch, default) if name in listed.heads}
    absent = [f"refs/heads/{name}" for name, commit in wanted.items() if git.find(commit) is None]
    if absent:
        reason = _fetch(git, remote, absent, known=git.find(f"refs/remotes/{remote}/{branch}") is not None)
        if reason or any(git.find(commit) is None for commit in wanted.values()):
            return _Main("", None, None, "", stale=reason or f"{branch} moved at this moment")
    return _Main(branch, wanted.get(branch), wanted.get(default), default)


def _fetch(git: Git, remote: str, names: Sequence[str], *, known: bool) -> str | None:
    """Fetch references and keep none.

    Args:
        known: an earlier state is here. Otherwise the newest commit is enough in a shallow clone; where history is
            there to go on from, that would cut it off.
    """
    fixed = ("--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-gc", "--refmap=")
    options = [*fixed, *(["--depth=1"] if git.is_shallow() and not known else [])]
    with at_work(git, remote, BRANCH):
        return fetch(git, remote, names, options=options)


def _refuse_own_branch(git: Git, settings: Registry, main: _Main) -> None:
    """Rules that a branch makes for itself count nowhere if the remote's default branch has some and names another."""
    content = git.read(main.default, FILE_NAME) if main.default and main.default != main.tip else None
    if content is None or not re.search(rb"registry|\\[xuU]", content):
        return
    name = f"{settings.remote}/{main.default_name}:{FILE_NAME}"
    named = read_config(_text(content, name), name=name).registry
    counts = named.branch or main.default_name
    if counts != main.branch and (named.allowed_signers or named.approvals):
        raise ConfigError(
            f"whose rules count is in doubt: {FILE_NAME} names branch {main.branch}, {name} {counts}.",
            hint=f"Work from a commit that {counts} has; another registry.branch counts once it is there.",
        )


def limits_of(config: Config) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Model -> stage -> who may act on it, where anything is said of that."""
    common = config.registry.signers
    return {
        name: {stage: names for stage, names in {**common, **model.signers}.items() if stage in model.stages}
        for name, model in config.models.items()
    }


def _signers(git: Git, tip: str, config: Config, path: str) -> AllowedSigners:
    name = f"{config.name.partition(':')[0]}:{path}"
    return parse_signers(_text(_file(git, tip, config, "allowed_signers", path), name), name=name)


def _file(git: Git, tip: str, config: Config, key: str, path: str) -> bytes:
    content = git.read(tip, path)
    if content is None:
        raise ConfigError(
            f"{config.locate('registry', key)}: registry.{key} names {path}, which is not on that branch.",
            hint=f"git add {path}, and bring it to the branch together with ci-ml.yaml.",
        )
    return content


def _text(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(f"{name} is not text in UTF-8.") from None
