"""The conformity sheet in Vault's hands: written, asked for, and closed by evidence alone."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from phoenix_dr.app import keys_found, kit_state, project_requests
from phoenix_dr.app.audit import judge
from phoenix_dr.app.context import Context
from phoenix_dr.app.handed import write_over
from phoenix_dr.app.handover_notes import DONE, OPEN, keep, waiting
from phoenix_dr.app.key_graph import picture
from phoenix_dr.app.keys import custody
from phoenix_dr.app.project import project
from phoenix_dr.core.custody_graph import graph
from phoenix_dr.core.json_schema import faults
from phoenix_dr.core.keys import SKEW, away_places, last_proofs
from phoenix_dr.core.report import Finding
from phoenix_dr.core.request_lines import Sibling, asking
from phoenix_dr.core.vault import Point, Sheet, VaultFacts, is_served
from phoenix_dr.core.vault_points import sheet as made_of
from phoenix_dr.errors import EngineError, UsageError
from phoenix_dr.render import handoff_vault
from phoenix_dr.render.vault_schema import schema
from phoenix_dr.render.view import View

FOLDER = "vault"
SUBJECT = "vault-handover"
SHORT = 8
OF_KEYS = ("key-", "keys-", "sops-", "kit-", "password-export-", "recovery-notes-")
"""How the codes of findings about keys begin."""


@dataclass(frozen=True, slots=True)
class Handed:
    """A sheet that was written into FOLDER/vault; `asked` None outside a project."""

    sheet: Sheet
    paths: tuple[Path, ...]
    request: str
    asked: bool | None


@dataclass(frozen=True, slots=True)
class Settled:
    """A handover after a new look: the points that are not shown yet, none when it is closed.

    `checked_off`: its request in the project's memory was closed just now.
    """

    digest: str
    missing: tuple[str, ...]
    checked_off: bool = False


def sheet(ctx: Context, *, since: datetime | None = None) -> Sheet:
    """The sheet as things are; asks no engine, opens nothing. With `since` older trials of keys
    and kits do not count. Raises UsageError (vault-nothing) where no key is described or used."""
    estate = ctx.estate
    if not estate.keys and not any(spec.password for spec in estate.engines.values()):
        raise UsageError("vault-nothing")
    held = custody(ctx)
    made = graph(estate)
    proofs = [each for each in ctx.ledger.key_proofs() if each.proved_at <= ctx.now() + SKEW]
    facts = VaultFacts(
        estate=estate,
        picture=picture(ctx),
        custody=held,
        proofs={
            key.name: last_proofs(
                estate.keys[key.name],
                proofs,
                (*key.copies, *key.behind_itself),
                fingerprint=key.fingerprint,
            )
            for key in held
        },
        away={name: away_places(made, name) for name in estate.keys},
        now=ctx.now(),
        found=keys_found.last(ctx),
        kit=kit_state.state(ctx),
        dates=kit_state.dates(ctx),
        drills=tuple(ctx.ledger.drills()),
        findings=tuple(each for each in judge(ctx).findings if is_of_keys(each)),
        ledger_head=ctx.ledger.head().hash,
    )
    return made_of(facts, since=since)


def is_of_keys(finding: Finding) -> bool:
    """Whether a finding is about keys, their copies, or kits."""
    return finding.code.startswith(OF_KEYS)


def hand_over(ctx: Context, folder: Path) -> Handed:
    """Write the sheet into FOLDER/vault, and ask Vault in the project's memory.

    The same points handed over again, while they wait, are the same request. Raises UsageError
    when a file is there that is not ours, or folder or memory cannot be written; EngineError
    (vault-sheet-wrong) for a sheet that does not keep to its own schema: nothing was written then.
    """
    made = sheet(ctx)
    seen = View(language=ctx.language, zone=ZoneInfo(ctx.estate.timezone))
    texts = handoff_vault.files(made, seen)
    _require_sound(texts[handoff_vault.DATA])
    points = tuple(point.id for point in made.points)
    before = next((each for each in waiting(ctx, SUBJECT) if each["points"] == list(points)), None)
    digest = before["digest"] if before else _digest(points, ctx.now())
    text = before["text"] if before else _asked(made, folder, digest, seen)
    paths = write_over(ctx, FOLDER, folder, texts, wanted=list(points))
    here = project(folder.absolute()) or project(Path.cwd())
    root = str(here.root) if here is not None and here.memory is not None else ""
    since = before["since"] if before else ctx.now().isoformat()
    note = {"digest": digest, "points": list(points), "root": root, "text": text,
            "since": since, "state": OPEN}  # fmt: skip
    if note != before:
        keep(ctx, SUBJECT, note)
    asked = None
    if root:
        request = asking(Sibling.VAULT, text)
        asked = project_requests.ask(ctx, _request(digest), request, start=Path(root))
    return Handed(made, paths, text, asked)


def _asked(made: Sheet, folder: Path, digest: str, view: View) -> str:
    return handoff_vault.request(str(folder / FOLDER), made.points, digest, view=view)


def settle(ctx: Context) -> tuple[Settled, ...]:
    """Look at every handover that waits; check off those whose every point is shown since.

    Raises UsageError when the project's memory cannot be written; it is tried again next time.
    """
    return tuple(_settled(ctx, note) for note in waiting(ctx, SUBJECT))


def _settled(ctx: Context, note: dict[str, Any]) -> Settled:
    points: tuple[Point, ...] = ()
    if ctx.estate.keys:
        points = sheet(ctx, since=datetime.fromisoformat(note["since"])).points
    handed = tuple(note["points"])
    shown = {point.id for point in points if is_served((point.id,), (point,))}
    missing = tuple(each for each in handed if each not in shown)
    if not is_served(handed, points):
        return Settled(note["digest"], missing or handed)
    root = note["root"]
    done = bool(root) and project_requests.served(
        ctx, _request(note["digest"]), start=Path(root)
    )  # fmt: skip
    keep(ctx, SUBJECT, {**note, "state": DONE})
    return Settled(note["digest"], (), done)


def _require_sound(text: str) -> None:
    wrong = next(faults(schema(), json.loads(text)), None)
    if wrong is not None:
        raise EngineError("vault-sheet-wrong", place=wrong)


def _digest(points: tuple[str, ...], now: datetime) -> str:
    """Names one handover: another day or other points make another request."""
    said = json.dumps([*points, now.isoformat()])
    return hashlib.sha256(said.encode()).hexdigest()[:SHORT]


def _request(digest: str) -> str:
    """Under which a request is remembered; no engine has a colon in its name."""
    return f"vault:{digest}"
