"""The README of a recovery kit: commands of age, restic and borg that need no Phoenix.

It names files of the kit and never holds a secret itself. Commands are the same in every language.
"""

from __future__ import annotations

from collections.abc import Iterator

from phoenix_dr.core import kit
from phoenix_dr.core.model import Asset, AssetKind, EngineSpec, Estate
from phoenix_dr.render.phrases import sentence
from phoenix_dr.render.text import markdown, shell

OPENING = "age --decrypt --identity IDENTITY.txt kit.age | tar --extract --file -"
"""Opens a kit; without `--identity` it asks for a passphrase."""
INTO = "/var/tmp/restore"  # noqa: S108 - where a person restores by hand, made by restic
_OF_FILES = frozenset({AssetKind.FILES, AssetKind.SQLITE, AssetKind.K3S})


def text(estate: Estate, *, language: str) -> str:
    """The whole README as Markdown."""
    return "\n".join(_lines(estate, language)) + "\n"


def commands(estate: Estate, spec: EngineSpec) -> tuple[str, ...]:
    """Shell lines that list and restore what an engine holds, from the kit's own folder."""
    if spec.kind == "restic":
        return (*_restic(estate, spec),)
    return (*_borg(spec),) if spec.kind == "borg" else ()


def _lines(estate: Estate, language: str) -> Iterator[str]:
    def say(code: str, **facts: str) -> str:
        return sentence(language, f"kit.readme.{code}", **facts)

    yield from (f"# {say('title', estate=markdown(estate.name))}", "", say("intro"), "")
    yield from (f"## {say('open')}", "", *_block(OPENING), "", say("open-how"), "")
    yield from (f"## {say('repositories')}", "", say("repositories-how"), "")
    for spec in estate.engines.values():
        if lines := commands(estate, spec):
            yield from (f"### {markdown(spec.id)} ({spec.kind}, {markdown(spec.location)})", "")
            yield from (*_block(*lines), "")
    keys = [key.name for key in estate.keys.values() if key.age]
    if keys:
        yield from (f"## {say('identities')}", "", say("identities-how"), "")
        for name in keys:
            yield from (*_block(*_opening(name)), "")
    yield from (
        f"## {say('others')}",
        "",
        *(f"- `{name}`: {say(f'file.{name}')}" for name in _OTHERS),
    )
    yield from ("", f"## {say('limits')}", "", say("limits-how"))


_OTHERS = (kit.PLAN, kit.ESTATE, kit.HEAD, kit.VERSIONS, kit.MANIFEST)


def _block(*lines: str) -> tuple[str, ...]:
    return ("```", *lines, "```")


def _restic(estate: Estate, spec: EngineSpec) -> Iterator[str]:
    yield f"export RESTIC_REPOSITORY={_held(kit.address(spec.id))}"
    if spec.password:
        yield f'export RESTIC_PASSWORD_FILE="$PWD"/{shell(kit.password(spec.id))}'
    yield from _variables(spec)
    yield "restic --no-lock snapshots"
    for asset in _assets(estate, spec):
        into = shell(f"{INTO}/{asset.id}")
        yield f"restic --no-lock restore latest --tag {shell('asset:' + asset.id)} --target {into}"


def _borg(spec: EngineSpec) -> Iterator[str]:
    yield f"export BORG_REPO={_held(kit.address(spec.id))}"
    if spec.password:
        yield f"export BORG_PASSPHRASE={_held(kit.password(spec.id))}"
    yield from _variables(spec)
    if kit.has_key_file(spec):
        path = kit.borg_key(spec.id)
        yield f'export BORG_KEYS_DIR="$PWD"/{shell(path.rpartition("/")[0])}'
    yield "borg list"
    yield f"mkdir -p {INTO} && (cd {INTO} && borg extract ::ARCHIVE)"


def _variables(spec: EngineSpec) -> Iterator[str]:
    for name in sorted(spec.environment):
        yield f"export {shell(name)}={_held(kit.environment(spec.id, name))}"


def _held(element: str) -> str:
    return f'"$(cat {shell(element)})"'


def _opening(key: str) -> tuple[str, ...]:
    path = shell(kit.identity(key))
    return (
        f"age --decrypt --identity {path} FILE.age",
        f'SOPS_AGE_KEY_FILE="$PWD"/{path} sops decrypt FILE.enc.yaml',
    )


def _assets(estate: Estate, spec: EngineSpec) -> Iterator[Asset]:
    for asset in estate.assets():
        engines = {name.partition("/")[0] for name in estate.destinations(asset)}
        if asset.kind in _OF_FILES and spec.id in engines:
            yield asset
