"""The forge without a host: everything that is published is a file that a person can open."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ci_ml.files import write_bytes
from ci_ml.forge.base import (
    Annotation,
    Change,
    Check,
    Comment,
    Deployment,
    Issue,
    Published,
    PullRequest,
    ReportPage,
)
from ci_ml.hashing import sha256_hex

_LONGEST = 150


@dataclass(frozen=True)
class LocalForge:
    """Files under `folder`, a path from the `root` of the repository."""

    root: Path
    folder: str

    def publish_comment(self, comment: Comment) -> Published:
        return self._write(self._of(comment.change, "comment", comment.models, "md"), comment.body.encode())

    def find_comment(self, change: Change, models: tuple[str, ...]) -> str | None:
        path = self.root / self._of(change, "comment", models, "md")
        return path.read_bytes().decode() if path.is_file() else None

    def publish_report(self, page: ReportPage) -> Published:
        return self._write(self._of(page.change, "report", page.models, "html"), page.html.encode())

    def publish_check(self, check: Check) -> Published:
        """As JSON, with the keys of GitHub's check runs."""
        output: dict[str, Any] = {"title": check.title, "summary": check.summary}
        if check.annotations:
            output["annotations"] = [_annotation(annotation) for annotation in check.annotations]
        content = {
            "name": check.name,
            "head_sha": check.commit,
            "status": "completed",
            "conclusion": check.conclusion,
            "output": output,
        }
        return self._write(self._of(check.change, "check", check.models, "json"), _json(content))

    def publish_deployment(self, deployment: Deployment) -> Published:
        """As JSON, with the keys of GitHub's deployments; numbered, for every one is kept."""
        payload = {
            "model": deployment.model,
            "version": deployment.version,
            "registry": deployment.registry_head,
            **({"pins": deployment.pins} if deployment.pins else {}),
        }
        content = {
            "ref": deployment.commit,
            "environment": deployment.stage,
            "task": deployment.task,
            "payload": payload,
            "state": deployment.state,
            "created_at": deployment.at.isoformat(timespec="seconds"),
        }
        folder = f"{self.folder}/deployments"
        number = len(list((self.root / folder).glob("*.json"))) + 1
        name = f"{number:04}-{_name(deployment.model)}-{_name(deployment.stage)}.json"
        return self._write(f"{folder}/{name}", _json(content))

    def publish_issue(self, issue: Issue) -> Published:
        labels = f"Labels: {', '.join(issue.labels)}\n\n" if issue.labels else ""
        return self._write(
            f"{self.folder}/issues/{_name(issue.key)}.md", f"# {issue.title}\n\n{labels}{issue.body}".encode()
        )

    def publish_pull_request(self, request: PullRequest) -> Published:
        content = f"# {request.title}\n\n{request.branch} into {request.base}\n\n{request.body}"
        return self._write(f"{self.folder}/pull-requests/{_name(request.branch)}.md", content.encode())

    def _of(self, change: Change, what: str, models: tuple[str, ...], ending: str) -> str:
        names = _name(",".join(sorted(models)))
        return f"{self.folder}/changes/{_name(change.branch)}/{what}-{names}.{ending}"

    def _write(self, path: str, content: bytes) -> Published:
        write_bytes(self.root / path, content)
        # What belongs to a change lies beside its comment, so that a bare name leads there.
        return Published(where=path, link=quote(path.rpartition("/")[2]))


def _annotation(annotation: Annotation) -> dict[str, Any]:
    return {
        "path": annotation.path,
        "start_line": annotation.line,
        "end_line": annotation.line,
        "annotation_level": annotation.level,
        "title": annotation.title,
        "message": annotation.message,
    }


def _name(text: str) -> str:
    """A file name for any text; what a file system would refuse as too long ends in a digest."""
    name = quote(text, safe="") if text.strip(".") else text.replace(".", "%2E")
    return name if len(name) <= _LONGEST else f"{name[:100]}-{sha256_hex(text.encode())[:12]}"


def _json(value: object) -> bytes:
    return json.dumps(value, indent=2, ensure_ascii=False).encode() + b"\n"
