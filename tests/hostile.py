"""Values as an attacker, or an unlucky data set, would choose them, and what they must not do to a page."""

import re
from html.parser import HTMLParser

HOSTILE = [
    "@octo-org/admins please approve",
    "@all",
    "fixes #1, closes octo/repo#2, GH-3",
    "octo/repo@0123456789abcdef0123456789abcdef01234567 and deadbeef",
    "![x](https://evil.example/p.png)",
    "[sign in again](https://evil.example)",
    "<https://evil.example>",
    "<img src=https://evil.example/p.png onerror=alert(1)>",
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<svg/onload=alert(1)>",
    "</text></svg><iframe src=//evil.example>",
    '" onmouseover="alert(1)',
    "' onfocus='alert(1)' autofocus='",
    "</title><style>*{display:none}</style>",
    "https://evil.example/login",
    "HTTP://EVIL.EXAMPLE",
    "www.evil.example",
    "ftp://evil.example",
    "xmpp:a@b.example",
    "mailto:mail@evil.example",
    "mail@evil.example",
    "javascript:alert(1)",
    "a|b|c",
    "a\\|b",
    "ends with a backslash \\",
    "line1\n\n## Approved by maintainers :white_check_mark:",
    "a\r\nb",
    "a\n| fake | row |",
    "`code` ``x`` @bob",
    "`",
    "``",
    " ` ",
    "\\`@bob\\`",
    "<details open>",
    "</details></td></table>",
    "<!-- ci-ml:report -->",
    "--><h1>x</h1>",
    "\u202egnp.exe",
    "e\u0301" * 50,
    "a" + "\u0330" * 50,
    "0.99 \\| @a",
    "&#64;bob &lt;b&gt; &commat;bob",
    "~~x~~ **b** _i_ __bb__ *i*",
    "x" * 5000,
    "$\\href{https://evil.example}{x}$ $$y$$",
    "[^1]\n\n[^1]: https://evil.example",
    "\x00\x07\x1b[31mbell",
    "- [x] done",
    "1. one",
    "===",
    "---",
    ":-",
    "> [!WARNING]\n> quoted",
    "    indented",
    "{{ 7 * 7 }} {% raw %}",
    "::error::annotation",
    ":+1: :shipit:",
    "",
    " \n ",
]

# Anything else in rendered Markdown was made by the value.
EXPECTED_TAGS = frozenset(
    [
        "table",
        "thead",
        "tbody",
        "tr",
        "td",
        "th",
        "code",
        "p",
        "details",
        "summary",
        "b",
        "strong",
        "br",
        "sub",
        "sup",
        "h2",
        "h3",
        "h4",
        "em",
        "ul",
        "li",
        "blockquote",
        "hr",
        "pre",
    ]
)
# What GitHub's filter makes links of after rendering, in text that is no code.
FILTERED = {
    "mention": r"(?<![\w`])@\w",
    "issue": r"#\d",
    "issue GH": r"\bGH-\d",
    "link": r"https?://",
    "www": r"www\.",
    "commit": r"\b[0-9a-f]{7,40}\b",
    "emoji": r":[a-z0-9_+]+:",
    "formula": r"\$[^\s\u200b]",
}


class _Page(HTMLParser):
    def __init__(self, expected: frozenset[str], links: frozenset[str]) -> None:
        super().__init__()
        self.expected, self.links = expected, links
        self.found: list[str] = []
        self.in_code = 0
        self.in_link = 0

    def handle_starttag(self, tag, attrs):
        self.in_code += tag in ("code", "pre")
        if tag == "a" and dict(attrs).get("href") in self.links:
            self.in_link += 1
        elif tag not in self.expected:
            self.found.append(f"<{tag}>")
        self.found += [f"{tag} {name}" for name, _ in attrs if name.startswith("on")]

    def handle_endtag(self, tag):
        self.in_code -= tag in ("code", "pre")
        self.in_link -= tag == "a" and self.in_link > 0

    def handle_comment(self, data):
        self.found.append(f"comment {data}")

    def handle_data(self, data):
        if not self.in_code:
            self.found += [f"{name}: {data[:60]}" for name, form in FILTERED.items() if re.search(form, data)]


def harm(page: str, *, links: frozenset[str] = frozenset(), expected: frozenset[str] = EXPECTED_TAGS) -> list[str]:
    """What a rendered comment does that only a value can have asked for; `links` are the ones we made ourselves."""
    reader = _Page(expected, links)
    reader.feed(page)
    reader.close()
    return reader.found
