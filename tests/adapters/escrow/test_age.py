"""Encrypted in memory and opened by stock age, and the other way round; nothing quoted."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from phoenix_dr.adapters import age
from phoenix_dr.errors import EngineDenied, UsageError
from tools import program

CONTENT = b"what must not be lost" * 1000


def ssh_key(folder: Path, name: str = "id") -> tuple[str, str]:
    """Private and public text of a new OpenSSH key."""
    path = folder / name
    subprocess.run(
        [program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True
    )
    return path.read_text(), path.with_suffix(".pub").read_text()


def stock(*arguments: str, given: bytes = b"") -> bytes:
    """What the age program answers."""
    done = subprocess.run(
        [program("age"), *arguments], input=given, check=True, capture_output=True, timeout=60
    )
    return done.stdout


def test_each_recipient_opens_it_alone_with_stock_age_too(tmp_path: Path) -> None:
    identity = age.fresh_identity()
    private, public = ssh_key(tmp_path)
    made = age.encrypted(CONTENT, [age.recipient(age.public_of(identity)), age.recipient(public)])
    (tmp_path / "identity").write_text(identity)
    (tmp_path / "kit.age").write_bytes(made)
    for path in ("identity", "id"):
        held = stock("-d", "-i", str(tmp_path / path), str(tmp_path / "kit.age"))
        assert held == CONTENT
    assert age.opened(made, [identity]) == CONTENT
    assert age.opened(made, age.identities_in(private)) == CONTENT


def test_what_stock_age_made_is_opened(tmp_path: Path) -> None:
    identity = age.fresh_identity()
    for more in ((), ("-a",)):
        made = stock("-r", age.public_of(identity), *more, given=CONTENT)
        assert age.opened(made, [identity.lower()]) == CONTENT


def test_a_passphrase_opens_it_and_another_does_not() -> None:
    made = age.sealed(CONTENT, "six words that one can remember")
    assert age.unsealed(made, "six words that one can remember") == CONTENT
    with pytest.raises(EngineDenied) as caught:
        age.unsealed(made, "six words that one can forget")
    assert caught.value.code == "kit-cannot-open"


def test_another_key_or_one_flipped_bit_opens_nothing() -> None:
    identity = age.fresh_identity()
    made = age.encrypted(CONTENT, [age.public_of(identity)])
    with pytest.raises(EngineDenied):
        age.opened(made, [age.fresh_identity()])
    for place in range(0, len(made), 211):
        flipped = made[:place] + bytes([made[place] ^ 1]) + made[place + 1 :]
        with pytest.raises(EngineDenied):
            age.opened(flipped, [identity])


def test_a_private_key_is_no_recipient_and_is_not_repeated(tmp_path: Path) -> None:
    private, _ = ssh_key(tmp_path)
    for text in (private, age.fresh_identity(), age.fresh_identity().lower()):
        with pytest.raises(UsageError) as caught:
            age.recipient(text)
        assert (caught.value.code, caught.value.parameters) == ("kit-recipient-secret", {})
    for text in ("age1nonsense", "nonsense", "ssh-ed25519 AAAA"):
        with pytest.raises(UsageError) as caught:
            age.recipient(text)
        assert caught.value.code == "kit-recipient"


def test_broken_identities_are_refused_without_their_letters() -> None:
    identity = age.fresh_identity()
    for text in ("nothing here", identity[:-1] + ("Q" if identity[-1] != "Q" else "P")):
        with pytest.raises(EngineDenied) as caught:
            [age.public_of(each) for each in age.identities_in(text)]
        assert (caught.value.code, caught.value.parameters) == ("identity-broken", {})
