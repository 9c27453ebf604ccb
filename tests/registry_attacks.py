"""Everything that somebody may do to a registry's history, and what has to give it away.

An attacker here is as clever as the data allows: he recomputes the chain, the holders and the pages wherever he can.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any

import msgspec
from registry_makers import facts, hexes, run_git
from registry_worlds import BRANCH, Files, World, Written, append, pages, tags_of, write_branch, write_tags

from ci_ml.errors import CiMlError
from ci_ml.hashing import sha256_hex
from ci_ml.names import encode as folder_of
from ci_ml.registry import moves
from ci_ml.registry.branch_paths import event_path, signature_path
from ci_ml.registry.events import Event, EvidenceFile, encode
from ci_ml.registry.fold import Folding, fold
from ci_ml.registry.gto.tags import Tag
from ci_ml.registry.history import History
from ci_ml.registry.payloads import Deprecated, Promoted


@dataclass(frozen=True)
class Expected:
    """What must be found: a finding of this kind at one of these places; `witnesses` are given to the command."""

    kind: str
    places: Sequence[str]
    witnesses: tuple[str, ...] = ()


@dataclass
class Scene:
    """An honest registry in a repository, one of its models to attack, and the means to do it."""

    world: World
    written: Written
    rng: Random
    model: str

    @property
    def history(self) -> History:
        return self.world.histories[self.model]

    @property
    def last(self) -> int:
        return len(self.history.events)

    @property
    def folder(self) -> str:
        return f"models/{folder_of(self.model)}"

    def path(self, number: int) -> str:
        return event_path(folder_of(self.model), number)

    def data(self, number: int) -> bytes:
        return encode(self.history.events[number - 1])

    def inner(self) -> int:
        """The number of an event that is neither the first nor the last."""
        return self.rng.randint(2, self.last - 1)

    def commit(self, files: Files, *, merge: str | None = None) -> str:
        """One more commit on the branch; its id."""
        commits = (*self.world.commits, files)
        moments = (*self.world.moments, self.world.moments[-1] + timedelta(seconds=5))
        return write_branch(self.written.git.root, commits, moments, merges={len(commits) - 1: merge} if merge else {})[
            -1
        ]

    def rewrite(self, datas: Sequence[bytes]) -> None:
        """The branch as if the model's events had always been these, its pages made to fit."""
        commits = [
            {path: content for path, content in files.items() if not path.startswith(f"{self.folder}/events/")}
            for files in self.world.commits
        ]
        for number, data in enumerate(datas, start=1):
            place = self.world.makers.get((self.model, number), self.world.makers[self.model, self.last])
            commits[place][self.path(number)] = data
        commits[-1] |= self.fitting(datas)
        write_branch(self.written.git.root, commits, self.world.moments)

    def fitting(self, datas: Sequence[bytes]) -> Files:
        """Pages that say what these events say, as far as they say anything."""
        histories = dict(self.world.histories)
        try:
            histories[self.model] = fold(self.model, datas)
        except CiMlError:
            return {}
        return dict(pages(histories, [self.model], self.world.files()))

    def changed(self, datas: Sequence[bytes]) -> Files:
        """The files that differ once the model's events are these."""
        files: Files = {self.path(number): None for number in range(len(datas) + 1, self.last + 1)}
        for number, data in enumerate(datas, start=1):
            if number > self.last or data != self.data(number):
                files[self.path(number)] = data
        return files | self.fitting(datas)

    def forget_tags(self) -> None:
        """As in a clone without tags."""
        tags = run_git(self.written.git.root, "tag", "--list").split()
        run_git(self.written.git.root, "tag", "--delete", *tags) if tags else None

    def tag_model(self, tag: Tag) -> str:
        """Whose tag it is."""
        return tag.message.rpartition("Event: ")[2].split("\n")[0].partition(" of ")[2]

    def maker(self, tag: Tag) -> int:
        """Which commit of the branch added the event that implies a tag."""
        return self.world.makers[self.tag_model(tag), tag.sequence]

    def tag_names(self) -> list[str]:
        return [tag.name for tag in tags_of(self.world, self.written.ids)]


def rechain(model: str, events: Sequence[Event]) -> list[bytes]:
    """Events in this order with numbers, chain, times and holders made to fit.

    Raises:
        VerificationError: they cannot follow each other.
    """
    folding, datas = Folding(History(model=model)), []
    for number, event in enumerate(events, start=1):
        at = max(event.at, folding.events[-1].at) if folding.events else event.at
        holders = folding.holders_after(event.payload)
        own = msgspec.structs.replace(event, sequence=number, previous=folding.last_digest, at=at, holders=holders)
        data = encode(own)
        folding.add(own, sha256_hex(data))
        datas.append(data)
    return datas


def _said(scene: Scene, number: int) -> Event:
    return msgspec.structs.replace(scene.history.events[number - 1], reason="nothing to see here")


def _event(scene: Scene, number: int) -> str:
    return f"event {number} of {scene.model}"


# A new commit on top: the walk over the branch sees it ------------------------------------------------------------


def altered(scene: Scene) -> Expected:
    number = scene.inner()
    scene.commit({scene.path(number): encode(_said(scene, number))})
    return Expected("altered", [_event(scene, number)])


def _altered_datas(scene: Scene, number: int) -> list[bytes]:
    events = list(scene.history.events)
    events[number - 1] = _said(scene, number)
    return rechain(scene.model, events)


def altered_rechained(scene: Scene) -> Expected:
    number = scene.inner()
    scene.commit(scene.changed(_altered_datas(scene, number)))
    return Expected("altered", [_event(scene, number)])


def dropped(scene: Scene) -> Expected:
    number = scene.inner()
    scene.commit({scene.path(number): None})
    return Expected("dropped", [_event(scene, number)])


def _without_one(scene: Scene) -> tuple[int, list[bytes]]:
    """A model's events without one of them, chained anew; one that others build on is left."""
    for number in scene.rng.sample(range(2, scene.last), k=scene.last - 2):
        events = [event for event in scene.history.events if event.sequence != number]
        try:
            return number, rechain(scene.model, events)
        except CiMlError:
            continue
    return scene.last, [scene.data(number) for number in range(1, scene.last)]


def dropped_rechained(scene: Scene) -> Expected:
    number, datas = _without_one(scene)
    scene.commit(scene.changed(datas))
    return Expected("altered" if number < scene.last else "cut_off", [_event(scene, number)])


def _with_one_more(scene: Scene) -> tuple[int, list[bytes]]:
    """A model's events with one more between them, chained anew; what was imported stays at the front."""
    imported = sum(event.kind == "imported" for event in scene.history.events)
    number = scene.rng.randint(max(2, imported + 1), scene.last)
    extra = msgspec.structs.replace(
        scene.history.events[number - 1],
        kind="deprecated",
        payload=Deprecated(version=None),
        evidence={},
        occurred_at=None,
        id="invented-00000001",
    )
    events = list(scene.history.events)
    events.insert(number - 1, extra)
    return number, rechain(scene.model, events)


def inserted_rechained(scene: Scene) -> Expected:
    number, datas = _with_one_more(scene)
    scene.commit(scene.changed(datas))
    return Expected("altered", [_event(scene, number)])


def swapped(scene: Scene) -> Expected:
    number = scene.inner()
    scene.commit({scene.path(number): scene.data(number + 1), scene.path(number + 1): scene.data(number)})
    return Expected("reordered", [_event(scene, number)])


def _next(scene: Scene, payload: Any, **changes: Any) -> dict[str, bytes]:
    """One more event, well formed but for the changes; and the pages that fit the honest history."""
    plain = {"sequence": scene.last + 1, "previous": scene.history.last_digest, "id": f"attack-{scene.last:08d}"}
    plain |= {"kind": "deprecated", "payload": payload, "evidence": {}, "occurred_at": None, "signer": None}
    event = msgspec.structs.replace(scene.history.events[-1], **{**plain, **changes})
    return {scene.path(scene.last + 1): encode(event)}


def forked(scene: Scene) -> Expected:
    number = scene.rng.randint(1, scene.last - 1)
    scene.commit(_next(scene, Deprecated(version=None), previous=sha256_hex(scene.data(number))))
    return Expected("forked", [_event(scene, scene.last + 1)])


def second_file(scene: Scene) -> Expected:
    number = scene.inner()
    place = scene.rng.choice(
        (
            f"{scene.folder}/events/0001/{number:08d}.json",
            f"{scene.folder}/events/0000/{number:08d}-2.json",
            f"{scene.folder}/events/{number}.json",
            f"events/{number:08d}.json",
            f"models/../{number:08d}.json".replace("..", "%2E%2E"),
        )
    )
    scene.commit({place: scene.data(number)})
    return Expected("stray", [place])


def tail_removed(scene: Scene) -> Expected:
    left = scene.rng.randint(1, scene.last - 1)
    datas = [scene.data(number) for number in range(1, left + 1)]
    scene.commit(scene.changed(datas))
    return Expected("cut_off", [_event(scene, left + 1)])


def model_removed(scene: Scene) -> Expected:
    gone: Files = {path: None for path in scene.world.files() if path.startswith(f"{scene.folder}/")}
    others = {model: history for model, history in scene.world.histories.items() if model != scene.model}
    scene.commit(gone | dict(pages(others, [], scene.world.files())))
    return Expected("model_removed", [scene.model])


def merged(scene: Scene) -> Expected:
    """Another line of the branch, which adds an event of its own, merged into it."""
    honest = (scene.world.commits, scene.world.moments)
    fork = scene.rng.randint(1, len(honest[0]) - 1) if len(honest[0]) > 1 else 1
    side = write_branch(
        scene.written.git.root,
        (*honest[0][:fork], _next(scene, Deprecated(version=None))),
        (*honest[1][:fork], honest[1][-1]),
    )[-1]
    commit = scene.commit({"README.md": scene.world.files()["README.md"]}, merge=side)
    return Expected("merge", [f"commit {commit[:12]}"])


def no_plain_file(scene: Scene) -> Expected:
    number = scene.inner()
    target = f"{number + 1:08d}.json".encode()
    how = scene.rng.choice((("120000", target), ("160000", scene.written.ids[0]), ("100755", scene.data(number))))
    scene.commit({scene.path(number): how})
    return Expected("mode", [scene.path(number)])


def stray(scene: Scene) -> Expected:
    place = scene.rng.choice(
        ("setup.py", f"{scene.folder}/notes.txt", "models/a b/README.md", f"{scene.folder}/versions/x")
    )
    scene.commit({place: b"hello\n"})
    return Expected("stray", [place])


def attributes(scene: Scene) -> Expected:
    scene.commit({".gitattributes": scene.rng.choice((b"* text\n", b"*.json filter=evil\n", None))})
    return Expected("attributes", [".gitattributes"])


def twin(scene: Scene) -> Expected:
    """A model of the same name in other letters, with an honest history of its own."""
    name = scene.model.swapcase()
    commit, tree = scene.rng.choice(scene.world.main.commits)
    decision = moves.register(History(model=name), facts("twin", commit=commit, tree=tree))
    world = append(scene.world, {name: decision}, id="twin-00000001", at=scene.world.moments[-1])
    write_branch(scene.written.git.root, world.commits, world.moments)
    return Expected("twin", [name, scene.model])


def _evidence(scene: Scene) -> str:
    own = [path for event in scene.history.events for path in event.evidence]
    return scene.rng.choice(own)


def evidence_changed(scene: Scene) -> Expected:
    path = _evidence(scene)
    scene.commit({path: b"all is well\n"})
    return Expected("evidence", [path])


def evidence_and_digest(scene: Scene) -> Expected:
    """Evidence is replaced, and so is its digest in the event, and all that follows from that."""
    event = scene.rng.choice([event for event in scene.history.events if event.evidence])
    path, content = scene.rng.choice(sorted(event.evidence)), b"all is well\n"
    false = {**event.evidence, path: EvidenceFile(sha256=sha256_hex(content), size=len(content))}
    events = list(scene.history.events)
    events[event.sequence - 1] = msgspec.structs.replace(event, evidence=false)
    scene.commit({**scene.changed(rechain(scene.model, events)), path: content})
    return Expected("altered", [_event(scene, event.sequence)])


def evidence_removed(scene: Scene) -> Expected:
    path = _evidence(scene)
    scene.commit({path: None})
    return Expected("evidence", [path])


def evidence_added(scene: Scene) -> Expected:
    path = _evidence(scene).rpartition("/")[0] + "/extra.json"
    scene.commit({path: b"{}\n"})
    return Expected("evidence", [path])


def page_facts(scene: Scene) -> Expected:
    path = scene.rng.choice((f"{scene.folder}/README.md", "README.md"))
    page = scene.world.files()[path].decode()
    facts = f'"events": {scene.last}'
    assert facts in page
    scene.commit(
        {path: page.replace(facts, f'"events": {scene.last + 1}').replace('"ci_ml": "', '"ci_ml": "9').encode()}
    )
    return Expected("page", [path])


def page_prose(scene: Scene) -> Expected:
    path = scene.rng.choice((f"{scene.folder}/README.md", "README.md"))
    page = scene.world.files()[path].decode()
    versions = [(found.start(), found.end()) for found in re.finditer(r"\bv\d+\.\d+\.\d+\b", page)]
    start, end = scene.rng.choice(versions)
    scene.commit({path: f"{page[:start]}v7.0.0{page[end:]}".encode()})
    return Expected("page", [path])


def page_removed(scene: Scene) -> Expected:
    path = scene.rng.choice((f"{scene.folder}/README.md", "README.md"))
    scene.commit({path: None})
    return Expected("page", [path])


def false_holders(scene: Scene) -> Expected:
    """An event that only claims who holds what; everything else about it is right."""
    scene.commit(_next(scene, Deprecated(version=None), holders={**scene.history.holders, "production": "v9.9.9"}))
    return Expected("holders", [_event(scene, scene.last + 1)])


def back_in_time(scene: Scene) -> Expected:
    earlier = scene.history.events[-1].at - timedelta(days=1)
    scene.commit(_next(scene, Deprecated(version=None), at=earlier))
    return Expected("time", [_event(scene, scene.last + 1)])


def unknown_version(scene: Scene) -> Expected:
    promoted = Promoted(stage="production", version="v9.9.9", replaces=None, commit=hexes("c", 40))
    holders = {**scene.history.holders, "production": "v9.9.9"}
    scene.commit(_next(scene, promoted, kind="promoted", holders=holders))
    return Expected("meaning", [_event(scene, scene.last + 1)])


def key_twice(scene: Scene) -> Expected:
    """An event that is one thing to who takes the first of two equal keys, and another to who takes the last."""
    ((path, data),) = _next(scene, Deprecated(version=None)).items()
    key, value = scene.rng.choice(((b"kind", b'"declined"'), (b"reason", b'"all is well"'), (b"holders", b"{}")))
    name = scene.rng.choice((key, b"\\u%04x" % key[0] + key[1:]))
    before, after = scene.rng.choice(((b'\n  "%b": %b,' % (name, value), b""), (b'"%b" :%b,' % (name, value), b"\n")))
    data = data.replace(b"{", b"{%b%b" % (before, after), 1)
    # A field that nobody reads may keep a careful reader from looking at all.
    unread = scene.rng.choice((b"", b'"z": "\xff",', b'"z": %b,' % (b"[" * 5000 + b"]" * 5000)))
    scene.commit({path: data.replace(b'"payload": {', b'"payload": {' + unread)})
    return Expected("altered", [_event(scene, scene.last + 1)])


def replayed(scene: Scene) -> Expected:
    """What a command recorded is recorded once more, honestly chained."""
    old = scene.history.events[0]
    scene.commit(_next(scene, Deprecated(version=None), id=old.id))
    return Expected("doubled", [_event(scene, scene.last + 1)])


def signature_stripped(scene: Scene) -> Expected:
    path = signature_path(scene.path(scene.inner()))
    scene.commit({path: None} if path in scene.world.files() else {path: b"forged"})
    return Expected("signature", [path])


# The branch rewritten, the chain left as it breaks: the chain alone sees it, without any witness --------------------


def chain_broken(scene: Scene) -> Expected:
    number = scene.inner()
    datas = [scene.data(n) for n in range(1, scene.last + 1)]
    datas[number - 1] = encode(_said(scene, number))
    scene.rewrite(datas)
    scene.forget_tags()
    return Expected("altered", [_event(scene, number)])


def garbage(scene: Scene) -> Expected:
    number = scene.inner()
    datas = [scene.data(n) for n in range(1, scene.last + 1)]
    datas[number - 1] = scene.rng.choice(
        (
            b"",
            b"\xff\xfe\x00",
            b"[" * 100_000,
            b'{"schema": 1}',
            scene.data(number)[:-9],
            b"{" + b'"a": 1, ' * 5000 + b"}",
        )
    )
    scene.rewrite(datas)
    scene.forget_tags()
    return Expected("altered", [_event(scene, number)])


# The branch rewritten and everything made to fit: only a witness sees it ------------------------------------------


def _witnessed(scene: Scene) -> Expected:
    """Either the tags are still there, each naming a commit of the registry, or somebody noted one of those."""
    if scene.rng.random() < 0.5:
        return Expected("cut_off", [f"tag {name}" for name in scene.tag_names()])
    scene.forget_tags()
    noted = scene.written.ids[-1][: scene.rng.choice((7, 12, 40))]
    return Expected("cut_off", [f"witness {noted}"], (noted,))


def rewritten_altered(scene: Scene) -> Expected:
    scene.rewrite(_altered_datas(scene, scene.inner()))
    return _witnessed(scene)


def rewritten_dropped(scene: Scene) -> Expected:
    scene.rewrite(_without_one(scene)[1])
    return _witnessed(scene)


def rewritten_inserted(scene: Scene) -> Expected:
    scene.rewrite(_with_one_more(scene)[1])
    return _witnessed(scene)


def tail_cut(scene: Scene) -> Expected:
    """The branch is put back to an earlier commit."""
    # Not all of it: with no branch left there is nothing to verify.
    left = scene.rng.randint(0, len(scene.written.ids) - 2)
    run_git(scene.written.git.root, "update-ref", BRANCH, scene.written.ids[left])
    noted = scene.written.ids[-1][:12]
    late = [t.name for t in tags_of(scene.world, scene.written.ids) if scene.maker(t) > left]
    if late and scene.rng.random() < 0.5:
        return Expected("cut_off", [f"tag {name}" for name in late])
    scene.forget_tags()
    return Expected("cut_off", [f"witness {noted}"], (noted,))


def model_never_was(scene: Scene) -> Expected:
    """The branch rewritten as if there had never been such a model."""
    others = {model: history for model, history in scene.world.histories.items() if model != scene.model}
    commits = [
        {path: content for path, content in files.items() if not path.startswith(f"{scene.folder}/")}
        for files in scene.world.commits
    ]
    commits[-1] |= dict(pages(others, [], scene.world.files()))
    write_branch(scene.written.git.root, commits, scene.world.moments)
    return _witnessed(scene)


# Tags and code ----------------------------------------------------------------------------------------------------


def _tag(scene: Scene) -> Any:
    return scene.rng.choice([t for t in tags_of(scene.world, scene.written.ids) if scene.tag_model(t) == scene.model])


def tag_moved(scene: Scene) -> Expected:
    tag = _tag(scene)
    others = [commit for commit, _ in scene.world.main.commits if commit != tag.target]
    write_tags(scene.written.git.root, [replace(tag, target=scene.rng.choice(others))])
    return Expected("tag", [f"tag {tag.name}"])


def tag_reworded(scene: Scene) -> Expected:
    tag = _tag(scene)
    other = scene.rng.choice(
        (
            replace(tag, at=tag.at + timedelta(days=1)),
            replace(tag, tagger="Mallory <m@example.com>"),
            replace(tag, message="Promoted by the board\n\n" + tag.message),
            replace(tag, message=tag.message.partition("Registry: ")[0]),
        )
    )
    write_tags(scene.written.git.root, [other])
    return Expected("tag", [f"tag {tag.name}"])


def tag_lightweight(scene: Scene) -> Expected:
    tag = _tag(scene)
    run_git(scene.written.git.root, "tag", "--force", tag.name, tag.target)
    return Expected("tag", [f"tag {tag.name}"])


def tag_invented(scene: Scene) -> Expected:
    tag = _tag(scene)
    ending = scene.rng.choice(("@v9.0.0", "#production#999", "#production!#999", "@v1.0.0!#998", "@deprecated#997"))
    name = scene.model.replace(":", "=") + ending
    write_tags(scene.written.git.root, [replace(tag, name=name, message="by hand\n")])
    return Expected("tag", [f"tag {name}"])


def _registering(scene: Scene, commit: str, tree: str) -> Expected:
    own = facts("pinned", commit=commit, tree=tree)
    decision = moves.register(scene.history, own)
    world = append(scene.world, {scene.model: decision}, id="register-00000001", at=scene.world.moments[-1])
    write_branch(scene.written.git.root, world.commits, world.moments)
    return Expected("tree", [f"{scene.model} {decision.version}"])


def tree_gone(scene: Scene) -> Expected:
    """A version whose commit was forced out of main, its tag deleted, and git has cleaned up since."""
    return _registering(scene, hexes("gone", 40), hexes("gone tree", 40))


def tree_swapped(scene: Scene) -> Expected:
    """A version that pins the tree of another commit."""
    used = {release.commit for release in scene.history.releases.values()}
    trees = {tree for _, tree in scene.world.main.commits}
    commit, own = next(((c, t) for c, t in scene.world.main.commits if c not in used), (None, None))
    if commit is None:
        commit = run_git(scene.written.git.root, "commit-tree", "-m", "one more", "main^{tree}")
        own = run_git(scene.written.git.root, "rev-parse", "main^{tree}")
    return _registering(scene, commit, scene.rng.choice(sorted(trees - {own})))


@dataclass(frozen=True)
class Attack:
    """What is done, in words, and what gives it away."""

    play: Callable[[Scene], Expected]
    says: str
    by: str


ATTACKS = (
    Attack(altered, "an event's reason is edited in a new commit", "commits, chain"),
    Attack(altered_rechained, "the same, with every later event, the pages and `holders` made to fit", "commits"),
    Attack(dropped, "an event's file is deleted", "commits, chain"),
    Attack(dropped_rechained, "the same, with later events renumbered and chained anew", "commits"),
    Attack(inserted_rechained, "an event is put between two others, later ones renumbered and chained anew", "commits"),
    Attack(swapped, "two events change places", "commits, chain"),
    Attack(forked, "a new event follows an old one instead of the last", "chain"),
    Attack(second_file, "a second file for an event, under another folder or name", "commits"),
    Attack(tail_removed, "the last events are deleted in a new commit, the pages made to fit", "commits"),
    Attack(model_removed, "a model is deleted as a whole, the table of models made to fit", "commits"),
    Attack(merged, "another line of commits with events of its own is merged in", "commits"),
    Attack(no_plain_file, "an event becomes a symbolic link, a submodule or an executable", "commits"),
    Attack(stray, "a file is put where none belongs", "commits"),
    Attack(attributes, "`.gitattributes` is changed, so that checkouts differ from what is stored", "commits"),
    Attack(twin, "a model is added whose name differs from another only in case", "names"),
    Attack(evidence_changed, "an evidence file is replaced", "commits, digest"),
    Attack(evidence_and_digest, "the same, with its digest in the event and the whole chain made to fit", "commits"),
    Attack(evidence_removed, "an evidence file is deleted", "commits, digest"),
    Attack(evidence_added, "a file that no event names is put beside a version's evidence", "events"),
    Attack(page_facts, "the block of facts of a page is edited, and the page claims another version of ci-ml", "fold"),
    Attack(page_prose, "the prose of a page is edited", "page rendered again"),
    Attack(page_removed, "a page is deleted", "page rendered again"),
    Attack(false_holders, "a well-chained event claims that another version holds a stage", "fold"),
    Attack(back_in_time, "a well-chained event is dated before the one before it", "fold"),
    Attack(unknown_version, "a well-chained event promotes a version that nobody registered", "fold"),
    Attack(key_twice, "a well-chained event has a key twice, so that two readers see two events", "bytes"),
    Attack(replayed, "a command's `id` is used for one more event", "commits"),
    Attack(signature_stripped, "a `.sig` file is deleted, or added later", "commits"),
    Attack(chain_broken, "the branch is rewritten with one event altered", "chain"),
    Attack(garbage, "the branch is rewritten with one event replaced by bytes that are no event", "chain"),
    Attack(rewritten_altered, "the branch is rewritten with one event altered and everything made to fit", "witness"),
    Attack(rewritten_dropped, "the branch is rewritten without one event and everything made to fit", "witness"),
    Attack(rewritten_inserted, "the branch is rewritten with one more event and everything made to fit", "witness"),
    Attack(tail_cut, "the branch is forced back to an earlier commit", "witness"),
    Attack(model_never_was, "the branch is rewritten as if a model had never been there", "witness"),
    Attack(tag_moved, "a tag is moved to another commit", "tag"),
    Attack(tag_reworded, "a tag's time, tagger or message is changed", "tag"),
    Attack(tag_lightweight, "a tag is replaced by a lightweight one", "tag"),
    Attack(tag_invented, "a tag is made that no event implies", "tag"),
    Attack(tree_gone, "the code of a version is removed from all branches and tags", "git's objects"),
    Attack(tree_swapped, "a version pins the tree of another commit", "git's objects"),
)
