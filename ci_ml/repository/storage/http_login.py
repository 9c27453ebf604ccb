"""What do DVC's settings say of a web server: its address, and how to log in there? Nothing of it is ever printed."""

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from ci_ml.errors import MachineError
from ci_ml.repository.storage.http_remote import HttpRemote

_IN_PATHS = "/%=:@!$&'()*+,;~"
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r"[ -~\xa0-\xff]*")


def open_http_remote(name: str, settings: Mapping[str, str], *, through_dvc: Callable[[], Any]) -> HttpRemote:
    """A remote by DVC's settings of it.

    Raises:
        MachineError: the settings ask for a way to log in that needs a person, or that DVC does not have either.
    """
    parts = urlsplit(settings["url"])
    host = parts.netloc.rpartition("@")[2]
    user, password = settings.get("user"), settings.get("password")
    if not settings.get("auth") and parts.username is not None:
        user, password = unquote(parts.username), unquote(parts.password or "")
    verify = settings.get("ssl_verify", "true")
    return HttpRemote(
        name=name,
        url=urlunsplit((parts.scheme.lower(), host, quote(parts.path.rstrip("/"), safe=_IN_PATHS), "", "")),
        headers=_login(name, settings, user, password, in_url=parts.username is not None),
        timeout=_seconds(settings.get("read_timeout")),
        verify={"true": True, "false": False}.get(verify.lower(), verify),
        through_dvc=through_dvc,
    )


def _login(
    name: str, settings: Mapping[str, str], user: str | None, password: str | None, *, in_url: bool
) -> dict[str, str]:
    kind = settings.get("auth", "basic" if in_url else "").lower()
    if not kind:
        return {}
    if kind not in ("basic", "custom"):
        raise MachineError(
            f"the DVC remote '{name}' wants auth {kind}, which neither ci-ml nor DVC can do.",
            hint=f"dvc remote modify {name} auth basic",
        )
    header = settings.get("custom_auth_header")
    if password is None or (user if kind == "basic" else header) is None:
        asks = " ask_password needs a person, and this may be a machine." if settings.get("ask_password") else ""
        needed = "user and password" if kind == "basic" else "custom_auth_header and password"
        raise MachineError(
            f"the DVC remote '{name}' has auth {kind} without {needed}.{asks}",
            hint=f"dvc remote modify --local {name} password …   (.dvc/config.local, which git ignores)",
        )
    if (kind == "custom" and not _HEADER.fullmatch(str(header))) or not _VALUE.fullmatch(password):
        raise MachineError(f"the DVC remote '{name}' has a password or header that no request can carry.")
    if kind == "custom":
        return {str(header): password}
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def _seconds(text: str | None) -> float:
    try:
        return min(max(float(text or 30.0), 0.1), 600.0)
    except ValueError:
        return 30.0
