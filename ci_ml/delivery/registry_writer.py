"""How does what a command decided get into the registry? As events of one commit, signed where a key is there."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from random import SystemRandom

from ci_ml.delivery.messages import Messages
from ci_ml.delivery.signing import Decide, Rules, SigningKeys, signing
from ci_ml.registry.event_builder import Signer
from ci_ml.reports.registry_pages import render_pages
from ci_ml.repository.event_log import append as event_log
from ci_ml.repository.event_log.append import Appended
from ci_ml.repository.event_log.log import EventLog


@dataclass(frozen=True, kw_only=True)
class RegistryWriter:
    """Writes to one registry for one command.

    Attributes:
        actor: who acts, for `recorded_by`.
        now: the command's moment, UTC.
        keys: what it signs with.
        rules: who may sign, and how many must approve.
    """

    log: EventLog
    actor: str
    now: datetime
    keys: SigningKeys
    rules: Rules

    def append(self, decide: Decide, *, signs: bool = True) -> Appended:
        """Decide on the newest state, and write what was decided.

        Args:
            decide: called again whenever somebody else was faster, so it must only look at what it is handed.
            signs: whether the key, if there is one, signs the events.

        Raises:
            RegistryConflict: what was decided no longer holds.
            MachineError, ForgeError: the remote cannot be reached, or refuses; or the key cannot sign.
        """
        if not signs:
            return self._append(decide, None)
        with signing(self.keys, self.rules, decide, at=self.now) as (signer, decide_by_rules):
            return self._append(decide_by_rules, signer)

    def _append(self, decide: Decide, signer: Signer | None) -> Appended:
        return event_log.append(
            self.log,
            decide,
            id=uuid.uuid4().hex,
            at=self.now,
            recorded_by=self.actor,
            render_pages=render_pages,
            rng=SystemRandom(),
            signer=signer,
        )


def tell(appended: Appended, messages: Messages) -> None:
    """Say what the user should know of a write: warnings, and that the registry is only here."""
    for warning in appended.warnings:
        messages.warn(warning)
    if appended.local_only:
        messages.note("There is no remote: the local branch model-registry is the registry.")
