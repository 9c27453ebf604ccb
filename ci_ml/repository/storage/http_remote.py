"""A DVC remote on a web server, read without DVC: bounded, and silent about passwords. Writing is left to DVC."""

import http.client
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, urlsplit

from ci_ml.errors import MachineError, VerificationError
from ci_ml.files import replacing

_CHUNK = 1 << 20
# Where nobody said how large a file is: more than any single file that a model is made from, less than a disk.
_MOST = 64 << 30
# A file may take so long, and as much longer as it has bytes at this rate: no server keeps a command for ever.
_PATIENCE, _SLOWEST = 600.0, 50_000  # seconds, bytes per second
_TRANSIENT = (408, 425, 429)
_ABSENT = (404, 410)


class _Transient(Exception):
    """Something that may be gone at the next try."""


@dataclass(frozen=True, kw_only=True)
class HttpRemote:
    """Files below a URL.

    Attributes:
        url: without user, password, query and fragment.
        headers: of every request to that very server, such as Authorization; redirects elsewhere do not carry them.
        timeout: seconds that the server may be silent.
        patience: seconds that a file may take as a whole, beside those that its bytes take at a slow rate.
        pauses: seconds before each further try.
        through_dvc: opens the same place for writing.
    """

    name: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: float = 30.0
    patience: float = _PATIENCE
    verify: bool | str = True
    pauses: tuple[float, ...] = (0.5, 2.0)
    through_dvc: Callable[[], Any] | None = field(default=None, repr=False, compare=False)
    # Why it was given up: whoever asks for a hundred files shall not wait a hundred times for a server that is down.
    _given_up: list[str] = field(default_factory=list, repr=False, compare=False)

    @property
    def where(self) -> str:
        return f"DVC remote '{self.name}' ({self.url})"

    def put(self, name: str, source: Path, *, replace: bool = False) -> None:
        if self.through_dvc is None:
            raise MachineError(f"{self.where} can only be read here.")
        self.through_dvc().put(name, source, replace=replace)

    def check(self) -> None:
        """Asking for a file says so by itself."""

    def has(self, name: str) -> bool:
        return self._tried(lambda: self._is_there(name))

    def get(self, name: str, target: Path, *, most: int | None = None) -> bool:
        """Fetch a file.

        Raises:
            VerificationError: it is larger than it may be.
            MachineError: the server cannot be reached, or refuses.
        """
        return self._tried(lambda: self._download(name, target, most))

    def _is_there(self, name: str) -> bool:
        for method in ("HEAD", "GET"):
            with self._answer(name, method) as answer:
                if answer is None or answer.status not in (405, 501):  # a server that knows no HEAD
                    return answer is not None
        return False

    def _download(self, name: str, target: Path, most: int | None) -> bool:
        with self._answer(name, "GET") as answer:
            if answer is None:
                return False
            promised = answer.headers.get("Content-Length", "")
            length = int(promised) if promised.isdecimal() else None
            bound = _MOST if most is None else most
            if length is not None and length > bound:
                raise self._too_large(name, bound)
            until = time.monotonic() + self.patience + bound / _SLOWEST
            with replacing(target) as file:
                got = 0
                for chunk in _chunks(answer):
                    got += len(chunk)
                    if time.monotonic() > until:
                        raise self._too_slow(name, got)
                    if got > bound:
                        raise self._too_large(name, bound)
                    file.write(chunk)
                if length is not None and got < length:
                    raise _Transient(f"it broke off after {got:,} of {length:,} bytes")
        return True

    def _too_large(self, name: str, bound: int) -> VerificationError:
        return VerificationError(
            f"{self.where} has more than the {bound:,} bytes that {name} should have.",
            hint="The store was changed after the fact: restore it from a backup.",
        )

    def _too_slow(self, name: str, got: int) -> MachineError:
        return MachineError(
            f"{self.where} takes too long: {got:,} bytes of {name} came, at less than {_SLOWEST:,} a second.",
            hint="Run the command again, or from a machine that is nearer.",
        )

    def _tried(self, once: Callable[[], bool]) -> bool:
        for pause in () if self._given_up else (*self.pauses, None):
            try:
                return once()
            except _Transient as error:
                reason = str(error)
            if pause is None:
                self._given_up.append(reason)
            else:
                time.sleep(pause)
        raise MachineError(
            f"{self.where} cannot be read: {self._given_up[0]}, {len(self.pauses) + 1} times in a row.",
            hint="Is the server up, and does this machine reach it? Run the command again.",
        )

    @contextmanager
    def _answer(self, name: str, method: str) -> Iterator[Any]:
        """The server's answer to a request; None for a name that it does not have.

        Raises:
            MachineError: it refuses.
            _Transient: it does not answer, or is in trouble.
        """
        # As DVC writes names into URLs: what is percent-encoded in them stays so.
        url = f"{self.url}/{quote(name, safe='/%=:')}"
        request = urllib.request.Request(url, method=method)  # noqa: S310 http or https, by `open_remote`
        for header, value in self.headers.items():
            request.add_unredirected_header(header, value)
        try:
            answer = self._opener.open(request, timeout=self.timeout)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code in _ABSENT:
                answer = None
            elif method == "HEAD" and error.code in (405, 501):
                answer = error
            else:
                raise self._refusal(error.code) from None
        except (OSError, http.client.HTTPException) as error:
            raise self._no_answer(error) from None
        try:
            yield answer
        finally:
            if answer is not None:
                answer.close()

    def _refusal(self, status: int) -> Exception:
        if status >= 500 or status in _TRANSIENT:
            return _Transient(f"it answers {status} {http.client.responses.get(status, '')}".rstrip())
        if status in (401, 403, 407):
            return MachineError(
                f"{self.where} answers {status}: it wants to know who asks, or does not let them in.",
                hint=f"dvc remote modify --local {self.name} auth basic, and the same for user and password",
            )
        if 300 <= status < 400:
            return MachineError(f"{self.where} sends us to a place that is not followed (answer {status}).")
        return MachineError(f"{self.where} answers {status} {http.client.responses.get(status, '')}".rstrip() + ".")

    def _no_answer(self, error: Exception) -> Exception:
        reason = getattr(error, "reason", None) or error
        if isinstance(reason, ssl.SSLError):
            return MachineError(
                f"{self.where} cannot be trusted: {reason.reason or 'its certificate does not hold'}.",
                hint=f"dvc remote modify {self.name} ssl_verify FILE names the certificate authority of your own",
            )
        return _Transient(_words(reason))

    @cached_property
    def _opener(self) -> urllib.request.OpenerDirector:
        # Not urllib's default opener: that reads local files and FTP where a redirect says so.
        context = ssl.create_default_context()
        if isinstance(self.verify, str):
            try:
                context.load_verify_locations(self.verify)
            except (OSError, ssl.SSLError) as error:
                raise MachineError(f"ssl_verify of {self.where}: {self.verify} cannot be read: {error}.") from None
        elif not self.verify:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.ProxyHandler(),
            urllib.request.HTTPHandler(),
            urllib.request.HTTPSHandler(context=context),
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPErrorProcessor(),
            urllib.request.UnknownHandler(),
            _Redirects(),
        ):
            opener.add_handler(handler)
        return opener


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a server to another address over HTTP(S), never from an encrypted connection to an open one."""

    max_redirections = 5

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        before, after = urlsplit(req.full_url), urlsplit(newurl)
        if after.scheme not in ("http", "https") or (before.scheme == "https" and after.scheme == "http"):
            raise urllib.error.HTTPError(req.full_url, code, msg, headers, fp)
        new = super().redirect_request(req, fp, code, msg, headers, newurl)
        if new is not None:
            new.method = req.get_method()
            if (before.scheme, before.netloc) == (after.scheme, after.netloc):
                new.unredirected_hdrs.update(req.unredirected_hdrs)
        return new


def _chunks(answer: Any) -> Iterator[bytes]:
    while True:
        try:
            chunk: bytes = answer.read1(_CHUNK)  # what is there: a server that gives a byte now and then keeps nobody
        except (OSError, http.client.HTTPException) as error:
            raise _Transient(_words(error)) from None
        if not chunk:
            return
        yield chunk


def _words(error: object) -> str:
    if isinstance(error, TimeoutError):
        return "it does not answer in time"
    if isinstance(error, http.client.IncompleteRead):
        return "it broke off"
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(words).split()).rstrip(".")
