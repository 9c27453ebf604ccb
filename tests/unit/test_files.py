"""ci_ml/files.py: text with its faults named, digests, and files written as a whole."""

import hashlib

import pytest

from ci_ml.errors import DataError
from ci_ml.files import copy_file, digest_file, read_text, write_bytes


def test_read_text__byte_order_mark__is_skipped(tmp_path):
    (tmp_path / "f").write_bytes(b"\xef\xbb\xbfa")

    assert read_text(tmp_path / "f", name="f") == "a"


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"\xff", "1:1"),
        (b"ab\n\xc3\xa9\xe9", "2:2"),
        (b"a\r\nb\xe9", "2:2"),
        (b"\xef\xbb\xbf\xe9", "1:1"),
        (b"a\xc3", "1:2"),
    ],
)
def test_read_text__byte_that_is_no_utf_8__is_named_by_line_and_column(tmp_path, content, place):
    (tmp_path / "f").write_bytes(content)

    with pytest.raises(DataError) as caught:
        read_text(tmp_path / "f", name="f.csv")

    byte = 0xC3 if content.endswith(b"\xc3") else 0xFF if content == b"\xff" else 0xE9
    assert (caught.value.message, caught.value.hint) == (
        f"f.csv:{place}: not UTF-8 (byte 0x{byte:02x}).",
        "Save it as UTF-8.",
    )


def test_read_text__no_such_file__is_said(tmp_path):
    with pytest.raises(DataError) as caught:
        read_text(tmp_path / "f", name="f")

    assert caught.value.message == "f cannot be read: No such file or directory."


def test_digest_file__content__has_both_digests_and_its_size(tmp_path):
    content = bytes(range(256)) * 9000  # more than one chunk
    (tmp_path / "f").write_bytes(content)

    found = digest_file(tmp_path / "f", name="models/f")

    assert (found.path, found.size) == ("models/f", len(content))
    assert found.sha256 == hashlib.sha256(content).hexdigest()
    assert found.md5 == hashlib.md5(content, usedforsecurity=False).hexdigest()


def test_digest_file__folder__is_refused(tmp_path):
    with pytest.raises(DataError) as caught:
        digest_file(tmp_path, name="models")

    assert caught.value.message == "models cannot be read: Is a directory."


def test_write_bytes__existing_file__is_replaced_and_readable_by_all(tmp_path):
    write_bytes(tmp_path / "deep" / "f", b"one")
    write_bytes(tmp_path / "deep" / "f", b"two")

    assert (tmp_path / "deep" / "f").read_bytes() == b"two"
    assert (tmp_path / "deep" / "f").stat().st_mode & 0o777 == 0o644
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["f"]


def test_write_bytes__cannot_take_its_place__leaves_nothing_behind(tmp_path):
    (tmp_path / "f" / "g").mkdir(parents=True)

    with pytest.raises(DataError) as caught:
        write_bytes(tmp_path / "f", b"x")

    assert caught.value.message == f"{tmp_path / 'f'} cannot be written: Is a directory."
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


def test_copy_file__large_file__is_the_same(tmp_path):
    content = bytes(range(256)) * 9000
    (tmp_path / "a").write_bytes(content)

    copy_file(tmp_path / "a", tmp_path / "deep" / "b")

    assert (tmp_path / "deep" / "b").read_bytes() == content


def test_copy_file__no_such_file__is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(DataError) as caught:
        copy_file(tmp_path / "a", tmp_path / "b")

    assert caught.value.message == f"{tmp_path / 'a'} cannot be read: No such file or directory."
    assert list(tmp_path.iterdir()) == []


def test_write_bytes__place_that_is_no_folder__is_refused(tmp_path):
    (tmp_path / "f").touch()

    with pytest.raises(DataError) as caught:
        write_bytes(tmp_path / "f" / "g", b"")

    assert caught.value.message.startswith(f"{tmp_path / 'f' / 'g'} cannot be written: ")
