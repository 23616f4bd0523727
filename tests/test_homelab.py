"""The example homelab: its recorded month gives the French audit and plan that lie beside it.

After a change that is meant: GOLDEN=write pytest tests/test_homelab.py, then read the diff.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from build_homelab import HOMELAB, homelab
from phoenix_dr.app import audit, recovery
from phoenix_dr.app.drills import is_off_site
from phoenix_dr.core.evidence import Level
from phoenix_dr.core.report import AuditReport, RecoveryPlan, State
from phoenix_dr.render import audit_markdown, recovery_plan
from phoenix_dr.render.view import View

SEED = (
    "hôte", "clés", "AdGuard", "Traefik", "Monitoring", "Wiki", "K3s", "média", "Gaming",
    "CI-runner", "Ollama",
)  # fmt: skip
COLUMNS = ("Service", "Données", "Backup", "Fréquence", "Dernier", "RPO effectif", "Statut")
HEAD = re.compile(r"`[0-9a-f]{64}`")
"""The ledger's head: it names the very rows, not what they say."""
MEMORY = re.compile(r"<!-- phoenix-lines:.*?-->", re.DOTALL)
"""The hashes of the lines, that of the head's line among them."""


@dataclass(frozen=True)
class Made:
    """What the recorded month makes of the example."""

    report: AuditReport
    audit: str
    plan: RecoveryPlan
    document: str


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    with homelab(tmp_path_factory.mktemp("homelab")) as (ctx, seen):
        away = frozenset(name for name in ctx.estate.locations if is_off_site(ctx, name))
        view = View(ctx.language, ZoneInfo(ctx.estate.timezone), off_site=away)
        report = audit.judge(ctx, seen)
        plan = recovery.plan(ctx, report)
        assert ctx.ledger.verify().ok
    return Made(
        report, audit_markdown.document(report, view), plan, recovery_plan.document(plan, view)
    )


def cells(line: str) -> tuple[str, ...]:
    """The cells of a line of a Markdown table."""
    return tuple(cell.strip() for cell in line.strip().strip("|").split(" | "))


def table(text: str) -> list[tuple[str, ...]]:
    """The first table of a document: its heading and its rows."""
    lines = [line for line in text.split("\n\n")[1].splitlines() if line.startswith("|")]
    return [cells(lines[0]), *map(cells, lines[2:])]


def rows(made: Made) -> dict[str, tuple[str, ...]]:
    return {row[0]: row for row in table(made.audit)[1:]}


@pytest.mark.parametrize("name", ["audit-2026-11-23.md", "disaster-recovery-plan.md"])
def test_the_documents_beside_the_example_are_what_it_gives(made: Made, name: str) -> None:
    text = made.audit if name.startswith("audit") else made.document
    path = HOMELAB / name
    if os.environ.get("GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    golden = path.read_text(encoding="utf-8")
    assert HEAD.search(golden)
    assert _lasting(text) == _lasting(golden)


def _lasting(text: str) -> str:
    return MEMORY.sub("MEMORY", HEAD.sub("HEAD", text))


def test_the_audit_has_the_title_and_the_seven_columns_of_the_seed(made: Made) -> None:
    assert made.audit.splitlines()[0] == "## Audit Backup — 2026-11-23"
    assert table(made.audit)[0] == COLUMNS
    assert all(len(row) == len(COLUMNS) for row in table(made.audit))
    assert re.search(r"^Score de résilience : \d\.\d/10\b", made.audit, re.MULTILINE)


def test_every_service_of_the_seed_has_its_row(made: Made) -> None:
    assert set(SEED) <= rows(made).keys()
    assert len(rows(made)) == len(made.report.rows)


def test_losses_and_score_make_ten(made: Made) -> None:
    lost = sum(loss.milli for loss in made.report.score.losses)
    assert lost + made.report.score.milli == 10_000
    assert 0 < made.report.score.milli < 10_000
    [shown] = re.findall(r"^(\S+) perdus \+ (\S+) obtenus = 10$", made.audit, re.MULTILINE)
    assert sum(int(part.replace(",", "")) for part in shown) == 10_000


def test_each_recorded_misfortune_shows_in_its_row_and_its_finding(made: Made) -> None:
    states = {row.service: row.state for row in made.report.rows}
    assert states["hôte"] is State.OK
    assert states["Ollama"] is State.NONE
    codes = {(finding.subject, finding.code) for finding in made.report.findings}
    for service, state, finding in (
        ("AdGuard", State.FAIL, ("AdGuard/réglages", "too-old")),
        ("Monitoring", State.FAIL, ("Monitoring/grafana", "drill-failed")),
        ("Photos", State.FAIL, ("Photos/originaux", "no-backup")),
        ("K3s", State.WARN, ("K3s/état", "never-drilled")),
        ("Wiki", State.WARN, ("Wiki/pages", "gap-too-long")),
        ("Gaming", State.UNKNOWN, ("restic-julie", "blind")),
    ):
        assert states[service] is state, service
        assert finding in codes
    assert ("Traefik/routes", "drill-stale") in codes
    assert ("hôte/configuration", "too-old") not in codes


def test_what_was_proved_by_a_drill_that_can_fail_reaches_the_data(made: Made) -> None:
    levels = {covered.asset: covered.level for covered in made.report.coverages}
    assert levels["Wiki/pages"] is Level.DATA
    assert levels["Monitoring/grafana"] is Level.EXISTS
    assert levels["média/jellyfin"] is Level.STARTS


def test_the_restore_order_is_the_one_of_the_seed(made: Made) -> None:
    order = [service.service for service in made.plan.services]
    wanted = ["hôte", "AdGuard", "Traefik", "Monitoring", "Wiki", "média"]
    assert sorted(wanted, key=order.index) == wanted
    assert order.index("clés") < order.index("CI-runner")
    assert order.index("K3s") < order.index("média")


def test_the_plan_has_a_block_of_the_seed_for_every_service(made: Made) -> None:
    blocks = made.document.split("\n## Service : ")[1:]
    assert [block.splitlines()[0] for block in blocks] == [
        service.service for service in made.plan.services
    ]
    for block in blocks:
        found = re.findall(r"^- ([^:]+) :", block.split("\n## ")[0], re.MULTILINE)
        for label in ("Criticité", "RTO cible", "Données à restaurer", "Source backup",
                      "Procédure", "Dépendances", "Dernier test"):  # fmt: skip
            assert label in found, block.splitlines()[0]
    assert "- Dernier test : 2026-11-15 — Résultat : KO" in made.document


def test_nothing_of_the_machine_it_was_made_on_is_told(made: Made) -> None:
    for text in (made.audit, made.document):
        assert "pytest" not in text
        assert str(Path.home()) not in text
