"""What is to be done next? One step, the first that is missing on the way from a change to production."""

from dataclasses import dataclass

from ci_ml.delivery.status import CopyStatus, ModelStatus, ProjectStatus
from ci_ml.text import and_more, count


@dataclass(frozen=True)
class NextStep:
    """What to type (or to write into ci-ml.yaml), and why."""

    do: str
    why: str


INIT = NextStep("ci-ml init", "there is no ci-ml.yaml: this writes one from what it finds")


def mend_configuration(message: str) -> NextStep:
    """Where ci-ml.yaml is wrong.

    Args:
        message: what is wrong; of several faults the first line counts them.
    """
    return NextStep("ci-ml check", message.split("\n")[0].rstrip(":"))


def next_step(status: ProjectStatus) -> NextStep:
    """The next step for the first model that needs one, else for the repository."""
    copy = status.copy
    if status.faults:
        return mend_configuration(and_more(status.faults, 1))
    if copy.commit is None:
        return NextStep('git add -A && git commit -m "Add ci-ml"', "there is no commit yet: a model is named after one")
    for model in status.models:
        step = _for_model(model)
        if step is not None:
            return step
    if copy.changed:
        files = f"{count(len(copy.changed), 'file')} {'is' if len(copy.changed) == 1 else 'are'} in no commit"
        return NextStep('git add -A && git commit -m "..."', f"{files}: {and_more(copy.changed)}")
    if copy.branch == status.main:
        return _on_main(copy, all(model.is_delivered for model in status.models))
    return _on_a_branch(copy, status.main)


def _for_model(model: ModelStatus) -> NextStep | None:
    if model.untracked and model.outputs != "current":
        files = and_more(model.untracked)
        return NextStep("git add -A", f"{files}: git does not track it, so it is no input of {model.name}")
    if model.outputs != "current":
        if not model.has_train:
            return NextStep(f"add train: COMMAND to ci-ml.yaml ({model.place})", f"{model.name}: {model.why}")
        return NextStep(f"ci-ml train {model.name}", model.why)
    if model.is_delivered:
        return None
    if not model.has_artifact:
        return NextStep(
            f"add artifact: PATH to ci-ml.yaml ({model.place})",
            f"it names the model file of {model.name}: without it nothing can be registered or promoted",
        )
    if model.judgement is None:
        return NextStep(f"ci-ml gate {model.name}", "what lies here was not judged yet")
    if model.judged_again:
        return NextStep(f"ci-ml gate {model.name}", "its gates, or the model to compare with, changed since")
    if not model.judgement.verdict.passes:
        return NextStep(f"ci-ml report {model.name}", "it says what failed: change the model, or its gates")
    if model.rolled_back:
        return NextStep(
            f"ci-ml promote {model.name} {model.version} {model.goal}",
            "it was rolled back, so a merge does not bring it back: this does, if you want that",
        )
    return None


def _on_main(copy: CopyStatus, delivered: bool) -> NextStep:
    if copy.remote and copy.unpushed:
        return NextStep("git push", f"{count(copy.unpushed, 'commit')} not on {copy.remote} yet")
    if delivered:
        return NextStep("git switch -c NAME", "all is where it belongs: change something on a branch of its own")
    return NextStep("ci-ml promote --merged", "gives the judged model a version, and brings it into its stage")


def _on_a_branch(copy: CopyStatus, main: str) -> NextStep:
    if copy.branch is None:
        return NextStep(f"git switch {main}", "no branch is checked out")
    if copy.remote and copy.unpushed:
        return NextStep(
            f"git push -u {copy.remote} {copy.branch}", f"{count(copy.unpushed, 'commit')} not on {copy.remote} yet"
        )
    return NextStep(
        f"git switch {main} && git merge --no-ff {copy.branch}",
        "merging it, here or by a pull request, promotes it: ci-ml promote --merged",
    )
