"""restic's last words, recorded from both versions, and the error each stands for."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from phoenix_dr.adapters.restic.failures import DETAIL, explain
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable
from phoenix_dr.render.phrases import LANGUAGES, sentence

NOW = datetime(2026, 11, 23, 4, 13, 50, tzinfo=UTC)
RECORDED = json.loads(
    (Path(__file__).parent.parent / "fixtures" / "restic" / "failures.json").read_text()
)
EXPECTED: dict[str, tuple[type[EngineError], str]] = {
    "missing": (EngineUnreachable, "repository-missing"),
    "wrong-password": (EngineDenied, "wrong-password"),
    "point-missing": (EngineError, "point-missing"),
    "unreachable": (EngineUnreachable, "network"),
    "locked": (EngineError, "repository-locked"),
    "locked-restore": (EngineError, "repository-locked"),
    "no-right": (EngineDenied, "no-right"),
    "no-space": (EngineError, "no-space"),
    "damaged-restore": (EngineError, "data-damaged"),
    "damaged-check": (EngineError, "data-damaged"),
}


def test_every_case_was_recorded_from_both_versions() -> None:
    seen = {(case["version"], case["case"]) for case in RECORDED}
    wanted = {(version, case) for version in ("0.14.0", "0.19.1") for case in EXPECTED}
    # 0.19 does not give up on a closed port before its quarter of an hour: our time limit does.
    assert wanted - seen == {("0.19.1", "unreachable")}


@pytest.mark.parametrize(
    "case", RECORDED, ids=[f"{case['version']}-{case['case']}" for case in RECORDED]
)
def test_last_words_become_one_error(case: dict[str, str]) -> None:
    error = explain(int(case["code"]), case["stderr"].encode(), engine="home", now=NOW)
    assert (type(error), error.code) == EXPECTED[case["case"]]
    assert error.parameters["engine"] == "home"
    for language in LANGUAGES:
        assert sentence(language, f"error.{error.code}", **error.parameters)
        assert sentence(language, f"hint.{error.code}", **error.parameters)


def test_a_lock_names_its_holder_and_age() -> None:
    [old, new] = [case for case in RECORDED if case["case"] == "locked"]
    for case in (old, new):
        error = explain(int(case["code"]), case["stderr"].encode(), engine="home", now=NOW)
        assert str(error.parameters["holder"]).startswith("root@homelab (PID ")
        assert error.parameters["minutes"] in {119, 120}


def test_a_lock_in_words_we_do_not_know_is_still_a_lock() -> None:
    error = explain(11, b"locked somehow", engine="home", now=NOW)
    assert (error.code, error.parameters["holder"]) == ("repository-locked", "?")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (10, "repository-missing"),
        (12, "wrong-password"),
        (1, "engine-failed"),
        (-9, "engine-failed"),
    ],
)
def test_exit_codes_decide_when_words_do_not(code: int, expected: str) -> None:
    assert explain(code, b"unknown words", engine="home", now=NOW).code == expected


def test_what_ended_the_run_comes_before_what_it_met() -> None:
    words = b"/srv/a: permission denied\nFatal: unable to save snapshot: no space left on device\n"
    assert explain(1, words, engine="home", now=NOW).code == "no-space"
    assert explain(1, words.splitlines()[0], engine="home", now=NOW).code == "no-right"


@pytest.mark.parametrize(
    "words",
    [
        "Load(<data/d2>, 96, 0) returned error, retrying after 1s: ReadFull: unexpected EOF",
        "Load(<data/bdc92075f2>, 400096, 0) failed: file is too short",
        "Load(<data/d2>, 4, 0) returned error, retrying after 1s: open d2: no such file",
        "ignoring error for /: id 10f0 not found in repository",
    ],
)
def test_missing_and_cut_packs_are_damage(words: str) -> None:
    text = f"{words}\nFatal: There were 2 errors\n".encode()
    assert explain(1, text, engine="home", now=NOW).code == "data-damaged"


def test_a_network_that_fails_is_no_damage() -> None:
    words = b"Load(<data/d2>, 4, 0) returned error, retrying after 1s: dial tcp: i/o timeout\n"
    assert explain(1, words, engine="home", now=NOW).code == "network"


def test_details_are_short_and_hold_no_credentials() -> None:
    words = b"Fatal: Get https://user:hunter2@store.example/x: " + b"y" * 5_000
    detail = str(explain(1, words, engine="home", now=NOW).parameters["detail"])
    assert "hunter2" not in detail
    assert "//store.example/x" in detail
    assert len(detail) == DETAIL


@pytest.mark.parametrize(
    "words", [b"", b"\xff\xfe", b'{"message_type":', b"{" * 100_000, b"[]\n{}"]
)
def test_hostile_words_are_an_error_like_any_other(words: bytes) -> None:
    assert explain(1, words, engine="home", now=NOW).code == "engine-failed"
