"""Sign, and ask whether signatures are good: `ssh-keygen -Y`, the only place that touches a private key."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ci_ml.errors import MachineError
from ci_ml.git.complaints import cause
from ci_ml.git.environment import environment
from ci_ml.git.process_locks import temporary_folder
from ci_ml.git.questions import Answer
from ci_ml.registry.history import History
from ci_ml.registry.signing.approvals import Subject, Tally, approvals_of, tally
from ci_ml.registry.signing.policy import Policy
from ci_ml.registry.signing.signed import Claim, claim_of_approval, not_good
from ci_ml.registry.signing.sshsig import read_signature
from ci_ml.registry.verification.findings import Finding

_MISSING = MachineError(
    "ssh-keygen is not installed, so nothing can be signed or checked.",
    hint="Install OpenSSH 8.8 or later: apt-get install openssh-client, or dnf install openssh",
)


@dataclass(frozen=True)
class SigningKey:
    """A key that can sign: a private key, or a public one whose other half the ssh-agent holds.

    Attributes:
        path: where it lies.
        fingerprint: as ssh-keygen writes it.
        name: what to call it in errors.
    """

    path: Path
    fingerprint: str
    name: str

    def sign(self, data: bytes, namespace: str) -> bytes:
        """The armoured signature of some bytes.

        Raises:
            MachineError: the key cannot sign: a passphrase nobody typed, an agent that lacks it, file permissions.
        """
        answer = _ssh_keygen("-Y", "sign", "-q", "-n", namespace, "-f", str(self.path), stdin=data)
        signature = read_signature(answer.output) if answer.code == 0 else None
        if signature is None:
            raise _unusable(self.name, answer)
        if signature.fingerprint != self.fingerprint:
            raise MachineError(f"{self.name} is {self.fingerprint}, but signed as {signature.fingerprint}.")
        return answer.output


@contextmanager
def open_key(value: str, *, root: Path, name: str) -> Iterator[SigningKey]:
    """A key for as long as it is needed.

    Args:
        value: the path of a key (relative to `root`), a public key, or a private key itself: what is no path lies in a
            file that only we can read, until we are done.
        name: what to call it in errors.

    Raises:
        MachineError: it is no key.
    """
    with temporary_folder("ci-ml-key-") as folder:
        literal = value.strip().removeprefix("key::")
        if literal.startswith(("-----BEGIN", "ssh-", "ecdsa-", "sk-")) and " " in literal:
            path = Path(folder, "key")
            path.touch(mode=0o600)
            path.write_bytes(literal.replace("\r\n", "\n").encode() + b"\n")
        else:
            path = root / Path(value.strip()).expanduser()
        answer = _ssh_keygen("-l", "-f", str(path))
        words = answer.text.split()
        if answer.code or len(words) < 2 or not words[1].startswith("SHA256:"):
            raise _unusable(name, answer)
        yield SigningKey(path=path, fingerprint=words[1], name=name)


def hold_to(claims: Sequence[Claim | Finding], policy: Policy) -> list[Claim | Finding]:
    """Each claim again, if its signature is good; else what is wrong with it. Findings stay what they are.

    Raises:
        MachineError: ssh-keygen is not installed.
    """
    faults = iter(faults_of([claim for claim in claims if isinstance(claim, Claim)], policy))
    return [
        not_good(claim, fault) if isinstance(claim, Claim) and (fault := next(faults)) else claim for claim in claims
    ]


def count_approvals(history: History, subject: Subject, policy: Policy) -> Tally:
    """Who approved just this, by signatures that hold.

    Raises:
        MachineError: ssh-keygen is not installed.
    """
    claims = [claim_of_approval(event, policy) for event in approvals_of(history, subject)]
    found = hold_to([claim for claim in claims if claim is not None], policy)
    needed = policy.approvals.get(subject.stage, 0)
    return tally(history, subject, needed=needed, verdicts=[_verdict(one) for one in found])


def _verdict(found: Claim | Finding) -> tuple[str | None, str]:
    if isinstance(found, Finding):
        return None, f"{found.where} {found.what}"
    nobody = f"{found.where} carries an approval by {found.principal}, which is nobody in particular"
    return found.person, "" if found.person else nobody


def faults_of(claims: Sequence[Claim], policy: Policy) -> list[str]:
    """What is wrong with each signature: "" for a good one, else "revoked" or "bad_signature".

    One process a signature, as many at once as there are processors.

    Raises:
        MachineError: ssh-keygen is not installed.
    """
    if not claims:
        return []

    with temporary_folder("ci-ml-signers-") as folder:
        (folder / "allowed").write_text(policy.signers.text if policy.signers else "", encoding="utf-8")
        (folder / "revoked").write_bytes(policy.revoked or b"")
        with ThreadPoolExecutor(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2) as pool:
            return list(pool.map(lambda pair: _fault(folder, *pair), enumerate(claims)))


def _fault(folder: Path, number: int, claim: Claim) -> str:
    file = folder / f"{number}.sig"
    file.write_bytes(claim.signature)
    question = (
        *("-Y", "verify", "-q", "-f", str(folder / "allowed"), "-I", claim.principal, "-n", claim.namespace),
        *("-s", str(file), "-O", f"verify-time={claim.at:%Y%m%d%H%M%S}"),
    )
    good = _ssh_keygen(*question, "-r", str(folder / "revoked"), stdin=claim.data).code == 0
    # Nothing that ssh-keygen says tells a revoked key from a bad signature, so it is asked again without the list.
    fault = "" if good else "revoked" if _ssh_keygen(*question, stdin=claim.data).code == 0 else "bad_signature"
    file.unlink()
    return fault


def _ssh_keygen(*arguments: str, stdin: bytes = b"") -> Answer:
    # Times without a zone mean UTC, on every machine.
    try:
        done = subprocess.run(
            ["ssh-keygen", *arguments], input=stdin, capture_output=True, env=environment({"TZ": "UTC"}), check=False
        )
    except FileNotFoundError:
        raise _MISSING from None
    return Answer(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace").strip())


def _unusable(name: str, answer: Answer) -> MachineError:
    reason = cause(answer.errors).rstrip(".\r")
    return MachineError(
        f"{name} cannot sign: {reason}.",
        hint="ssh-keygen -Y sign -n ci-ml-event -f KEY shows what it wants; nothing was written.",
    )
