"""ci_ml/repository/storage/http_remote.py and http_login.py: files of a web server, however it behaves."""

import base64

import pytest
from web_server import web_server

from ci_ml.errors import MachineError, VerificationError
from ci_ml.repository.storage.http_login import open_http_remote
from ci_ml.repository.storage.http_remote import HttpRemote

CONTENT = b"model " * 1000
NAME = "files/md5/ab/cdef"


@pytest.fixture
def server(tmp_path):
    folder = tmp_path / "www" / "store"
    (folder / "files" / "md5" / "ab").mkdir(parents=True)
    (folder / NAME).write_bytes(CONTENT)
    with web_server(tmp_path / "www") as running:
        yield running


def remote(server, **settings) -> HttpRemote:
    return HttpRemote(**{"name": "storage", "url": f"{server.url}/store", "pauses": (0.0, 0.0), **settings})


def read(server, tmp_path, *, most: int | None = len(CONTENT), **settings) -> bytes | None:
    target = tmp_path / "out" / "file"
    return target.read_bytes() if remote(server, **settings).get(NAME, target, most=most) else None


def left_in(tmp_path) -> list[str]:
    return [path.name for path in (tmp_path / "out").rglob("*")]


def refusal(error, server, tmp_path, **settings) -> str:
    with pytest.raises(error) as caught:
        read(server, tmp_path, **settings)
    assert left_in(tmp_path) == []
    return caught.value.message.replace(server.url, "URL")


def test_get__file__is_fetched_and_has_finds_it(server, tmp_path):
    assert read(server, tmp_path) == CONTENT
    assert read(server, tmp_path, most=None) == CONTENT
    assert remote(server).has(NAME)


def test_get__no_such_name__is_no_error(server, tmp_path):
    assert not remote(server).get("files/md5/00/none", tmp_path / "out" / "file", most=10)
    assert not remote(server).has("files/md5/00/none")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("fault", [500, 503, 429, "truncated", "reset", "slow"], ids=str)
def test_get__trouble_that_passes__is_tried_again(server, tmp_path, fault):
    server.faults = [fault, fault]

    assert read(server, tmp_path, timeout=0.3) == CONTENT
    assert len(server.asked) == 3
    assert left_in(tmp_path) == ["file"]


def test_get__a_little_now_and_then__ends_as_a_whole(server, tmp_path):
    server.faults = ["dripping"]

    said = refusal(MachineError, server, tmp_path, timeout=5.0, patience=0.1)

    assert said.startswith("DVC remote 'storage' (URL/store) takes too long: ")
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (500, "it answers 500 Internal Server Error"),
        ("truncated", "it broke off after 3,000 of 6,000 bytes"),
        ("slow", "it does not answer in time"),
    ],
    ids=str,
)
def test_get__trouble_that_stays__is_said_and_leaves_nothing(server, tmp_path, fault, reason):
    server.faults = [fault] * 3

    assert refusal(MachineError, server, tmp_path, timeout=0.2) == (
        f"DVC remote 'storage' (URL/store) cannot be read: {reason}, 3 times in a row."
    )
    assert len(server.asked) == 3


def test_get__server_that_was_given_up__is_not_asked_again(server, tmp_path):
    server.faults = [500] * 3
    down = remote(server)

    for _ in range(2):
        with pytest.raises(MachineError):
            down.has(NAME)
    assert len(server.asked) == 3


def test_get__nobody_listens__is_said(server, tmp_path):
    with pytest.raises(MachineError) as caught:
        HttpRemote(name="storage", url="http://127.0.0.1:1", pauses=()).get(NAME, tmp_path / "out" / "file")

    assert caught.value.message == (
        "DVC remote 'storage' (http://127.0.0.1:1) cannot be read: Connection refused, 1 times in a row."
    )


@pytest.mark.parametrize("fault", ["endless", b"x" * 6001], ids=["endless", "too long"])
def test_get__more_bytes_than_there_may_be__is_an_alarm(server, tmp_path, fault):
    server.faults = [fault]

    assert refusal(VerificationError, server, tmp_path) == (
        "DVC remote 'storage' (URL/store) has more than the 6,000 bytes that files/md5/ab/cdef should have."
    )


@pytest.mark.parametrize("place", ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://x/"])
def test_get__redirect_to_something_else_than_the_web__is_refused(server, tmp_path, place):
    server.faults = [("to", place)]

    assert refusal(MachineError, server, tmp_path) == (
        "DVC remote 'storage' (URL/store) sends us to a place that is not followed (answer 302)."
    )


def test_get__redirects_in_circles__end(server, tmp_path):
    server.faults = [("to", f"{server.url}/store/{NAME}")] * 20

    assert refusal(MachineError, server, tmp_path).endswith("sends us to a place that is not followed (answer 302).")
    assert len(server.asked) < 10


def test_get__redirect_on_the_same_server__is_followed_with_the_password(server, tmp_path):
    server.faults = [("to", f"{server.url}/store/{NAME}")]

    assert read(server, tmp_path, headers={"Authorization": "Basic secret"}) == CONTENT
    assert [headers.get("Authorization") for _, _, headers in server.asked] == ["Basic secret"] * 2


def test_get__redirect_to_another_server__does_not_carry_the_password(server, tmp_path):
    with web_server(tmp_path / "www") as other:
        server.faults = [("to", f"{other.url}/store/{NAME}")]

        assert read(server, tmp_path, headers={"Authorization": "Basic secret", "X-Key": "secret"}) == CONTENT
        assert [h for _, _, headers in other.asked for h in headers if h in ("Authorization", "X-key", "X-Key")] == []


@pytest.mark.parametrize("status", [401, 403])
def test_get__not_let_in__says_how_to_log_in_and_no_password(server, tmp_path, status):
    server.faults = [status]

    with pytest.raises(MachineError) as caught:
        read(server, tmp_path, headers={"Authorization": "Basic c2VjcmV0"})

    assert caught.value.hint == "dvc remote modify --local storage auth basic, and the same for user and password"
    assert "c2VjcmV0" not in f"{caught.value.message}{caught.value.hint}{remote(server, headers={'A': 'c2VjcmV0'})!r}"


def test_has__server_without_head__is_asked_for_the_file(server):
    server.faults = [405]

    assert remote(server).has(NAME)
    server.faults = [501]
    assert not remote(server).has("files/md5/00/none")


def test_get__record_of_a_model_in_a_folder__asks_as_dvc_would(server, tmp_path):
    assert not remote(server).get("ci-ml/records/models%2Fchurn=m/ab.json", tmp_path / "x")
    assert server.asked[0][1] == "/store/ci-ml/records/models%2Fchurn=m/ab.json"


def test_put__without_dvc__is_refused(server, tmp_path):
    with pytest.raises(MachineError) as caught:
        remote(server).put(NAME, tmp_path)

    assert caught.value.message == f"DVC remote 'storage' ({server.url}/store) can only be read here."


# How to log in ----------------------------------------------------------------------------------------------------


def opened(**settings: str) -> HttpRemote:
    return open_http_remote("storage", {"url": "https://host/store/", **settings}, through_dvc=lambda: None)


def basic(text: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}


@pytest.mark.parametrize(
    ("settings", "headers"),
    [
        ({}, {}),
        ({"user": "ann", "password": "x"}, {}),  # as DVC: without auth nobody logs in
        ({"auth": "basic", "user": "ann", "password": "geheim é"}, basic("ann:geheim é")),
        ({"auth": "Custom", "custom_auth_header": "X-Key", "password": "x y"}, {"X-Key": "x y"}),
        ({"url": "https://ann:p%40ss@host/store?token=1#x"}, basic("ann:p@ss")),
    ],
)
def test_open_http_remote__settings__become_headers_and_a_url_without_secrets(settings, headers):
    made = opened(**settings)

    assert (made.headers, made.url) == (headers, "https://host/store")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"auth": "digest"}, "the DVC remote 'storage' wants auth digest, which neither ci-ml nor DVC can do."),
        ({"auth": "basic", "user": "ann"}, "the DVC remote 'storage' has auth basic without user and password."),
        (
            {"auth": "basic", "user": "ann", "ask_password": "true"},
            "the DVC remote 'storage' has auth basic without user and password. ask_password needs a person, and this may be a machine.",
        ),
        ({"auth": "custom", "password": "x"}, "the DVC remote 'storage' has auth custom without custom_auth_header and password."),
        ({"auth": "custom", "custom_auth_header": "X: y\r\nHost", "password": "x"}, "the DVC remote 'storage' has a password or header that no request can carry."),
    ],
)  # fmt: skip
def test_open_http_remote__settings_that_do_not_hold__are_refused(settings, message):
    with pytest.raises(MachineError) as caught:
        opened(**settings)

    assert caught.value.message == message


def test_open_http_remote__certificates_and_patience__are_as_set():
    assert (opened().verify, opened().timeout) == (True, 30.0)
    assert opened(ssl_verify="False", read_timeout="2.5").verify is False
    assert opened(ssl_verify="/ca.pem", read_timeout="2.5").verify == "/ca.pem"
    assert opened(read_timeout="2.5").timeout == 2.5
