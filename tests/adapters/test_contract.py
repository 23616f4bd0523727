"""What every engine promises, run over every line of ENGINES.

A new engine adds one entry to STAGES: how to put a real one in place, with a point or without
anything at all behind it.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

import adapters.proxmox.engine as build_pve
import build_borg
import build_guest
import build_loki
import build_prometheus
import build_restic
from adapters.kubernetes import fake_api, homelab, velerolab
from adapters.kubernetes.lab import QUICK, kubeconfig
from adapters.pbs import fake_pbs, pbs_lab
from adapters.proxmox import fake_pve
from adapters.proxmox.lab import archive, lab
from build_restic import NOW
from phoenix_dr.adapters import ENGINES, build
from phoenix_dr.adapters.base import Fingerprinted, Lister, Places, Reader, Writer
from phoenix_dr.adapters.kubernetes import Kubernetes
from phoenix_dr.core.evidence import Evidence, RecoveryPoint, Span
from phoenix_dr.core.guard import Approval, Permit, permit
from phoenix_dr.core.model import DAY, EngineSpec, SpanRule
from phoenix_dr.core.plan import (
    Action,
    CompactData,
    Ground,
    ReadData,
    ReleasePoint,
    RestorePoint,
    SetRetention,
    make_plan,
)
from phoenix_dr.errors import EngineError, EngineUnreachable, PhoenixError, Refused


@dataclass(frozen=True)
class Stage:
    """A real engine with one point, and the spec of one that cannot be reached.

    A store of samples makes no points. `wanted` is something it can do (None: it is only read),
    `ground` what is held, and `trace` shows what doing it changes.
    """

    engine: object
    places: Places
    point: RecoveryPoint | None
    spec: EngineSpec
    unreachable: EngineSpec
    wanted: Action | None
    ground: Ground
    trace: Callable[[], object]
    holds: bool = True
    """False for an engine that is only looked at, and holds no copies."""


def restic(root: Path) -> Stage:
    """restic over a local repository."""
    it, point = build_restic.used(root, "newest")
    spec = it.engine.spec
    away = replace(spec, repository=str(root / "nothing-here"))
    into = root / "into"
    into.mkdir()
    return Stage(
        it.engine,
        build_restic.places(root),
        point,
        spec,
        away,
        RestorePoint(spec.id, point.asset, point.id, str(into)),
        ground_of(point),
        lambda: list(into.iterdir()),
    )


def borg(root: Path) -> Stage:
    """borg over a local repository with one archive of an asset, and one of a stranger."""
    it = build_borg.stocked(root)
    spec = replace(it.engine.spec, archives={"wiki-db-": build_borg.TABLES})
    it = it.changed(archives=spec.archives)
    [point] = it.points().values()
    return Stage(
        it.engine,
        build_restic.places(root),
        point,
        spec,
        replace(spec, repository=str(root / "nothing-here")),
        CompactData(spec.id),
        ground_of(point),
        lambda: sorted(name for name in it.repository.iterdir() if "index." in name.name),
    )


def ground_of(point: RecoveryPoint) -> Ground:
    """Two points held, so that none is the last."""
    return Ground({(point.engine, point.asset): (replace(point, id="older"), point)})


@contextmanager
def prometheus(root: Path) -> Iterator[Stage]:
    """A Prometheus that was just started, and the file of its arguments."""
    file = root / "arguments"
    file.write_text('ARGS="--storage.tsdb.retention.time=9d"\n')
    rules = (SpanRule("", 9 * DAY, None),)
    with build_prometheus.running(root, root / "data") as url:
        engine = build_prometheus.engine(root, url=url, arguments=str(file))
        spec = engine.spec
        span = Span(spec.id, "", NOW - 8 * DAY, NOW, 1000)
        yield Stage(
            engine,
            build_prometheus.places(root),
            None,
            spec,
            replace(spec, settings={"url": "http://127.0.0.1:1"}),
            SetRetention(spec.id, (SpanRule("", 7 * DAY, None),), engine.seen()),
            Ground(spans={spec.id: (span,)}, in_force={spec.id: rules}, now=NOW),
            file.read_text,
        )


@contextmanager
def loki(root: Path) -> Iterator[Stage]:
    """A fake of Loki with a few entries, and its configuration file."""
    file = build_loki.written(root)
    fake = build_loki.Fake()
    for days in (1, 9):
        fake.entries.append(({"job": "web", "level": "alert"}, NOW - days * DAY))
    with build_loki.served(fake) as url:
        engine = build_loki.engine(root, url=url, config=str(file))
        spec = engine.spec
        span = Span(spec.id, "", NOW - 9 * DAY, NOW, 1000)
        yield Stage(
            engine,
            build_loki.places(root),
            None,
            spec,
            replace(spec, settings={"url": "http://127.0.0.1:1"}),
            SetRetention(spec.id, (SpanRule("", 7 * DAY),), engine.seen()),
            Ground(spans={spec.id: (span,)}, in_force={spec.id: spec.spans}, now=NOW),
            file.read_text,
        )


@contextmanager
def proxmox(root: Path) -> Iterator[Stage]:
    """A fake Proxmox VE with one archive of an asset; nothing is done to it yet."""
    state = lab()
    state.archives = [archive(210, 6), archive(216, 6, kind="qemu")]
    with fake_pve.running(state) as fake:
        engine = build_pve.engine(fake, root)
        spec = engine.spec
        [point] = engine.observe(now=NOW).points
        yield Stage(
            engine,
            build_pve.places(root),
            point,
            spec,
            replace(spec, settings={**spec.settings, "url": "https://127.0.0.1:1"}),
            None,
            ground_of(point),
            lambda: [str(each) for each in state.archives],
        )


@contextmanager
def pbs(root: Path) -> Iterator[Stage]:
    """A fake backup server with one snapshot of a guest, and one of a guest nobody named."""
    state = pbs_lab.lab()
    state.snapshots = [pbs_lab.snapshot("210", 6), pbs_lab.snapshot("999", 6)]
    with fake_pbs.running(state) as fake:
        engine = pbs_lab.engine(fake, root)
        spec = engine.spec
        [point] = engine.observe(now=NOW).points
        yield Stage(
            engine,
            pbs_lab.around(root),
            point,
            spec,
            replace(spec, settings={**spec.settings, "url": "https://127.0.0.1:1"}),
            None,
            ground_of(point),
            lambda: [str(each) for each in state.snapshots],
        )


@contextmanager
def longhorn(root: Path) -> Iterator[Stage]:
    """A fake cluster with backups of two claims, of which an asset names one."""
    store = homelab.cluster()
    named = {"media/sonarr": "media/settings"}
    with fake_api.running(store) as fake:
        engine = homelab.engine(fake, root, archives=named)
        spec = engine.spec
        [point] = engine.observe(now=NOW).points
        yield Stage(
            engine,
            homelab.places(root),
            point,
            spec,
            replace(spec, settings={**spec.settings, "kubeconfig": str(root / "nothing-here")}),
            None,
            ground_of(point),
            lambda: [str(each) for each in store.objects.values()],
        )


@contextmanager
def kubernetes(root: Path) -> Iterator[Stage]:
    """The same fake cluster, which is only looked at."""
    store = homelab.cluster()
    with fake_api.running(store) as fake:
        access = kubeconfig(fake, root, {"token": "audit"})
        spec = EngineSpec("k3s", "kubernetes", settings={"kubeconfig": str(access)})
        yield Stage(
            Kubernetes(spec, homelab.places(root), limits=QUICK),
            homelab.places(root),
            None,
            spec,
            replace(spec, settings={"kubeconfig": str(root / "nothing-here")}),
            None,
            Ground(),
            lambda: [str(each) for each in store.objects.values()],
            holds=False,
        )


@contextmanager
def velero(root: Path) -> Iterator[Stage]:
    """A fake cluster whose last backup holds the data of two claims; an asset names one."""
    store = velerolab.cluster()
    named = {velerolab.MOVED: "media/settings"}
    with fake_api.running(store) as fake:
        engine = velerolab.engine(fake, root, archives=named)
        spec = engine.spec
        [point] = engine.observe(now=NOW).points
        yield Stage(
            engine,
            velerolab.places(root),
            point,
            spec,
            replace(spec, settings={**spec.settings, "kubeconfig": str(root / "nothing-here")}),
            None,
            ground_of(point),
            lambda: [str(each) for each in store.objects.values()],
        )


def vzdump(root: Path) -> Stage:
    """A folder with the archive of one guest, and one of a guest nobody named."""
    archive = build_guest.packed(build_guest.rootfs(root / "guest"), root / "dump" / "new")
    for name in (build_guest.NAME, build_guest.NAME.replace("-210-", "-211-")):
        shutil.copyfile(archive, archive.with_name(name))
    engine = build_guest.engine(root / "dump")
    [point] = engine.observe(now=NOW).points
    (root / "into").mkdir()
    return Stage(
        engine,
        build_guest.places(root),
        replace(point, files=build_guest.FILES),
        engine.spec,
        replace(engine.spec, repository=str(root / "nothing-here")),
        RestorePoint(engine.spec.id, point.asset, point.id, str(root / "into")),
        ground_of(point),
        lambda: list((root / "into").iterdir()),
    )


STAGES: dict[str, Callable[[Path], Stage | AbstractContextManager[Stage]]] = {
    "borg": borg,
    "kubernetes": kubernetes,
    "loki": loki,
    "longhorn": longhorn,
    "pbs": pbs,
    "prometheus": prometheus,
    "proxmox": proxmox,
    "restic": restic,
    "velero": velero,
    "vzdump": vzdump,
}


@pytest.fixture(params=sorted(ENGINES))
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """A stage of every engine there is; KeyError for one without a stage."""
    made = STAGES[request.param](tmp_path)
    with nullcontext(made) if isinstance(made, Stage) else made as found:
        yield found


def observed(engine: object) -> Evidence:
    """What an engine shows."""
    assert isinstance(engine, Reader)
    return engine.observe(now=NOW)


def leave(*actions: Action, ground: Ground) -> Permit:
    """A permit as the application gets one: planned, approved, permitted."""
    plan = make_plan(actions, ground)
    approval = Approval(plan.digest, "somebody", NOW + timedelta(hours=1))
    return permit(plan, approval, now=NOW)


def do(stage: Stage, action: Action, permitted: Permit) -> None:
    """Perform an action without listening."""
    assert isinstance(stage.engine, Writer)
    stage.engine.perform(
        action, permitted, progress=lambda progress: None, cancel=threading.Event()
    )


def test_building_starts_nothing_and_reads_no_secret(stage: Stage) -> None:
    absent = replace(stage.spec, program="no-such-program", password=None)
    assert build(absent, stage.places) is not None


def test_points_are_ours_with_aware_utc_times(stage: Stage) -> None:
    evidence = observed(stage.engine)
    assert evidence.engine == stage.spec.id
    assert evidence.observed_at == NOW
    assert evidence.blind_spots == ()
    assert [point.id for point in evidence.points] == ids(stage)
    assert bool(evidence.points or evidence.spans) is stage.holds
    for span in evidence.spans:
        assert span.since.utcoffset() == span.until.utcoffset() == timedelta(0)
        assert (span.engine, span.since <= span.until) == (stage.spec.id, True)
    for point in evidence.points:
        assert stage.point is not None
        assert point.taken_at.utcoffset() == timedelta(0)
        assert point.taken_at == stage.point.taken_at
        assert (point.engine, point.asset) == (stage.spec.id, stage.point.asset)
        assert point.location in stage.places.locations
        assert point.size is None or point.size > 0


def ids(stage: Stage) -> list[str]:
    """Ids of the points on the stage."""
    return [] if stage.point is None else [stage.point.id]


def test_looking_twice_shows_the_same(stage: Stage) -> None:
    first, second = observed(stage.engine), observed(stage.engine)
    assert first == second


def test_a_fingerprint_stands_for_the_list(stage: Stage) -> None:
    if isinstance(stage.engine, Fingerprinted):
        print_ = stage.engine.fingerprint()
        assert print_ is None or print_ == observed(stage.engine).fingerprint


def test_what_cannot_be_reached_is_an_error_and_never_an_empty_list(stage: Stage) -> None:
    with pytest.raises(EngineError):
        observed(build(stage.unreachable, stage.places))


def test_a_listed_point_lists_its_contents_and_an_absent_one_is_an_error(stage: Stage) -> None:
    if isinstance(stage.engine, Lister):
        assert stage.point is not None
        entries = list(stage.engine.contents(stage.point.id, cancel=threading.Event()))
        assert sum(entry.kind == "file" for entry in entries) == stage.point.files
        with pytest.raises(EngineError):
            list(stage.engine.contents("0" * 64, cancel=threading.Event()))


def test_nothing_is_done_without_a_permit_for_it(stage: Stage) -> None:
    if stage.wanted is None:
        assert does_nothing(stage)
        return
    before = stage.trace()
    with pytest.raises(Refused):
        do(stage, stage.wanted, leave(another(stage), ground=stage.ground))
    assert stage.trace() == before
    do(stage, stage.wanted, leave(stage.wanted, ground=stage.ground))
    assert stage.trace() != before


def does_nothing(stage: Stage) -> bool:
    """Whether an engine that can do nothing yet is no writer, or one that refuses."""
    if isinstance(stage.engine, Writer):
        before, action = stage.trace(), unknown(stage)
        pinned = replace(stage.ground, pinned=frozenset({(stage.spec.id, "older")}))
        with pytest.raises(PhoenixError):
            do(stage, action, leave(action, ground=pinned))
        return stage.trace() == before
    return True


def another(stage: Stage) -> Action:
    """Something harmless that is not what is wanted."""
    return ReadData(stage.spec.id, "1/7")


def test_an_action_of_another_engine_is_refused(stage: Stage) -> None:
    if stage.wanted is None:
        assert does_nothing(stage)
        return
    before = stage.trace()
    foreign = replace(stage.wanted, engine="other")
    spans = {"other": stage.ground.spans.get(stage.spec.id, ())}
    in_force = {"other": stage.ground.in_force.get(stage.spec.id, ())}
    ground = replace(stage.ground, spans=spans, in_force=in_force)
    with pytest.raises(PhoenixError):
        do(stage, foreign, leave(foreign, ground=ground))
    assert stage.trace() == before


def test_a_verb_it_does_not_know_is_refused_and_changes_nothing(stage: Stage) -> None:
    if stage.wanted is None:
        assert does_nothing(stage)
        return
    before = stage.trace()
    action = unknown(stage)
    pinned = frozenset({(stage.spec.id, "older")})
    with pytest.raises(PhoenixError):
        do(stage, action, leave(action, ground=replace(stage.ground, pinned=pinned)))
    assert [point.id for point in observed(stage.engine).points] == ids(stage)
    assert stage.trace() == before


def unknown(stage: Stage) -> Action:
    """A verb the engine does not know."""
    if stage.point is None:
        return ReadData(stage.spec.id, "1/7")
    return ReleasePoint(stage.spec.id, stage.point.asset, "older")


def test_a_kind_nobody_speaks_is_blind(stage: Stage) -> None:
    engine = build(replace(stage.spec, kind="tape"), stage.places)
    with pytest.raises(EngineUnreachable, match="engine-not-yet"):
        observed(engine)
    assert not isinstance(engine, Writer)


def test_every_engine_has_a_stage() -> None:
    assert STAGES.keys() == ENGINES.keys()
