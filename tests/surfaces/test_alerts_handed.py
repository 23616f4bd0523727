"""Alerts handed to Hawk: asked for once, closed when a real Prometheus shows these very rules."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from build_app import House, house
from build_menu import make_project
from build_prometheus import running
from phoenix_dr.adapters._http import Server
from phoenix_dr.adapters.prometheus.rules import loaded
from phoenix_dr.app import hawk
from phoenix_dr.core.alerts import HOUR, alerts
from phoenix_dr.core.hawk import GROUP, LoadedRule, Loading, judge, wanted, words
from phoenix_dr.errors import EngineError
from surfaces.test_alerts import write

OPEN, DONE = "- [ ] [phoenix→hawk]", "- [x] [phoenix→hawk]"
ENGINE = "\n  graphs:\n    kind: prometheus\n    url: {url}\n    location: home\n"
CONFIG = "global: {{evaluation_interval: {every}}}\nrule_files: [{files}]\n"


@dataclass
class Watched:
    """A project with a Prometheus that was not told any rule yet."""

    house: House
    url: str

    @property
    def rules(self) -> Path:
        """What was handed over."""
        return self.house.root / "given/phoenix-backup.rules.yml"

    def context(self) -> str:
        return (self.house.root / "_bmad/_memory/shared-context.md").read_text()

    def generate(self, *words: str) -> dict[str, Any]:
        done = write(self.house, Path("given"), "--json", *words)
        assert done.code == 0, done.err
        found: dict[str, Any] = json.loads(done.out)
        return found

    def shown(self) -> Loading | None:
        """What Prometheus shows of the handover that waits."""
        [settled] = self.house.using(hawk.settle)
        found: Loading | None = settled.loading
        return found

    def audit(self) -> str:
        return self.house.phoenix("audit", "--no-report").err

    def tell(self, *files: Path, every: str = "200ms", shown: str = "ok") -> None:
        """Reload with these rule files; wait until they are listed with this health."""
        text = CONFIG.format(every=every, files=", ".join(f'"{path}"' for path in files))
        (self.house.root / "scrapes-nothing.yml").write_text(text)
        with urlopen(Request(f"{self.url}/-/reload", method="POST"), timeout=20) as answer:
            assert answer.status == 200
        until = time.monotonic() + 30
        while time.monotonic() < until:
            found = loaded(Server("graphs", self.url, {}))
            if bool(found) == bool(files) and all(rule.health == shown for rule in found):
                return
            time.sleep(0.05)
        raise AssertionError(f"never {shown}")


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    made = house(tmp_path_factory.mktemp("hawk"))
    make_project(made)
    with running(made.root, made.root / "tsdb", "--web.enable-lifecycle") as url:
        made.say("\npolicies:", ENGINE.format(url=url) + "policies:")
        yield Watched(made, url)


def test_the_request_is_closed_by_the_loaded_rules_alone(watched: Watched, tmp_path: Path) -> None:
    first = watched.generate()
    assert (first["asked"], first["prometheus"]) == (True, "absent")
    assert "backup_last_success_timestamp" in first["request"]
    assert all(Path(each["path"]).name in first["request"] for each in first["files"])
    assert watched.generate()["asked"] is False
    assert watched.context().count(OPEN) == 1
    log = watched.house.root / "_bmad/_memory/handoff-log.md"
    assert log.read_text().count("| phoenix → hawk |") == 1
    assert watched.shown() is Loading.ABSENT
    assert watched.context().count(OPEN) == 1
    # Another expression, another duration, one rule less, an old file beside, never evaluated.
    text = watched.rules.read_text()
    other = tmp_path / "other.yml"
    fewer = text[: text.rindex("- alert:")].rstrip() + "\n"
    for changed in (
        text.replace("> 93600", "> 93601"),
        text.replace('for: "1h"', 'for: "2h"', 1),
        text.replace("severity: critical", "severity: info", 1),
        fewer,
    ):
        assert changed != text
        other.write_text(changed)
        watched.tell(other)
        assert watched.shown() is Loading.DIFFERENT
    watched.tell(other, watched.rules)
    assert watched.generate()["prometheus"] == "different"
    watched.tell(watched.rules, every="10000h", shown="unknown")
    assert watched.shown() is Loading.UNHEALTHY
    assert (watched.context().count(OPEN), watched.context().count(DONE)) == (1, 0)
    watched.tell(watched.rules)
    assert "checked off" in watched.audit()
    assert (watched.context().count(OPEN), watched.context().count(DONE)) == (0, 1)
    assert "✅" in log.read_text()
    again = watched.generate()
    assert (again["asked"], again["prometheus"]) == (None, "loaded")
    # Lost again: a new request, beside the old one that was closed.
    watched.tell()
    assert watched.generate()["asked"] is True
    assert (watched.context().count(OPEN), watched.context().count(DONE)) == (1, 1)


def test_who_does_not_answer_closes_nothing(watched: Watched) -> None:
    watched.tell(watched.rules)
    before = watched.context()
    watched.house.say(watched.url, "http://127.0.0.1:9")
    try:
        assert watched.shown() is Loading.UNSEEN
        assert watched.audit().count("Hawk") == 0
        assert watched.context() == before
    finally:
        watched.house.say("http://127.0.0.1:9", watched.url)
    assert watched.shown() is Loading.LOADED
    assert watched.context().count(OPEN) == 0


def test_what_no_program_read_is_not_asked_for(tmp_path: Path) -> None:
    made = house(tmp_path)
    make_project(made)
    before = (tmp_path / "_bmad/_memory/shared-context.md").read_text()
    done = write(made, Path("given"), path="/usr/bin:/bin")
    assert (done.code, "nothing is asked" in done.out) == (3, True)
    assert "No Prometheus is described" in done.out
    assert (tmp_path / "_bmad/_memory/shared-context.md").read_text() == before


def rules(**changed: Any) -> list[LoadedRule]:
    return [
        replace(
            LoadedRule(
                GROUP, each.name, each.expression, each.lasts.total_seconds(),
                {"severity": each.severity, "owner": "phoenix"}, "ok", "a.yml",
            ),
            **changed,
        )
        for each in alerts(lasts=HOUR)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (rules(), Loading.LOADED),
        ([*rules(), LoadedRule("others", "PhoenixSilent", "1", 0.0)], Loading.LOADED),
        ([], Loading.ABSENT),
        (rules(group="others"), Loading.ABSENT),
        (rules()[1:], Loading.DIFFERENT),
        ([*rules(), rules()[0]], Loading.DIFFERENT),
        ([*rules(), LoadedRule(GROUP, "", "", -1.0, {}, "", "a.yml")], Loading.DIFFERENT),
        (rules(labels={}), Loading.DIFFERENT),
        ([*rules()[1:], replace(rules()[0], health="err")], Loading.UNHEALTHY),
    ],
)
def test_what_a_list_shows(found: list[LoadedRule], expected: Loading) -> None:
    assert judge(wanted(alerts(lasts=HOUR)), found) is expected


def test_blanks_do_not_count_and_words_do() -> None:
    assert words("max by(a,b)(x1) >= 2592000") == words("max  by (a, b) (x1)>=2.592e+06")
    for one, other in (
        ("a or b", "aorb"),
        ('x{a="b c"}', 'x{a="bc"}'),
        ("a > b", "a >= b"),
        ("x > 93600", "x > 93601"),
    ):
        assert words(one) != words(other)


@pytest.mark.parametrize(
    "answer",
    ["[]", "{}", '{"status": "error", "data": {"groups": []}}', '{"status": "success"}',
     '{"status": "success", "data": {"groups": 7}}', "no json"],
)  # fmt: skip
def test_an_odd_answer_is_no_answer(answer: str) -> None:
    with answering(answer) as server, pytest.raises(EngineError):
        loaded(server)


def test_odd_rows_make_a_group_that_is_not_ours() -> None:
    rows = json.dumps([None, 3, {"name": [], "labels": 1, "duration": "x", "health": {}}])
    answer = f'{{"status": "success", "data": {{"groups": [1, {{"rules": 2}}, ' \
        f'{{"name": "{GROUP}", "rules": {rows}}}]}}}}'  # fmt: skip
    with answering(answer) as server:
        found = loaded(server)
    assert len(found) == 3
    assert judge(wanted(alerts()), found) is Loading.DIFFERENT


@contextmanager
def answering(answer: str) -> Iterator[Server]:
    """A web service that says this to everybody."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer.encode())

        def log_message(self, format: str, *words: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Server("graphs", f"http://127.0.0.1:{server.server_port}", {})
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
