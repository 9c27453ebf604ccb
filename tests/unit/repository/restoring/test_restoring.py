"""ci_ml/repository/restoring/release.py, pinned.py and dvc_data.py: a release brought together from a store, and never in part."""

import hashlib
import json
import zlib
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from registry_makers import append, facts
from workbench import Workbench

from ci_ml.digests import FileDigest
from ci_ml.errors import CiMlError, DataError, MachineError, VerificationError
from ci_ml.git.questions import Git
from ci_ml.hashing import json_digest
from ci_ml.registry.history import Release
from ci_ml.registry.moves import register
from ci_ml.registry.provenance import Provenance
from ci_ml.repository.event_log.log import EventLog
from ci_ml.repository.event_log.snapshot import Snapshot
from ci_ml.repository.records import encode
from ci_ml.repository.restoring.release import Problems, look_for, pinned_facts, restore
from ci_ml.repository.storage.artifacts import open_store


class World:
    """A repository with a DVC remote, filled by hand in the form that DVC writes."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.bench, self.pins = folder, Workbench.make(folder / "work"), {}
        self.bench.write(".dvc/config", "[core]\n    remote = s\n['remote \"s\"']\n    url = ../../dvc\n")
        self.bench.write("train.py", "print(1)\n")

    def store(self, content: bytes, ending: str = "") -> str:
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest() + ending
        path = self.folder / "dvc" / "files" / "md5" / md5[:2] / md5[2:]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return md5

    def stored(self, md5: str) -> Path:
        return self.folder / "dvc" / "files" / "md5" / md5[:2] / md5[2:]

    def add(self, path: str, content: bytes | dict[str, bytes]) -> str:
        """`dvc add` and `dvc push` of a file or a folder."""
        if isinstance(content, bytes):
            md5, size = self.store(content), len(content)
        else:
            listing = [{"md5": self.store(inner), "relpath": name} for name, inner in sorted(content.items())]
            md5, size = self.store(json.dumps(listing).encode(), ".dir"), sum(map(len, content.values()))
        pointer = f"outs:\n- md5: {md5}\n  size: {size}\n  hash: md5\n  path: {path.rpartition('/')[2]}\n"
        self.bench.write(f"{path}.dvc", pointer)
        self.pins[path] = f"md5:{md5}"
        return md5

    def register(self, *, data: dict | None = None, provenance: Provenance | None = None) -> tuple[Snapshot, Release]:
        """A version whose model is in the store, with what was added as its data."""
        content = b"the model"
        model = FileDigest(path="models/m.bin", sha256=hashlib.sha256(content).hexdigest(), md5=self.store(content), size=9)  # fmt: skip
        commit = self.bench.commit()
        tree = self.bench.git("rev-parse", "HEAD^{tree}")
        pinned = data if data is not None else {path: {"md5": pin[4:]} for path, pin in self.pins.items()}
        made = facts("x", commit=commit, tree=tree, model=model, predictions=None, data=pinned)
        filed = {"provenance.json": encode(provenance or Provenance(data=self.pins))}
        log = EventLog(Git(self.bench.root), None)
        append(log, lambda snapshot: register(snapshot.read("m"), made, evidence=filed))
        snapshot = log.snapshot()
        return snapshot, snapshot.read("m").releases["v1.0.0"]

    def restore(self, snapshot: Snapshot, release: Release) -> dict[str, bytes]:
        into = self.folder / "out"
        into.mkdir()
        restore(open_store(Git(self.bench.root)), snapshot, release, into)
        return {str(p.relative_to(into)): p.read_bytes() for p in into.rglob("*") if p.is_file()}

    def refusal(self, error: type[CiMlError], snapshot: Snapshot, release: Release) -> str:
        with pytest.raises(error) as caught:
            self.restore(snapshot, release)
        return caught.value.message.replace(str(self.folder / "dvc"), "STORE")


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


NAMES = st.text("ab.é -", min_size=1, max_size=4).filter(lambda n: n.strip(". ") != "")
FOLDERS = st.dictionaries(st.lists(NAMES, min_size=1, max_size=3).map("/".join), st.binary(max_size=20), max_size=5)


@given(folder=FOLDERS, file=st.binary(max_size=20), code=FOLDERS)
@settings(max_examples=10)
def test_restore__any_code_and_data__are_what_was_pinned(tmp_path_factory, folder, file, code):
    world = World(tmp_path_factory.mktemp("world"))
    without_clash = lambda files: {p: c for p, c in files.items() if not any(o.startswith(f"{p}/") for o in files)}  # noqa: E731
    folder, code = without_clash(folder), without_clash(code)
    for path, content in code.items():
        world.bench.write(f"src/{path}", content)
    world.add("data/train", folder)
    world.add("rows.csv", file)

    found = world.restore(*world.register())

    expected = {f"data/train/{path}": content for path, content in folder.items()}
    tracked = {p: (world.bench.root / p).read_bytes() for p in world.bench.git("-c", "core.quotePath=false", "ls-files").splitlines()}  # fmt: skip
    assert found == {**tracked, **expected, "rows.csv": file, "models/m.bin": b"the model"}
    assert {p.removeprefix("src/"): c for p, c in found.items() if p.startswith("src/")} == code


@pytest.mark.parametrize("most", [61, 60], ids=["evidence", "code"])
def test_restore__more_data_than_an_event_holds__come_from_evidence_or_code(world, most, files=61):
    for number in range(files):
        world.add(f"data/{number:03}.csv", b"%d" % number)
    world.bench.write("ci-ml.yaml", "models: {m: {task: binary, train: {command: x, inputs: ['data/*']}, predictions: p.csv}}\n")  # fmt: skip
    summed = {f"({files} files)": {"sha256": json_digest(world.pins).removeprefix("sha256:")}}
    provenance = Provenance(data=world.pins).summed_up(most)
    assert ("*" in provenance.data) is (files > most)

    found = world.restore(*world.register(data=summed, provenance=provenance))

    assert {path: found[path] for path in world.pins} == {f"data/{n:03}.csv": b"%d" % n for n in range(files)}


def test_restore__evidence_that_names_other_data__is_an_alarm(world):
    world.add("a.csv", b"1")
    summed = {"(61 files)": {"sha256": "0" * 64}}

    message = world.refusal(VerificationError, *world.register(data=summed))

    assert message == f"the data of v1.0.0 are registered as sha256:000000000000, its evidence names {json_digest(world.pins)[:19]}."  # fmt: skip


def test_restore__code_that_points_to_other_data__is_an_alarm(world):
    md5 = world.add("a.csv", b"1")

    message = world.refusal(VerificationError, *world.register(data={"a.csv": {"md5": "0" * 32}}))

    assert message == f"a.csv is registered with md5 {'0' * 32}, but the code points to md5 {md5}."


def test_restore__data_outside_git_and_dvc__are_named(world):
    assert world.refusal(DataError, *world.register(data={"raw.csv": {"sha256": "0" * 64}})) == (
        f"raw.csv (sha256:{'0' * 64}) was in neither git nor DVC when v1.0.0 was made: nobody keeps it."
    )


@pytest.mark.parametrize(
    "listing",
    [
        b'[{"md5": "%s", "relpath": "../../evil"}]',
        b'[{"md5": "%s", "relpath": "/etc/evil"}]',
        b'[{"md5": "%s", "relpath": ".git/hooks/post-checkout"}]',
        b'[{"md5": "%s", "relpath": "a"}, {"md5": "%s", "relpath": "a"}]',
        b'[{"md5": "../../x", "relpath": "a"}]',
        b'{"relpath": "a"}',
        b"[1]",
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_restore__folder_list_of_somebody_hostile__is_refused(world, listing):
    md5 = world.store(b"1")
    hostile = world.store(listing.replace(b"%s", md5.encode()), ".dir")
    world.bench.write("data.dvc", f"outs:\n- md5: {hostile}\n  path: data\n")
    snapshot, release = world.register(data={"data": {"md5": hostile}})

    assert world.refusal(VerificationError, snapshot, release).startswith("data")
    assert not list(world.folder.rglob("evil"))


def test_restore__pointer_that_leads_out_of_the_store__is_refused(world):
    way_out = "../" * 8 + "etc/passwd"
    world.bench.write("data.dvc", f"outs:\n- md5: {way_out}\n  path: data\n")

    message = world.refusal(VerificationError, *world.register(data={"data": {"md5": way_out}}))

    assert message == f"data: '{way_out}' is no MD5."


def test_restore__data_behind_a_link_in_the_code__are_not_written_through_it(world, tmp_path):
    (world.bench.root / "real").mkdir()
    world.bench.write("real/keep", "")
    (world.bench.root / "data").symlink_to("real")
    world.pins["data/a.csv"] = f"md5:{world.store(b'1')}"
    (world.bench.root / "data" / "a.csv.dvc").write_text(f"outs:\n- md5: {world.store(b'1')}\n")
    snapshot, release = world.register(data={"models/m.bin/x": {"md5": "0" * 32}})
    linked = replace(release, facts=msgspec.structs.replace(release.facts, model=msgspec.structs.replace(release.facts.model, path="data/m.bin"), data={}))  # fmt: skip

    assert (
        world.refusal(VerificationError, snapshot, linked) == "data/m.bin would be written through a link in the code."
    )


def test_restore__model_in_git_that_is_not_the_judged_one__is_refused(world):
    world.bench.write("models/m.bin", "another")

    message = world.refusal(DataError, *world.register())

    assert message.endswith(" was judged, but the code of that version has another one.")


def test_restore__object_that_somebody_put_into_git_s_store__is_an_alarm(world):
    """Git itself does not look: it takes the content that lies under an id."""
    snapshot, release = world.register()
    blob = world.bench.git("rev-parse", "HEAD:train.py")
    path = world.bench.root / ".git" / "objects" / blob[:2] / blob[2:]
    path.chmod(0o644)
    path.write_bytes(zlib.compress(b"blob 9\0print(2)\n"))

    assert world.refusal(VerificationError, snapshot, release).endswith(": train.py differs.")


def test_restore__commit_with_another_tree_than_pinned__is_an_alarm(world):
    snapshot, release = world.register()
    other = replace(release, facts=msgspec.structs.replace(release.facts, tree="0" * 40))

    assert " pins 000000000000." in world.refusal(VerificationError, snapshot, other)


def test_pinned_facts__imported_version__is_refused(world):
    _, release = world.register()

    with pytest.raises(DataError) as caught:
        pinned_facts(replace(release, facts=None))

    assert caught.value.message == (
        f"m v1.0.0 was imported: the registry knows its commit ({release.commit[:12]}) and no digest of its files."
    )


def test_look_for__code_that_is_gone__names_the_data_that_are_gone_too(world):
    world.add("a.csv", b"1")
    gone = world.add("b.csv", b"2")
    snapshot, release = world.register()
    world.stored(gone).unlink()
    lost = msgspec.structs.replace(release.facts, commit="1" * 40, tree="2" * 40)

    with pytest.raises(DataError) as caught:
        look_for(open_store(Git(world.bench.root)), snapshot, replace(release, facts=lost), world.folder)

    assert caught.value.message.replace(str(world.folder / "dvc"), "STORE") == (
        "m v1.0.0 cannot be had as a whole:\n"
        "  the code (git tree 222222222222) is neither here nor on a remote: there is no remote to ask.\n"
        f"  b.csv (md5 {gone}) is neither on STORE nor in DVC's cache."
    )


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ([DataError, MachineError], MachineError),
        ([MachineError, VerificationError, DataError], VerificationError),
        ([DataError, DataError], DataError),
    ],
)
def test_problems__of_several_kinds__end_as_the_gravest(kinds, expected):
    problems = Problems()
    for number, kind in enumerate(kinds):
        with problems:
            raise kind(f"problem {number}.", hint="the same")

    with pytest.raises(expected) as caught:
        problems.end("m v1.0.0")

    lines = "".join(f"\n  problem {number}." for number in range(len(kinds)))
    assert (caught.value.message, caught.value.hint) == (f"m v1.0.0 cannot be had as a whole:{lines}", "the same")


def test_problems__bug__is_not_swallowed():
    with pytest.raises(ZeroDivisionError), Problems():
        _ = 1 / 0
