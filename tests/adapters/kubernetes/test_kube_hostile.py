"""A cluster in trouble, or one that means ill: every question ends, and no write is sent twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adapters.kubernetes.hostile import Answer, hostile, kube, said
from adapters.kubernetes.lab import NAMESPACES
from phoenix_dr.adapters._kube import Kube, Limits
from phoenix_dr.errors import EngineError, PhoenixError

MADE = {"metadata": {"name": "a"}}
WRITES: dict[str, Callable[[Kube], object]] = {
    "POST": lambda found: found.create(NAMESPACES, MADE),
    "PATCH": lambda found: found.apply(NAMESPACES, MADE, dry_run=False),
    "DELETE": lambda found: found.delete(NAMESPACES, "a", uid="1"),
}
QUICK = Limits(connect=2.0, read=2.0, size=1 << 20, rows=1000, whole=0.6)


def failing(error: pytest.ExceptionInfo[PhoenixError]) -> str:
    return error.value.code


def page(*names: str, token: str = "") -> dict[str, object]:
    return {
        "metadata": {"continue": token} if token else {},
        "items": [{"metadata": {"name": name}} for name in names],
    }


@pytest.mark.parametrize("names", [(), ("a",)])
def test_pages_that_name_the_same_next_one_for_ever_have_an_end(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    with (
        hostile(lambda method, path: said(page(*names, token="again"))) as there,
        kube(there, tmp_path, QUICK) as found,
        pytest.raises(EngineError) as error,
    ):
        list(found.each(NAMESPACES))
    assert failing(error) == "answer-confused"
    assert len(there.asked) <= 2


def test_empty_pages_that_never_end_have_an_end(tmp_path: Path) -> None:
    turn = iter(range(1_000_000))
    with (
        hostile(lambda method, path: said(page(token=f"t{next(turn)}"))) as there,
        kube(there, tmp_path, QUICK) as found,
        pytest.raises(EngineError) as error,
    ):
        list(found.each(NAMESPACES))
    assert failing(error) == "web-too-long"
    assert len(there.asked) <= 1001


def test_an_empty_page_before_the_last_is_none_of_that(tmp_path: Path) -> None:
    pages = [page("a", token="1"), page(token="2"), page("b")]
    with (
        hostile(lambda method, path: said(pages.pop(0))) as there,
        kube(there, tmp_path, QUICK) as found,
    ):
        names = [each["metadata"]["name"] for each in found.each(NAMESPACES)]
    assert names == ["a", "b"]


def dripping() -> Iterator[bytes]:
    yield b"{"
    for _ in range(60):
        time.sleep(0.1)
        yield b" "
    yield b"}"


def test_an_answer_that_drips_ends_by_the_limit_of_a_whole_one(tmp_path: Path) -> None:
    with (
        hostile(lambda method, path: Answer(pieces=dripping, length=62)) as there,
        kube(there, tmp_path, QUICK) as found,
        pytest.raises(EngineError) as error,
    ):
        found.get(NAMESPACES, "a")
    assert failing(error) == "network"


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
@pytest.mark.parametrize("kind", ["cut", "no JSON", "drips"])
def test_a_write_whose_answer_cannot_be_read_may_have_been_taken(
    tmp_path: Path, method: str, kind: str
) -> None:
    answers = {
        "cut": lambda: Answer(201, lambda: iter((b'{"metadata": {',)), {}, 4000),
        "no JSON": lambda: Answer(201, lambda: iter((b"<html>",)), {}, 6),
        "drips": lambda: Answer(201, dripping, {}, 62),
    }
    with (
        hostile(lambda verb, path: answers[kind]()) as there,
        kube(there, tmp_path, QUICK) as found,
        pytest.raises(EngineError) as error,
    ):
        WRITES[method](found)
    assert failing(error) == "write-unanswered"
    assert [each for each, _ in there.asked] == [method]


def test_a_reading_that_is_no_json_is_confused(tmp_path: Path) -> None:
    with (
        hostile(lambda verb, path: Answer(200, lambda: iter((b"<html>",)), {}, 6)) as there,
        kube(there, tmp_path, QUICK) as found,
        pytest.raises(EngineError) as error,
    ):
        found.get(NAMESPACES, "a")
    assert failing(error) == "answer-confused"


def test_a_busy_cluster_is_asked_again_when_it_said_it_would_be_free(tmp_path: Path) -> None:
    begun = time.monotonic()

    def answer(method: str, path: str) -> Answer:
        if time.monotonic() - begun < 0.9:
            return said({"kind": "Status", "reason": "TooManyRequests"}, 429, Retry_After="1")
        return said({"metadata": {"name": "a"}})

    with hostile(answer) as there, kube(there, tmp_path, QUICK) as found:
        assert found.get(NAMESPACES, "a") == {"metadata": {"name": "a"}}
    assert len(there.asked) == 2


@pytest.mark.parametrize("after", ["86400", "-1", "soon", "1e9", "9" * 5000])
def test_an_odd_or_endless_wait_is_not_waited_for(tmp_path: Path, after: str) -> None:
    busy = {"kind": "Status", "reason": "TooManyRequests"}
    begun = time.monotonic()
    with (
        hostile(lambda method, path: said(busy, 429, Retry_After=after)) as there,
        kube(there, tmp_path, Limits(connect=2, read=2, busy=0.05)) as found,
        pytest.raises(EngineError) as error,
    ):
        found.get(NAMESPACES, "a")
    assert failing(error) == "kube-busy"
    assert len(there.asked) == 3
    assert time.monotonic() - begun < 60


def test_a_busy_cluster_gets_no_write_twice(tmp_path: Path) -> None:
    busy = {"kind": "Status", "reason": "TooManyRequests"}
    with (
        hostile(lambda method, path: said(busy, 429, Retry_After="0")) as there,
        kube(there, tmp_path, QUICK) as found,
        pytest.raises(EngineError) as error,
    ):
        found.create(NAMESPACES, {"metadata": {"name": "a"}})
    assert failing(error) == "kube-busy"
    assert len(there.asked) == 1


def test_a_list_the_server_forgot_in_the_middle_is_no_list(tmp_path: Path) -> None:
    gone = {"kind": "Status", "reason": "Expired", "code": 410}
    with (
        hostile(
            lambda method, path: (
                said(gone, 410) if "continue" in path else said(page("a", token="x"))
            )
        ) as there,
        kube(there, tmp_path, QUICK) as found,
        pytest.raises(EngineError) as error,
    ):
        list(found.each(NAMESPACES))
    assert failing(error) == "kube-list-expired"


@pytest.mark.parametrize("meta", ["x", [], 7, None])
def test_odd_words_about_a_list_end_it(tmp_path: Path, meta: object) -> None:
    with (
        hostile(lambda method, path: said({"items": [{"a": 1}], "metadata": meta})) as there,
        kube(there, tmp_path, QUICK) as found,
    ):
        assert list(found.each(NAMESPACES)) == [{"a": 1}]
