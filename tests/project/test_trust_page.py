"""docs/trust.md: what it claims is played somewhere."""

import re

from honest_changes import HONEST
from source_code import ROOT
from trust_attacks import ATTACKS

PAGE = (ROOT / "docs/trust.md").read_text(encoding="utf-8")


def test_trust_page__each_claim__names_what_plays_it():
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    named = re.findall(r"<!-- by: (.*?) -->", PAGE)

    assert len(named) >= 14
    unknown = [name for name in named if name not in ATTACKS and name not in HONEST and f"def {name}(" not in tests]
    assert unknown == []
