"""Which versions of some libraries do lock files pin? Read by pattern: every tool has its own format."""

import re
from collections.abc import Iterable

_VERSION = r"v?(?P<version>\d[\w.!+-]*)"
# requirements: `numpy==2.1`; uv, poetry and pdm: `name = "numpy"`, then its version; conda: `- name: numpy`, the same;
# Pipfile.lock: `"numpy": {... "version": "==2.1"`.
_FORMS = (
    r"^\s*-?\s*{name}(\[[^\]\n]*\])?\s*==?\s*" + _VERSION,
    r"^\s*-?\s*name\s*[=:]\s*\"?{name}\"?\s*\n\s*version\s*[=:]\s*[\"']?" + _VERSION,
    r"^\s*\"{name}\"\s*:\s*\{{[^{{}}]*\"version\"\s*:\s*\"==" + _VERSION,
)


def pinned_versions(contents: Iterable[bytes | None], names: Iterable[str]) -> dict[str, str]:
    """Name -> version of those libraries that a lock file pins to one version.

    >>> pinned_versions([b"numpy==2.1.0\\npandas>=2\\n"], ["numpy", "pandas"])
    {'numpy': '2.1.0'}
    """
    texts = [content.decode("utf-8", "replace") for content in contents if content]
    found: dict[str, str] = {}
    for name in names:
        forms = [re.compile(form.format(name=re.escape(name)), re.IGNORECASE | re.MULTILINE) for form in _FORMS]
        match = next((m for text in texts for form in forms if (m := form.search(text))), None)
        if match:
            found[name] = match["version"]
    return found
