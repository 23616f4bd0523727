"""`phoenix demo`: the whole job on a small estate of its own, told step by step."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from phoenix_dr.app import backup, drills, keys, recovery
from phoenix_dr.app.audit import audit, write_report
from phoenix_dr.app.context import Context, open_context
from phoenix_dr.app.demo.estate import MEDIA_FILES, UPLOADS, DemoEstate, build, remove
from phoenix_dr.app.demo.writer import Writer
from phoenix_dr.app.files import write_atomically
from phoenix_dr.app.plan_state import remember_plan
from phoenix_dr.core.report import AuditReport
from phoenix_dr.render import audit as audit_text
from phoenix_dr.render import audit_parts, recovery_plan, table
from phoenix_dr.render import drill as drill_text
from phoenix_dr.render import keys as key_text
from phoenix_dr.render.audit_markdown import document
from phoenix_dr.render.text import indent
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.backup_text import backup_text
from phoenix_dr.surfaces.cli.base import command, invocation
from phoenix_dr.surfaces.cli.dr import FILE
from phoenix_dr.surfaces.cli.progress import Bars
from phoenix_dr.surfaces.cli.session import view

MEGABYTE = 1_000_000
PARTS = (("wiki", "critical"), ("system", "important"), ("media", "nice-to-have"))
TABLE_LINES = 6
"""Heading, columns, rule and one line per service of the first audit."""


@command("demo")
@click.option("--remove", "take_away", is_flag=True, help=speech.t("option.remove"))
@click.option("--directory", type=click.Path(path_type=Path), help=speech.t("option.directory"))
@click.option("--seed", type=int, default=1, show_default=True, help=speech.t("option.seed"))
@click.option(
    "--media",
    type=click.IntRange(1, 100_000),
    default=300,
    show_default=True,
    help=speech.t("option.media"),
)
def demo(take_away: bool, directory: Path | None, seed: int, media: int) -> int:
    root = (directory or Path.home() / "phoenix-demo").absolute()
    if take_away:
        click.echo(speech.t("demo.removed" if remove(root) else "demo.nothing", root=str(root)))
        return 0
    began = time.monotonic()
    say("demo.building", root=str(root))
    estate = build(root, seed=seed, media_bytes=media * MEGABYTE, language=speech.language())
    _introduce(estate, media * MEGABYTE)
    with (
        Bars() as bars,
        open_context(
            invocation().environ,
            config_file=str(estate.config),
            state=str(estate.state),
            language=speech.language(),
            watch=bars.watch,
        ) as ctx,
        Writer(estate.wiki, ctx.now),
    ):
        caught = Story(ctx, estate, bars).tell()
    say("demo.look", config=str(estate.config), state=str(estate.state))
    program = Path(sys.argv[0]).name if sys.argv[0] else "phoenix"
    say(
        "demo.own",
        program=f".venv/bin/{program}" if Path(".venv").is_dir() else program,
        took=time.monotonic() - began,
    )
    return 0 if caught else 1


def say(code: str, /, **facts: str | int | float) -> None:
    """Print a phrase."""
    click.echo(speech.t(code, **facts))


def _introduce(estate: DemoEstate, media: int) -> None:
    facts: dict[str, str | int] = {
        "uploads": UPLOADS,
        "system": str(estate.system),
        "excluded": estate.excluded,
        "files": MEDIA_FILES,
        "size": media,
    }
    rows = [
        [name, speech.t(f"demo.{name}", **facts), speech.t(f"word.criticality.{criticality}")]
        for name, criticality in PARTS
    ]
    rows.append(["copies", speech.t("demo.copies"), ""])
    for line in table.plain(rows):
        click.echo(f"  {line}")


class Story:
    """The eight steps, each through the same use cases as the commands."""

    def __init__(self, ctx: Context, estate: DemoEstate, bars: Bars) -> None:
        """Tell it once."""
        self.ctx = ctx
        self.estate = estate
        self.bars = bars
        self.view = view(ctx)
        self.step = 0

    def tell(self) -> bool:
        """True when the corrupted copy was caught and everything after it went well."""
        before = self._first_audit()
        good = self._backup()
        self._short_audit("after-backup")
        caught = self._twin()
        if not caught:
            say("demo.twin-missed")
            return False
        good = self._drill() and good
        good = self._prove() and good
        plan = self._plan()
        return self._last_audit(before, plan) and good

    def _title(self, name: str, typed: str) -> None:
        self.step += 1
        title = f"{self.step} {speech.t(f'demo.step.{name}')}"
        click.echo(f"{title:<48}$ phoenix {typed}")

    def _say(self, text: str, *, first: str = "  ") -> None:
        for line in indent(text, first=first, rest="    ", columns=self.view.width):
            click.echo(line)

    def _first_audit(self) -> AuditReport:
        self._title("before", "audit")
        report = audit(self.ctx)
        click.echo("\n".join(audit_text.terminal(report, self.view).splitlines()[:TABLE_LINES]))
        self._say(audit_text.score_line(report, self.view), first="")
        return report

    def _backup(self) -> bool:
        self._title("backup", "backup")
        report = backup.backup(self.ctx)
        self.bars.clear()
        click.echo(backup_text(report, self.view))
        return report.is_whole

    def _short_audit(self, name: str) -> AuditReport:
        self._title(name, "audit")
        report = audit(self.ctx)
        self._say(audit_text.score_line(report, self.view))
        if report.gains:
            best = report.gains[0]
            what = audit_parts.gain_text(best, self.view)
            self._say(speech.t("demo.next", what=what, gain=best.milli))
        return report

    def _twin(self) -> bool:
        self._title("twin", "drill run wiki --mutate")
        report = drills.run(self.ctx, drills.DrillRequest(("wiki",), mutate=True))
        self.bars.clear()
        for record in report.records:
            verdict, good = drill_text.twin(record, self.view)
            colon = " : " if self.view.language == "fr" else ": "
            asset = f"{record.asset}{colon}" if len(report.records) > 1 else ""
            self._say(f"{asset}{speech.t('demo.flipped')} {verdict}")
        if report.is_good:
            click.echo(f"  {good}")
        return report.is_good

    def _drill(self) -> bool:
        self._title("drill", "drill run")
        report = drills.run(self.ctx, drills.DrillRequest())
        self.bars.clear()
        click.echo("\n".join(drill_text.lines(report.records, self.view)))
        return report.is_good

    def _prove(self) -> bool:
        self._title("keys", "keys prove")
        proofs = keys.prove(self.ctx, None)
        for proof in proofs:
            click.echo(f"  {key_text.proof(proof, self.view)}")
        return bool(proofs) and all(proof.ok for proof in proofs)

    def _plan(self) -> Path:
        self._title("plan", "dr plan")
        from phoenix_dr.app.audit import judge

        made = recovery.plan(self.ctx, judge(self.ctx))
        path = Path(self.ctx.estate.documents) / FILE
        write_atomically(path, recovery_plan.update("", made, view=self.view), mode=0o644)
        remember_plan(self.ctx, at=made.made_at)
        backup.backup(self.ctx, ("phoenix",))
        self.bars.clear()
        click.echo(f"  {path}   {recovery_plan.summary(made, self.view)}")
        return path

    def _last_audit(self, before: AuditReport, plan: Path) -> bool:
        after = self._short_audit("after")
        path = write_report(self.ctx.estate, after.made_at, document(after, self.view))
        facts = {"before": before.score.milli, "after": after.score.milli}
        click.echo("  " + speech.t("demo.rise", missing=10_000 - after.score.milli, **facts))
        root = self.estate.root
        lines = len(self.estate.config.read_text(errors="surrogateescape").splitlines())
        say(
            "demo.wrote",
            audit=str(path.relative_to(root)),
            plan=str(plan.relative_to(root)),
            config=self.estate.config.name,
            lines=lines,
        )
        return after.score.milli > before.score.milli
