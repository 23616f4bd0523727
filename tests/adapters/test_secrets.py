"""Secrets: read from private files and the environment, refused elsewhere, never quoted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from phoenix_dr.adapters._secrets import LIMIT, private_file, resolve
from phoenix_dr.core.model import SecretRef
from phoenix_dr.errors import EngineDenied, PhoenixError, UsageError

VALUE = "correct horse"


def written(path: Path, content: bytes = VALUE.encode(), mode: int = 0o600) -> SecretRef:
    """A reference to a new file."""
    path.write_bytes(content)
    path.chmod(mode)
    return SecretRef("file", str(path))


def refusal(ref: SecretRef, environ: dict[str, str] | None = None) -> PhoenixError:
    """The error a reference ends in."""
    with pytest.raises(PhoenixError) as caught:
        resolve(ref, environ=environ or {})
    assert VALUE not in repr(caught.value) + str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"plain", "plain"),
        (b"one newline\n", "one newline"),
        (b"two newlines\n\n", "two newlines\n"),
        (b" spaces \n", " spaces "),
        (b"bytes \xff\n", "bytes \udcff"),
    ],
)
def test_a_file_loses_one_newline_and_nothing_else(
    tmp_path: Path, content: bytes, value: str
) -> None:
    assert resolve(written(tmp_path / "pw", content), environ={}) == value


def test_the_environment_that_was_handed_in_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    ref = SecretRef("env", "PHX_TEST")
    assert resolve(ref, environ={"PHX_TEST": VALUE}) == VALUE
    monkeypatch.setenv("PHX_TEST", VALUE)
    assert refusal(ref).code == "secret-missing"
    assert refusal(ref, {"PHX_TEST": ""}).code == "secret-missing"


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o644, 0o666])
def test_a_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    error = refusal(written(tmp_path / "pw", mode=mode))
    assert isinstance(error, EngineDenied)
    assert error.code == "secret-readable"


def test_a_group_of_its_own_may_read_it(tmp_path: Path) -> None:
    assert resolve(written(tmp_path / "pw", mode=0o640), environ={}) == VALUE


@pytest.mark.parametrize("make", ["nothing", "directory", "pipe", "dangling"])
def test_what_is_no_file_is_missing(tmp_path: Path, make: str) -> None:
    path = tmp_path / "pw"
    if make == "directory":
        path.mkdir()
    elif make == "pipe":
        os.mkfifo(path)
    elif make == "dangling":
        path.symlink_to("nowhere")
    assert refusal(SecretRef("file", str(path))).code == "secret-missing"


def test_our_own_link_is_followed(tmp_path: Path) -> None:
    written(tmp_path / "real")
    (tmp_path / "pw").symlink_to("real")
    assert resolve(SecretRef("file", str(tmp_path / "pw")), environ={}) == VALUE


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a link of someone else")
def test_someone_elses_link_to_our_file_is_refused(tmp_path: Path) -> None:
    written(tmp_path / "real")
    (tmp_path / "pw").symlink_to("real")
    os.lchown(tmp_path / "pw", 65534, 65534)
    assert refusal(SecretRef("file", str(tmp_path / "pw"))).code == "secret-foreign"
    os.chown(tmp_path / "real", 65534, 65534)
    assert private_file(SecretRef("file", str(tmp_path / "pw"))).exists()


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    assert resolve(written(tmp_path / "most", b"x" * LIMIT), environ={}) == "x" * LIMIT
    assert refusal(written(tmp_path / "more", b"x" * (LIMIT + 1))).code == "secret-too-long"


def test_an_unknown_scheme_is_a_mistake_of_the_request() -> None:
    assert isinstance(refusal(SecretRef("vault", "x")), UsageError)
