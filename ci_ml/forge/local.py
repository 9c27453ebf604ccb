"""The forge without a host: comments, checks and deployments as files that a person can open."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ci_ml.files import write_bytes

_LONGEST = 150


@dataclass(frozen=True)
class LocalForge:
    """Files under `folder`, which stands for one repository on a host."""

    folder: Path

    def publish_comment(self, *, change: str, model: str, body: str) -> Path:
        """The one comment about a model on a change (a branch stands for its pull request), replaced in place."""
        path = self._of(change) / f"comment-{_name(model)}.md"
        write_bytes(path, body.encode())
        return path

    def publish_report(self, *, change: str, model: str, page: str) -> Path:
        """The full report that the comment links to."""
        path = self._of(change) / f"report-{_name(model)}.html"
        write_bytes(path, page.encode())
        return path

    def publish_check(
        self, *, change: str, model: str, commit: str | None, conclusion: str, title: str, summary: str
    ) -> Path:
        """The check on the judged commit: `conclusion` is success, failure or neutral."""
        path = self._of(change) / f"check-{_name(model)}.json"
        check = {
            "name": f"ci-ml / {model}",
            "head_sha": commit,
            "status": "completed",
            "conclusion": conclusion,
            "output": {"title": title, "summary": summary},
        }
        write_bytes(path, _json(check))
        return path

    def publish_deployment(
        self,
        *,
        model: str,
        stage: str,
        version: str,
        commit: str,
        registry_head: str,
        at: datetime,
        task: str = "promote",
        pins: Mapping[str, Any] | None = None,
    ) -> Path:
        """One deployment per promotion or rollback; it stays queued until a deployer reports.

        Args:
            pins: the digests of what is to run.
        """
        folder = self.folder / "deployments"
        taken = len(list(folder.glob("*.json"))) if folder.is_dir() else 0
        deployment = {
            "ref": commit,
            "environment": stage,
            "task": task,
            "payload": {
                "model": model,
                "version": version,
                "registry": registry_head,
                **({"pins": pins} if pins else {}),
            },
            "state": "queued",
            "created_at": at.isoformat(timespec="seconds"),
        }
        path = folder / f"{taken + 1:04}-{_name(model)}-{_name(stage)}.json"
        write_bytes(path, _json(deployment))
        return path

    def _of(self, change: str) -> Path:
        return self.folder / "changes" / _name(change)


def _name(text: str) -> str:
    """A file name for any text; what a file system would refuse as too long ends in a digest."""
    name = quote(text, safe="") if text.strip(".") else text.replace(".", "%2E")
    return name if len(name) <= _LONGEST else f"{name[:100]}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def _json(value: object) -> bytes:
    return json.dumps(value, indent=2, ensure_ascii=False).encode() + b"\n"
