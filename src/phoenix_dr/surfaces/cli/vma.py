"""`phoenix vma list|extract`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from phoenix_dr.app import vma as archives
from phoenix_dr.app.vma import Extracted
from phoenix_dr.render import units
from phoenix_dr.render.text import clean
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import command, emit, group, invocation

vma = group("vma")


@command("list", vma)
@click.argument("archive", type=click.Path(path_type=Path))
@click.option("--verify", is_flag=True, help=speech.t("option.vma-verify"))
def list_(archive: Path, verify: bool) -> int:
    found = archives.read(archive, invocation().environ, whole=verify)
    emit(lambda: _form(found), lambda: "\n".join(_lines(found, verified=verify)))
    return 0


@command("extract", vma)
@click.argument("archive", type=click.Path(path_type=Path))
@click.argument("into", type=click.Path(path_type=Path), metavar="DIRECTORY")
@click.option("--disk", "disks", multiple=True, metavar="NAME", help=speech.t("option.vma-disk"))
def extract(archive: Path, into: Path, disks: tuple[str, ...]) -> int:
    found = archives.extract(archive, into, invocation().environ, only=disks)
    emit(
        lambda: {**_form(found), "files": [str(path) for path in found.files]},
        lambda: "\n".join(speech.t("vma.wrote", path=clean(str(path))) for path in found.files),
    )
    return 0


def _form(found: Extracted) -> dict[str, object]:
    return {
        "made_at": found.header.made_at.isoformat().replace("+00:00", "Z"),
        "devices": [{"name": each.name, "size": each.size} for each in found.header.devices],
        "configs": [each.name for each in found.header.configs],
        "stored": found.stored or None,
    }


def _lines(found: Extracted, *, verified: bool) -> Iterator[str]:
    language = speech.language()
    yield speech.t("vma.made", moment=f"{found.header.made_at:%Y-%m-%d %H:%M:%S} UTC")
    for each in found.header.configs:
        yield f"  {each.name}"
    for device in found.header.devices:
        yield f"  {device.name}  {units.size(device.size, language)}"
    if verified:
        yield speech.t("vma.whole", size=units.size(found.stored, language))
