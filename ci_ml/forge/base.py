"""What is published on the host of a repository: comments, reports, checks, deployments, issues and pull requests.

A forge finds what it published before and updates it, so that publishing twice leaves one of each. Only deployments
add up: there is one for every promotion and rollback.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

Conclusion = Literal["success", "failure", "neutral"]
Level = Literal["notice", "warning", "failure"]
DeploymentState = Literal["queued", "in_progress", "success", "failure", "error", "inactive"]


@dataclass(frozen=True, kw_only=True)
class Change:
    """What asks to come into the main branch.

    Attributes:
        branch: where it lies; without a host it stands for the pull request.
        pull_request: its number on the host.
        head: the commit that was looked at; a host's forge writes nothing where the change has moved on.
    """

    branch: str
    pull_request: int | None = None
    head: str | None = None


@dataclass(frozen=True, kw_only=True)
class Comment:
    """The one comment on a change about a set of models, replaced in place.

    Attributes:
        body: Markdown; its first line is the hidden marker by which the comment is found again.
    """

    change: Change
    models: tuple[str, ...]
    body: str

    @property
    def marker(self) -> str:
        return self.body.partition("\n")[0]


@dataclass(frozen=True, kw_only=True)
class ReportPage:
    """The full report on a change, one HTML file, to which the comment links."""

    change: Change
    models: tuple[str, ...]
    html: str


@dataclass(frozen=True, kw_only=True)
class Annotation:
    """A remark on a line of a file: such as the gate that failed, where ci-ml.yaml states it."""

    path: str
    line: int
    level: Level
    title: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Check:
    """The answer on the judged commit, the last one counts.

    Attributes:
        title: the answer in one line.
        summary: Markdown.
    """

    change: Change
    models: tuple[str, ...]
    commit: str | None
    conclusion: Conclusion
    title: str
    summary: str
    annotations: tuple[Annotation, ...] = ()

    @property
    def name(self) -> str:
        """As the host lists it."""
        return f"ci-ml / {', '.join(self.models)}"


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A version that is to run in a stage; whoever deploys it reports its further states to the host.

    Attributes:
        commit: that the version was made from.
        registry_head: the commit of the registry's branch that says so.
        pins: the digests of what is to run.
    """

    model: str
    stage: str
    version: str
    commit: str
    registry_head: str
    at: datetime
    task: Literal["promote", "rollback"] = "promote"
    state: DeploymentState = "queued"
    pins: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Issue:
    """Something that people should look at.

    Attributes:
        key: by which an open issue is found again, such as `drift of late-flight`.
        body: Markdown.
    """

    key: str
    title: str
    body: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PullRequest:
    """A branch that asks to be merged; one is open for a branch at a time.

    Attributes:
        branch: pushed already.
        body: Markdown.
    """

    branch: str
    base: str
    title: str
    body: str


@dataclass(frozen=True, kw_only=True)
class Published:
    """Where something can be looked at now.

    Attributes:
        where: for people: an address, or a path from the root of the repository.
        link: how the comment on the same change links to it.
        number: of an issue or a pull request.
    """

    where: str
    link: str
    number: int | None = None


class Forge(Protocol):
    """A host, or the folder that stands for one.

    Raises, all of them:
        ForgeError: the host refused, or is rate-limiting.
        DataError: the local folder cannot be written.
    """

    def publish_comment(self, comment: Comment) -> Published: ...

    def find_comment(self, change: Change, models: tuple[str, ...]) -> str | None:
        """The body of the comment that was published, if one was."""

    def publish_report(self, page: ReportPage) -> Published: ...

    def publish_check(self, check: Check) -> Published: ...

    def publish_deployment(self, deployment: Deployment) -> Published: ...

    def publish_issue(self, issue: Issue) -> Published: ...

    def publish_pull_request(self, request: PullRequest) -> Published: ...
