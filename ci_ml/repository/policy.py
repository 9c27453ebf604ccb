"""Who may sign what? Read from the main branch as it is committed, for a working copy may say anything."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from ci_ml.config import FILE_NAME, Config, Registry, read_config
from ci_ml.errors import ConfigError, MachineError
from ci_ml.registry.signing.policy import Policy
from ci_ml.registry.signing.signers import AllowedSigners, check_revoked, parse_signers
from ci_ml.repository.fetching import fetch
from ci_ml.repository.git import Git


def read_policy(git: Git, settings: Registry) -> Policy:
    """The rules of the main branch: as it was last fetched, else as it is here.

    Args:
        settings: of the working copy; they say which branch that is.

    Raises:
        MachineError: this clone lacks the branch, although there seem to be rules.
        ConfigError: what the branch says is wrong, or it lacks a file that it names; or another branch counts.
    """
    branch = settings.branch
    if branch != Registry().branch:
        _refuse_own_branch(git, settings)
    tip = git.find(f"refs/remotes/{settings.remote}/{branch}") or git.find(f"refs/heads/{branch}")
    if tip is None:
        if settings.allowed_signers is None:
            return Policy(source=f"no branch {branch}")
        raise MachineError(
            f"who may sign cannot be told: this clone lacks the branch {branch}.",
            hint=f"git fetch {settings.remote} {branch}:refs/remotes/{settings.remote}/{branch}",
        )
    source = f"{branch} ({tip[:7]})"
    content = git.read(tip, FILE_NAME)
    if content is None or not re.search(rb"registry|\\[xuU]", content):
        return Policy(source=source)
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
    )


def fetch_rules(git: Git, settings: Registry) -> str | None:
    """Bring the remote's main branch here, so that no rule is passed over because this clone is behind.

    Returns:
        Why what was fetched last must do; None where it is the newest, or where the remote has no such branch.
    """
    if not git.has_remote(settings.remote):
        return None
    reasons = []
    for branch in dict.fromkeys((settings.branch, Registry().branch)):
        seen = f"refs/remotes/{settings.remote}/{branch}"
        # Enough to read its files. Where it is there already, git knows what to add, in a shallow clone too.
        options = ["--depth=1"] if git.find(seen) is None and git.is_shallow() else []
        fixed = ("--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-gc", "--refmap=")
        reason = fetch(git, settings.remote, [f"+refs/heads/{branch}:{seen}"], options=[*fixed, *options])
        if reason and "find remote ref" not in reason:
            reasons.append(f"{branch} of {settings.remote} cannot be fetched: {reason}.")
    return f"{reasons[0]} Its rules count as they were fetched last." if reasons else None


def _refuse_own_branch(git: Git, settings: Registry) -> None:
    """Rules that a branch makes for itself do not count where the remote's main branch has rules and names another."""
    for main in (Registry().branch, "HEAD"):
        tip = git.find(f"refs/remotes/{settings.remote}/{main}")
        content = git.read(tip, FILE_NAME) if tip else None
        if content is None or not re.search(rb"registry|\\[xuU]", content):
            continue
        name = f"{settings.remote}/{main}:{FILE_NAME}"
        named = read_config(_text(content, name), name=name).registry
        if named.branch != settings.branch and (named.allowed_signers or named.approvals):
            raise ConfigError(
                f"whose rules count is in doubt: {FILE_NAME} names branch {settings.branch}, {name} {named.branch}.",
                hint=f"Work from a commit that {named.branch} has; another registry.branch counts once it is there.",
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
