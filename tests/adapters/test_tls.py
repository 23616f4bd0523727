"""Certificates over real TLS: pinned, vouched for, not looked at; answers an engine judges."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.proxmox.fake_pve import Fake, certificate, running
from adapters.proxmox.fake_state import Fault
from adapters.proxmox.lab import SECRET, TOKEN, lab
from phoenix_dr.adapters._http import Limits, Refusal, Server
from phoenix_dr.adapters._tls import Trust
from phoenix_dr.core.model import SecretRef
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable
from tools import program

QUICK = Limits(connect=2, read=3, total=4)
ENVIRON = {"PVE": f"{TOKEN}={SECRET}"}


@pytest.fixture
def fake() -> Iterator[Fake]:
    """A server whose certificate nobody vouches for."""
    with running(lab()) as found:
        yield found


def server(fake: Fake, trust: Trust) -> Server:
    """A client that sends a token."""
    ref = SecretRef("env", "PVE")
    url = f"{fake.url}/api2/json"
    return Server("pve1", url, ENVIRON, token=ref, limits=QUICK, trust=trust, scheme="PVEAPIToken=")


def test_the_fingerprint_openssl_shows_is_the_one_that_is_believed(fake: Fake) -> None:
    shown = subprocess.run(
        [
            *(program("openssl"), "x509", "-noout", "-fingerprint", "-sha256"),
            *("-in", str(fake.certificate)),
        ],
        check=True,
        capture_output=True,
        timeout=30,
        text=True,
    ).stdout
    written = shown.strip().partition("=")[2]
    for form in (written, written.lower(), written.replace(":", "")):
        answer = server(fake, Trust(fingerprint=form)).get_json("/version")
        assert answer["data"]["version"] == "9.1.3"


def test_another_certificate_is_refused_before_the_token_is_sent(fake: Fake) -> None:
    other = fake.fingerprint.replace("A", "B").replace("1", "2")
    assert other != fake.fingerprint
    with pytest.raises(EngineUnreachable) as caught:
        server(fake, Trust(fingerprint=other)).get_json("/version")
    assert caught.value.code == "certificate-other"
    assert fake.fingerprint in str(caught.value.parameters["detail"])
    assert fake.asked == []


def test_a_pin_counts_even_where_a_ca_vouches(fake: Fake, tmp_path: Path) -> None:
    with running(lab(), name="other.lan") as second:
        assert second.fingerprint != fake.fingerprint
        with pytest.raises(EngineUnreachable, match="certificate-other"):
            server(second, Trust(fingerprint=fake.fingerprint)).get_json("/version")


def test_a_ca_file_vouches_and_another_does_not(fake: Fake) -> None:
    good = Trust(ca=str(fake.certificate))
    assert server(fake, good).get_json("/version")["data"]["release"] == "9.1"
    other, _ = certificate("other.lan")
    with pytest.raises(EngineUnreachable, match="network"):
        server(fake, Trust(ca=str(other))).get_json("/version")
    assert len(fake.asked) == 1


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_ca_file_that_is_none_is_named(fake: Fake, tmp_path: Path, content: bytes | None) -> None:
    ca = tmp_path / "ca.pem"
    if content is not None:
        ca.write_bytes(content)
    with pytest.raises(EngineUnreachable) as caught:
        server(fake, Trust(ca=str(ca))).get_json("/version")
    assert (caught.value.code, caught.value.parameters["path"]) == ("ca-unfit", str(ca))
    assert fake.asked == []


def test_nobody_is_believed_unless_that_was_asked_for(fake: Fake) -> None:
    with pytest.raises(EngineUnreachable, match="network"):
        server(fake, Trust()).get_json("/version")
    assert fake.asked == []
    assert server(fake, Trust(insecure=True)).get_json("/version")["data"]


@pytest.mark.parametrize("bad", ["", "AB", "no hex"])
def test_half_a_fingerprint_lets_nobody_in(fake: Fake, bad: str) -> None:
    with pytest.raises(EngineUnreachable):
        server(fake, Trust(fingerprint=bad, insecure=True)).get_json("/version")
    assert fake.asked == []


def test_the_token_goes_behind_the_engines_own_word(fake: Fake) -> None:
    server(fake, Trust(insecure=True)).get_json("/version")
    assert fake.headers[0]["Authorization"] == f"PVEAPIToken={TOKEN}={SECRET}"


def test_an_engine_may_know_better_what_a_bad_answer_means(fake: Fake) -> None:
    told: list[Refusal] = []

    def judge(refusal: Refusal) -> EngineError | None:
        told.append(refusal)
        return EngineError("mine") if refusal.status == 500 else None

    asks = Server("pve1", fake.url, {}, limits=QUICK, trust=Trust(insecure=True), judge=judge)
    fake.state.faults["/version"] = Fault(status=500, reason="no luck", body=b"x" * 100_000)
    with pytest.raises(EngineError, match="mine"):
        asks.get_json("/api2/json/version")
    assert (told[0].status, told[0].reason, len(told[0].body)) == (500, "no luck", 16 << 10)
    fake.state.faults["/version"] = Fault(status=401)
    with pytest.raises(EngineDenied, match="no-right"):
        asks.get_json("/api2/json/version")
