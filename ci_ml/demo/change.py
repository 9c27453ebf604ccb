"""A change on its way to production: a branch, a training, a judging, a merge. Commands; the words are the scenes'."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from ci_ml.demo.workspace import MODEL, Workspace
from ci_ml.errors import GATE_FAILED, OK, UNDECIDED
from ci_ml.forge.base import Change
from ci_ml.gates.judgement import Judgement

PROJECT = Path(__file__).parent / "project"


@dataclass(frozen=True, kw_only=True)
class JudgedBranch:
    """What `ci-ml gate` answered on a branch, read from the record it keeps.

    Attributes:
        comment: the pull request's comment, in Markdown.
        comment_place, page_place: where a reader finds it, and the full report.
    """

    branch: str
    exit_code: int
    judgement: Judgement
    comment: str
    comment_place: str
    page_place: str


def edit(work: Workspace, change: str) -> list[str]:
    """Put the files of a change into the clone and return their names."""
    files = sorted(p.relative_to(PROJECT / change) for p in (PROJECT / change).rglob("*") if p.is_file())
    edited = [path for path in files if "__pycache__" not in path.parts]
    for path in edited:
        shutil.copyfile(PROJECT / change / path, work.clone / path)
    return [str(path) for path in edited]


def show_edit(work: Workspace, files: str) -> None:
    """The changed lines of some files."""
    work.type(f"git diff -U0 {files}", keep=lambda line: line[:1] in "+-" and line[:3] not in ("+++", "---"))


def train_and_push(work: Workspace, branch: str, message: str, *, data: str = "") -> None:
    """Train what lies in the clone, commit it with its pointers to data and model, and push the branch.

    Args:
        data: the data files that are new, as typed.
    """
    if data:
        work.type(f"dvc add -q {data}")
    work.type(f"ci-ml train {MODEL}")
    work.type("git add -A")
    work.type(f'git commit -q -m "{message}"')
    work.type(f"git push -q origin {branch}")


def judge(work: Workspace, branch: str, *, options: str = "") -> JudgedBranch:
    """Gate the model in the clone, and publish the comment, the check and the page."""
    from ci_ml.cli.adapters import open_forge
    from ci_ml.repository.records import load

    work.say("")
    ran = work.type(f"ci-ml gate {MODEL}{options}", expect=(OK, GATE_FAILED, UNDECIDED))
    work.say("")
    published = work.type(f"ci-ml report {MODEL}")
    places = dict(line.split(maxsplit=1) for line in published.out.splitlines() if line.strip())
    return JudgedBranch(
        branch=branch,
        exit_code=ran.code,
        judgement=load(work.clone, MODEL, "judgement", Judgement, made_by="ci-ml gate"),
        comment=open_forge(work.clone).find_comment(Change(branch=branch), (MODEL,)) or "",
        comment_place=places["comment"],
        page_place=places["report"],
    )


def merge(work: Workspace, judged: JudgedBranch, number: int) -> str:
    """Merge a branch that passed, let the merge promote it, and return the version in production."""
    work.type("git switch -q main")
    work.type(f'git merge -q --no-ff {judged.branch} -m "Merge pull request #{number} from {judged.branch}"')
    work.type("git push -q origin main")
    work.type(f"ci-ml promote {MODEL} --merged")
    return in_production(work)


def in_production(work: Workspace) -> str:
    """The version in production, as a deployer would ask for it."""
    return work.run(f"ci-ml registry which {MODEL}@production").out.strip()
