"""Keys that sign in tests: real ones, made once a session, and the files that say whose they are."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

PEOPLE = ("ann", "bob", "cat", "mallory")


@dataclass(frozen=True)
class Key:
    """Somebody's key pair; `path` is the private half."""

    name: str
    path: Path
    fingerprint: str

    @property
    def public(self) -> str:
        """Type and key, as files list it."""
        return " ".join(Path(f"{self.path}.pub").read_text().split()[:2])

    def line(self, options: str = "", principal: str = "") -> str:
        """The key's line in a file of allowed signers."""
        return f"{principal or f'{self.name}@example.com'} {options}{' ' if options else ''}{self.public}\n"

    def sign(self, data: bytes, namespace: str) -> bytes:
        command = ["ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", str(self.path)]
        return subprocess.run(command, input=data, check=True, capture_output=True).stdout


def make_key(folder: Path, name: str, *options: str) -> Key:
    path = folder / name
    kind = options or ("-t", "ed25519", "-N", "")
    subprocess.run(["ssh-keygen", "-q", *kind, "-C", name, "-f", str(path)], check=True, stdin=subprocess.DEVNULL)
    shown = subprocess.run(["ssh-keygen", "-l", "-f", str(path)], check=True, capture_output=True, text=True).stdout
    return Key(name, path, shown.split()[1])


@pytest.fixture(scope="session")
def keys(tmp_path_factory) -> dict[str, Key]:
    """A key for each of `PEOPLE`, and a second one for Ann."""
    if shutil.which("ssh-keygen") is None:
        pytest.skip("no ssh-keygen here: nothing that is signed can be tested (apt-get install openssh-client)")
    folder = tmp_path_factory.mktemp("keys")
    return {name: make_key(folder, name) for name in (*PEOPLE, "ann2")}
