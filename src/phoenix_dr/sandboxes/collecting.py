"""gc: removes what killed drills left behind, and nothing else.

First the journals nobody holds, then folders that carry our marker and no lock. A live drill
holds both locks; whatever lacks our prefix, tag or place is never touched.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from phoenix_dr.adapters import _tree
from phoenix_dr.sandboxes import journal, lxc_leftovers, marker


@dataclass(slots=True)
class GcReport:
    """Folders removed, ids of drills still alive, paths that had to stay."""

    removed: list[str] = field(default_factory=list)
    live: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


Destroy = Callable[[str, str], bool]
"""Destroys what the drill of this id has elsewhere; False when it had to stay.

That is a guest `ENGINE/NUMBER`, or everything it has in a cluster, `ENGINE/NAMESPACE`.
"""
ELSEWHERE = frozenset({"guest", "claim"})
"""Kinds of what lies on another server."""


def gc(state: Path, drill_dir: Path, *, destroy: Destroy | None = None) -> GcReport:
    """Clear up after drills that ended without clearing up. Harmless at any time, by anyone.

    Only folders directly inside `drill_dir` whose name begins with `phx-` are ever removed.
    What lies on another server goes through `destroy`; without it that stays, and is told.
    """
    report = GcReport()
    drill_dir = drill_dir.resolve()
    for path in sorted((state / journal.FOLDER).glob(f"{marker.PREFIX}*.json")):
        _collect_journal(path, drill_dir, report, destroy)
    try:
        with _tree.opened(drill_dir) as folder:
            _sweep(folder, drill_dir, report)
    except FileNotFoundError:
        pass
    return report


def _collect_journal(
    path: Path, drill_dir: Path, report: GcReport, destroy: Destroy | None
) -> None:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not marker.try_lock(descriptor):
            report.live.append(path.stem)
        elif journal.same_file(descriptor, path):
            guests = _destroyed(journal.read(descriptor), path.stem, report, destroy)
            if _clear(descriptor, path, drill_dir, report) and guests:
                path.unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def _clear(descriptor: int, path: Path, drill_dir: Path, report: GcReport) -> bool:
    found = journal.read(descriptor)
    if not _stopped(found, path.stem, report):
        return False
    folders = [Path(resource.path) for resource in found if resource.kind == "folder"]
    # Every folder is tried, also after one that had to stay.
    stayed = [f for f in folders if not _remove_named(f, path.stem, drill_dir, report)]
    return not stayed


def _destroyed(
    found: Iterable[journal.Resource], drill: str, report: GcReport, destroy: Destroy | None
) -> bool:
    """Whether everything the drill restored on a server is gone."""
    gone, found = True, tuple(found)
    taken = {each.path for each in found if each.kind == journal.TAKEN}
    named = dict.fromkeys(each.path for each in found if each.kind in ELSEWHERE)
    for path in (each for each in named if each not in taken):
        if destroy is not None and destroy(path, drill):
            report.removed.append(path)
        else:
            report.left.append(path)
            gone = False
    return gone


def _stopped(found: Iterable[journal.Resource], drill: str, report: GcReport) -> bool:
    """Whether the drill's container is gone; only one of the drill's own name is touched."""
    for resource in found:
        if resource.kind != "container":
            continue
        folder = Path(resource.path)
        if folder.name != drill or not lxc_leftovers.destroy(folder):
            report.left.append(resource.path)
            return False
    return True


def _remove_named(folder: Path, drill: str, drill_dir: Path, report: GcReport) -> bool:
    """Remove a journalled folder that is this drill's, or was only just made."""
    name = folder.name
    if not name.startswith(marker.PREFIX) or folder.parent != drill_dir:
        report.left.append(str(folder))
        return False
    try:
        with _tree.opened(drill_dir) as above:
            with _tree.beneath(above, name) as opened:
                mine = _drill(opened) == drill or marker.is_bare(opened)
            if mine:
                _tree.remove(above, name, last=marker.MARKER)
                report.removed.append(str(folder))
    except FileNotFoundError:
        return True  # journalled, never made
    except OSError:
        mine = False
    if not mine:
        report.left.append(str(folder))
    return mine


def _drill(folder: int) -> str | None:
    descriptor = marker.open_marker(folder)
    if descriptor is None:
        return None
    try:
        return marker.drill_of(descriptor)
    finally:
        os.close(descriptor)


def _sweep(above: int, drill_dir: Path, report: GcReport) -> None:
    with os.scandir(above) as entries:
        names = [
            entry.name
            for entry in entries
            if entry.name.startswith(marker.PREFIX) and entry.is_dir(follow_symlinks=False)
        ]
    for name in sorted(names):
        try:
            _sweep_folder(above, name, drill_dir, report)
        except FileNotFoundError:
            continue  # its drill, or another gc, was faster
        except OSError:
            report.left.append(str(drill_dir / name))


def _sweep_folder(above: int, name: str, drill_dir: Path, report: GcReport) -> None:
    with _tree.beneath(above, name) as folder:
        lock = marker.open_marker(folder)
    if lock is None:
        return  # not ours, kept by a person, or a drill that is just beginning
    try:
        drill = marker.drill_of(lock)
        if drill is None:
            return
        if marker.try_lock(lock):
            # Its journal may be lost, and its container alive.
            lxc_leftovers.destroy(lxc_leftovers.home(drill_dir / name))
            _tree.remove(above, name, last=marker.MARKER)
            report.removed.append(str(drill_dir / name))
        elif drill not in report.live:
            report.live.append(drill)
    finally:
        os.close(lock)
