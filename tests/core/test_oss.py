"""Which tool fits which need, and that the table says of Phoenix what its engines really do."""

from __future__ import annotations

import ast
import inspect
import textwrap
from dataclasses import replace
from datetime import date

import pytest

from phoenix_dr.adapters import ENGINES
from phoenix_dr.app.drills import ON_THEIR_OWN
from phoenix_dr.app.expiry_rules import DIALECTS
from phoenix_dr.app.selection import DRILLED, SAVED, SAVING_ENGINES
from phoenix_dr.core.model import (
    SAMPLE_KINDS,
    Asset,
    AssetKind,
    EngineSpec,
    Estate,
    Host,
    Immutability,
    Location,
    Policy,
    RetentionRule,
    Service,
)
from phoenix_dr.core.oss import KINDS, Comparison, Row, Verdict, compare, need_of, off_site
from phoenix_dr.core.oss_decisions import Choice, logged, mentions, states, with_choice
from phoenix_dr.core.oss_tools import BY_ID, TOOLS, Tool
from phoenix_dr.render.phrases import phrases, sentence
from phoenix_dr.surfaces.cli.oss import TOOLS as ASKED

FILLS = {"TakePoint", "SaveGuest", "SaveVolume", "SaveNamespaces"}
DRILLS = {"RestorePoint", "RestoreGuest", "RestoreClaim"}
DAY = date(2026, 11, 23)


def estate(*assets: Asset, **more: object) -> Estate:
    """A host with a disk and a bucket elsewhere, one restic engine, these assets."""
    made = Estate(
        "home",
        "worker1",
        hosts={"worker1": Host("worker1", "home"), "aws": Host("aws", "paris")},
        locations={
            "usb": Location("usb", "worker1"),
            "bucket": Location("bucket", "aws", medium="object-storage"),
        },
        engines={"away": EngineSpec("away", "restic", locations={"": "bucket"})},
        policies={"default": Policy("default", "@daily", RetentionRule(last=7), "why", ("away",))},
        services={"wiki": Service("wiki", assets=assets)},
    )
    return replace(made, **more)  # type: ignore[arg-type]


def asset(kind: AssetKind, name: str = "one", source: str = "/srv") -> Asset:
    """An asset of the service wiki."""
    return Asset(f"wiki/{name}", kind, source)


def compared(of: Estate, name: str) -> dict[str, Row]:
    """The rows of the only kind a need has, by tool."""
    need = need_of(of, name)
    assert need is not None
    [part] = compare(of, need)
    return {row.tool.id: row for row in part.rows}


def codes(row: Row) -> set[str]:
    return {reason.code for reason in row.reasons}


def verbs(kind: str) -> set[str]:
    """Names of the actions that the `perform` of an engine's kind knows, read from its code."""
    built = ENGINES[kind](EngineSpec("one", kind), None)  # type: ignore[arg-type]
    perform = getattr(type(built), "perform", None)
    if perform is None:
        return set()
    tree = ast.parse(textwrap.dedent(inspect.getsource(perform)))
    known = {
        each.cls.id
        for each in ast.walk(tree)
        if isinstance(each, ast.MatchClass) and isinstance(each.cls, ast.Name)
    }
    asked = [each.args[1] for each in ast.walk(tree) if isinstance(each, ast.Call)
             and isinstance(each.func, ast.Name) and each.func.id == "isinstance"]  # fmt: skip
    return known | {each.id for each in asked if isinstance(each, ast.Name)}


def claimed(tool: Tool) -> tuple[bool, bool, bool, bool]:
    """What the table says Phoenix does with a tool: see, fill, drill, expire."""
    ours = tool.ours
    return bool(ours.sees), bool(ours.fills), bool(ours.drills), ours.expires


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.id)
def test_the_table_says_of_phoenix_what_its_engines_do(tool: Tool) -> None:
    spoken = set(tool.kinds) & ENGINES.keys()
    assert spoken == set(tool.kinds)
    known = set().union(*map(verbs, spoken))
    real = bool(spoken), bool(known & FILLS), bool(known & DRILLS), "ForgetPoints" in known
    assert claimed(tool) == real


def test_every_engine_that_holds_points_is_in_the_table() -> None:
    named = {kind for tool in TOOLS for kind in tool.kinds}
    # Samples, and a cluster looked at without anything that saves it.
    assert ENGINES.keys() - named <= {*SAMPLE_KINDS, "kubernetes"}


def test_the_kinds_phoenix_fills_and_drills_are_those_of_its_commands() -> None:
    filled = {tool.id for tool in TOOLS if set(tool.ours.fills) & SAVED}
    assert filled == SAVING_ENGINES
    restic = BY_ID["restic"].ours
    assert {*restic.fills} == SAVED - {AssetKind.STATE}
    assert {*restic.drills} == DRILLED - {AssetKind.STATE} - ON_THEIR_OWN.keys()
    for kind, engines in ON_THEIR_OWN.items():
        ours = {name for tool in TOOLS if kind in tool.ours.drills for name in tool.kinds}
        assert ours - {"vzdump"} == engines
    assert {tool.id for tool in TOOLS if tool.ours.expires} == DIALECTS.keys()


def test_nothing_is_filled_or_drilled_that_is_not_seen_nor_seen_that_is_not_saved() -> None:
    for tool in TOOLS:
        assert {*tool.ours.fills} | {*tool.ours.drills} <= {*tool.ours.sees} <= tool.saves.keys()
        # What the sentence of a tool that is only seen says.
        if {*tool.ours.sees} - {*tool.ours.fills}:
            assert tool.ours.expires is not tool.server


def test_the_command_offers_just_the_tools_of_the_table() -> None:
    assert (*BY_ID, "custom") == ASKED


def test_what_serves_comes_first_and_says_so() -> None:
    rows = compared(estate(asset(AssetKind.FILES)), "wiki/one")
    assert next(iter(rows)) == "restic"
    assert rows["restic"].serves
    assert rows["restic"].engines == ("away",)
    assert rows["restic"].verdict is Verdict.FITS
    assert {"serves", "phoenix-whole", "off-site", "cipher-always"} <= codes(rows["restic"])
    assert rows["borg"].verdict is Verdict.CONDITION
    assert {"off-site-out", "phoenix-sees-expires"} <= codes(rows["borg"])
    assert rows["kopia"].decisive is not None
    assert rows["kopia"].decisive.code == "phoenix-blind"


def test_an_engine_that_is_here_for_other_data_is_in_use_but_does_not_serve() -> None:
    alone = replace(asset(AssetKind.FILES), policy=None)
    row = compared(estate(alone), "wiki/one")["restic"]
    assert (row.serves, row.engines) == (False, ("away",))
    assert "used" in codes(row)
    assert "serves" not in codes(row)


def test_a_copy_is_no_format_of_backups_for_any_kind() -> None:
    for kind in KINDS:
        row = compared(estate(asset(kind)), kind.value)["rclone"]
        assert row.verdict is Verdict.NO
        assert codes(row) == {"copy-only"}


def test_a_cluster_tool_wants_a_cluster() -> None:
    assert "no-cluster" in codes(compared(estate(), "volumes")["velero"])
    there = estate(asset(AssetKind.VOLUMES, source="lh/media/*"))
    assert compared(there, "volumes")["velero"].verdict is Verdict.CONDITION
    assert "needs-velero" in codes(compared(there, "volumes")["velero"])
    engines = {**there.engines, "velero": EngineSpec("velero", "velero")}
    used = compared(replace(there, engines=engines), "volumes")["velero"]
    assert "needs-velero" not in codes(used)
    assert compared(there, "volumes")["restic"].verdict is Verdict.NO


def test_a_guest_wants_a_proxmox() -> None:
    for tool in ("pbs", "vzdump"):
        assert codes(compared(estate(), "guest")[tool]) == {"no-proxmox"}
    guest = asset(AssetKind.GUEST, source="pve1/210")
    there = estate(guest, engines={"pve1": EngineSpec("pve1", "proxmox")})
    rows = compared(there, "wiki/one")
    assert rows["vzdump"].engines == ("pve1",)
    assert "needs-server" in codes(rows["pbs"])
    server = EngineSpec("pbs1", "pbs", archives={"210": guest.id})
    rows = compared(replace(there, engines={**there.engines, "pbs1": server}), "wiki/one")
    assert rows["pbs"].serves
    assert "needs-server" not in codes(rows["pbs"])


def test_who_prepares_a_database_depends_on_the_tool() -> None:
    rows = compared(estate(asset(AssetKind.SQLITE)), "sqlite")
    assert "saves-prepared" in codes(rows["restic"])
    assert "saves-consistent" in codes(rows["borg"])
    rows = compared(estate(asset(AssetKind.POSTGRES)), "postgres")
    assert "saves-dump" in codes(rows["restic"])
    assert rows["restic"].verdict is Verdict.CONDITION


def test_off_site_is_worked_out_from_the_site_and_asked_of_each_tool() -> None:
    here = estate(asset(AssetKind.FILES))
    assert off_site(here) == ("bucket",)
    near = replace(here, locations={"usb": here.locations["usb"]})
    assert off_site(near) == ()
    assert not {code for code in codes(compared(near, "files")["borg"]) if "off-site" in code}
    disk = replace(here, locations={"far": Location("far", "aws")})
    assert "off-site" in codes(compared(disk, "files")["borg"])
    assert "off-site-server" in codes(compared(disk, "files")["pbs"])
    assert off_site(replace(here, hosts={})) == ()


def test_a_place_that_claims_to_be_immutable_asks_for_a_tool_that_bears_it() -> None:
    volumes = asset(AssetKind.VOLUMES, source="v/media/*")
    engines = {"v": EngineSpec("v", "velero")}
    plain = estate(volumes, engines=engines)
    claims = {"bucket": replace(plain.locations["bucket"], immutable=Immutability.CLAIMED)}
    sealed = replace(plain, locations=claims)
    assert "lock-no" in codes(compared(sealed, "volumes")["velero"])
    assert "lock-unknown" in codes(compared(sealed, "volumes")["longhorn"])
    assert "lock-no" not in codes(compared(plain, "volumes")["velero"])
    # What it does not write to does not matter to it.
    files = compared(replace(sealed, services={}), "files")
    assert not {code for code in codes(files["borg"]) if code.startswith("lock-")}
    assert "lock-server" in codes(files["restic"])


def test_a_name_is_an_asset_a_service_or_a_kind() -> None:
    here = estate(
        asset(AssetKind.FILES), asset(AssetKind.SQLITE, "two"), asset(AssetKind.NONE, "x")
    )
    whole = need_of(here, None)
    assert whole is not None
    assert [kind for kind, _ in whole.parts] == [AssetKind.FILES, AssetKind.SQLITE]
    assert need_of(here, "wiki") == replace(whole, key="wiki")
    nothing = need_of(here, "wiki/x")
    assert nothing is not None
    assert nothing.parts == ()
    kind = need_of(here, "files")
    assert kind is not None
    assert kind.key == "*/files"
    assert need_of(here, "wikki") is None
    assert need_of(here, "none") is None
    claim = asset(AssetKind.VOLUMES, "settings/jellyfin", "lh/media/jellyfin")
    pattern = need_of(estate(claim), "wiki/settings")
    assert pattern is not None
    assert pattern.parts == ((AssetKind.VOLUMES, (claim,)),)


def every_part() -> list[Comparison]:
    """Every kind against estates that lack and have everything."""
    kinds = [asset(kind, kind.value) for kind in KINDS]
    spoken = {
        tool.kinds[0]: EngineSpec(tool.kinds[0], tool.kinds[0]) for tool in TOOLS if tool.kinds
    }
    full = estate(*kinds, engines=spoken)
    locked = {
        name: replace(place, immutable=Immutability.CLAIMED)
        for name, place in full.locations.items()
    }
    disk = replace(full, locations={"far": Location("far", "aws")})
    bare = replace(full, engines={})
    parts: list[Comparison] = []
    for each in (full, estate(*kinds), replace(full, locations=locked), disk, bare, estate()):
        for kind in KINDS:
            need = need_of(each, kind.value)
            assert need is not None
            parts += compare(each, need)
    return parts


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_reason_can_be_said_and_none_is_never_given(language: str) -> None:
    said = set()
    for part in every_part():
        for row in part.rows:
            assert row.reasons
            for reason in row.reasons:
                text = sentence(language, f"oss.reason.{reason.code}", **dict(reason.parameters))
                assert "{" not in text
                said.add(reason.code)
    worded = {code.removeprefix("oss.reason.") for code in phrases(language)
              if code.startswith("oss.reason.")}  # fmt: skip
    assert worded == said


def test_the_verdict_follows_from_the_reasons() -> None:
    for part in every_part():
        verdicts = [row.verdict for row in part.rows]
        assert verdicts.index(Verdict.NO) == len(verdicts) - verdicts.count(Verdict.NO)
        for row in part.rows:
            speaks = {reason.speaks for reason in row.reasons}
            assert (row.verdict is Verdict.NO) is (False in speaks)
            assert (row.verdict is Verdict.FITS) is (speaks == {True})


CHOICE = Choice("wiki/one", "restic", "in place", ("BorgBackup (a condition)",))


def test_a_choice_is_a_line_of_the_log_once() -> None:
    text = with_choice("# Decisions\n", CHOICE, day=DAY)
    assert (
        "\n## 2026-11-23\n\n- [2026-11-23] [phoenix] [ARCH] OSS first : wiki/one → restic" in text
    )
    assert text.endswith(" — in place | Écarté : BorgBackup (a condition)\n")
    assert with_choice(text, CHOICE, day=date(2027, 1, 1)) == text
    assert list(logged(text, "wiki/one")) == [("restic", "in place")]
    assert list(logged(text, "wiki/two")) == []


def test_a_choice_that_comes_back_is_written_again() -> None:
    text = ""
    for tool in ("restic", "borg", "restic", "borg"):
        text = with_choice(text, replace(CHOICE, tool=tool), day=DAY)
    assert [tool for tool, _ in logged(text, "wiki/one")] == ["restic", "borg"] * 2
    text = with_choice(text, replace(CHOICE, tool="borg", because="cheaper"), day=DAY)
    assert list(logged(text, "wiki/one"))[-1] == ("borg", "cheaper")


@pytest.mark.parametrize("because", ["a | Écarté : b", "x\n- [ ] [a→b] c", "a — b → c", "| |"])
def test_no_reason_can_break_its_line(because: str) -> None:
    once = with_choice("", replace(CHOICE, because=because), day=DAY)
    assert len(once.splitlines()) == 3
    assert with_choice(once, replace(CHOICE, because=because), day=DAY) == once


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("- [2026-11-02] [forge] OSS first: wiki/one keeps its own script, no tool reads it", True),
        ("| 2026-11-02 | oss-first | wiki/one : custom |", True),
        ("### [2026-11-02] OSS first — wiki/one", True),
        ("- [2026-11-02] [phoenix] [ARCH] OSS first : wiki → custom — appliance", True),
        ("- [2026-11-02] [forge] wiki/one moves to another disk", False),
        ("- OSS first: wiki/one-two", False),
        ("- OSS first: otherwiki/one", False),
        ("- OSS first: wiki/onerous", False),
        ("<!-- OSS first: wiki/one -->", False),
    ],
)
def test_a_line_of_a_person_counts_when_it_names_the_asset_and_oss_first(
    line: str, found: bool
) -> None:
    assert states(f"# Log\n\n{line}\n", ("wiki/one", "wiki")) is found


def test_a_service_alone_is_not_named_by_another_of_its_assets() -> None:
    assert not states("- OSS first: wiki/two stays\n", ("wiki/one", "wiki"))


def test_free_text_names_tools_as_whole_words() -> None:
    text = (
        "# OSS\n\n| Tool | Note |\n|---|---|\n| **restic** | our default |\n"
        "- BorgBackup: was slow here\n- Cyborg and resticprofile are others\n"
        "Proxmox Backup Server waits for disks\n<!-- kopia -->\n"
    )
    assert mentions(text) == {
        "restic": ("restic | our default",),
        "borg": ("BorgBackup: was slow here",),
        "pbs": ("Proxmox Backup Server waits for disks",),
    }
    assert mentions("") == {}
    assert mentions("restic " * 5000) == {}
    [line] = mentions("restic " * 100)["restic"]
    assert len(line) == 240
    assert len(mentions("restic one\n" * 50)["restic"]) == 3
