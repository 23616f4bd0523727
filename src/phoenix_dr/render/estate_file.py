"""A first phoenix.yaml out of what was found, commented, with TODO where a person must decide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from phoenix_dr.core.discovery import Discovered, Unseen
from phoenix_dr.render.estate_places import TODO, Places, places
from phoenix_dr.render.estate_services import FoundService, services
from phoenix_dr.render.phrases import sentence
from phoenix_dr.render.yaml_text import flow, is_writable, scalar, shown, slug, unused

MANY = 10


@dataclass(slots=True)
class _File:
    """The lines so far, and the words of the language asked for."""

    language: str
    lines: list[str] = field(default_factory=list)

    def say(self, code: str, **parameters: str | int) -> str:
        """A comment's sentence; paths in it are shown on one line."""
        ready = {
            name: shown(value) if isinstance(value, str) else value
            for name, value in parameters.items()
        }
        return sentence(self.language, code, **ready)

    def add(self, line: str, comment: str = "") -> None:
        """A line, with a comment behind it."""
        self.lines.append(f"{line}   # {comment}" if comment else line)

    def note(self, text: str, indent: int = 2) -> None:
        """A line that is a comment."""
        self.lines += [f"{' ' * indent}# {line}" for line in text.splitlines()]


def estate_text(found: Discovered, *, language: str, today: date) -> str:
    """The text of phoenix.yaml: valid YAML, everything found in it or in a comment."""
    file = _File(language)
    layout = places(found)
    _head(file, found, layout, today=today)
    _hosts(file, layout)
    _locations(file, layout)
    _engines(file, found, layout)
    _policies(file, found, layout)
    _services(file, found)
    _keys(file, found, layout)
    return "\n".join(file.lines) + "\n"


def _head(file: _File, found: Discovered, layout: Places, *, today: date) -> None:
    file.note(file.say("estate.head", date=today.isoformat()), indent=0)
    _unseen(file, found.unseen)
    file.add("version: 1")
    file.add(f"estate: {scalar(layout.here)}")
    file.add(f"language: {file.language}")
    file.add(f"timezone: {scalar(found.timezone)}")
    file.add(f"here: {scalar(layout.here)}", file.say("estate.here"))
    file.add("documents: docs")


def _unseen(file: _File, unseen: tuple[Unseen, ...]) -> None:
    if not unseen:
        return
    file.note(file.say("estate.unseen"), indent=0)
    for each in unseen[:MANY]:
        said = file.say(f"unseen.{each.reason}", path=each.path, count=each.count)
        file.note(f"  {said}", indent=0)
    if len(unseen) > MANY:
        file.note(f"  {file.say('estate.more', count=len(unseen) - MANY)}", indent=0)


def _section(file: _File, name: str) -> None:
    file.add("")
    file.add(f"{name}:", file.say(f"estate.{name}"))


def _hosts(file: _File, layout: Places) -> None:
    _section(file, "hosts")
    here: dict[str, str | list[str]] = {"site": TODO}
    if layout.disks:
        here["disks"] = layout.disks
    file.add(f"  {scalar(layout.here)}: {flow(here)}", file.say("estate.site"))
    for host, path in layout.shares.items():
        file.add(f"  {scalar(host)}: {{site: TODO}}", file.say("estate.share", path=path))
    file.add("  elsewhere: {site: TODO}", file.say("estate.elsewhere"))


def _locations(file: _File, layout: Places) -> None:
    _section(file, "locations")
    for each in layout.locations:
        parts: dict[str, str | list[str]] = {"host": each.host}
        parts |= {"disk": each.disk} if each.disk else {}
        parts |= {"mount": each.mount} if each.mount else {}
        hint = "estate.mount" if each.mount else "estate.local" if each.disk == TODO else ""
        file.add(f"  {scalar(each.name)}: {flow(parts)}", file.say(hint) if hint else "")
    if layout.other_mounts:
        file.note(file.say("estate.mounts"))
    for mount in layout.other_mounts:
        file.note(f"  {shown(mount.path)} ({shown(mount.source)}, {shown(mount.system)})")


def _engines(file: _File, found: Discovered, layout: Places) -> None:
    _section(file, "engines")
    for each in layout.engines:
        file.add(f"  {scalar(each.name)}:")
        file.add("    kind: restic")
        remote = file.say("estate.offsite") if each.location == "offsite" else ""
        file.add(f"    repository: {scalar(each.repository)}", remote)
        file.add(f"    location: {scalar(each.location)}")
        file.add(f"    password: file:{TODO}")
    for repository in found.repositories:
        if repository.kind != "restic":
            file.note(file.say("estate.borg", path=repository.path))
        elif not is_writable(repository.path):
            file.note(file.say("estate.unwritable", path=repository.path))


def _policies(file: _File, found: Discovered, layout: Places) -> None:
    _section(file, "policies")
    file.add("  default:")
    file.add('    schedule: "0 3,15 * * *"', file.say("estate.twice"))
    file.add("    keep: {daily: 7, weekly: 4, monthly: 6}")
    file.add(f"    because: {scalar(file.say('estate.because'))}")
    file.add(f"    to: [{', '.join(scalar(each.name) for each in layout.engines)}]")
    if found.schedules:
        file.note(file.say("estate.schedules"))
    for schedule in found.schedules:
        when = f", {shown(schedule.when)}" if schedule.when else ""
        file.note(f"  {shown(schedule.path)}: {shown(schedule.tool)}{when}")


def _services(file: _File, found: Discovered) -> None:
    _section(file, "services")
    for service in services(found):
        _service(file, service)
    for database in found.databases:
        if database.contained:
            said = {"path": database.path, "program": database.program}
            file.note(file.say("estate.contained", **said))
        elif not is_writable(database.path):
            file.note(file.say("estate.unwritable", path=database.path))
    _servers(file, found)


def _service(file: _File, service: FoundService) -> None:
    if service.folder and not is_writable(service.folder):
        file.note(file.say("estate.unwritable", path=service.folder))
        return
    why = file.say("estate.system") if service.folder == "/etc" else ""
    if service.compose:
        why = file.say("estate.compose", path=service.compose)
    file.add(f"  {scalar(service.name)}:", why)
    file.add("    assets:")
    for name, database in service.databases.items():
        held = file.say("estate.sqlite", program=database.program)
        file.add(f"      {scalar(name)}: {flow({'sqlite': database.path})}", held)
    if service.folder:
        asset: dict[str, str | list[str]] = {"files": service.folder}
        asset |= {"exclude": service.excluded()} if service.databases else {}
        file.add(f"      files: {flow(asset)}")


def _servers(file: _File, found: Discovered) -> None:
    taken: set[str] = set()
    for server in found.servers:
        named = f"{server.kind}-{server.port}" if server.port else server.kind
        file.note(file.say("estate.later", kind=server.kind, data=server.data or "?"))
        asset: dict[str, str | list[str]] = {server.kind: TODO}
        if server.socket and is_writable(server.socket):
            asset["socket"] = server.socket
        name = unused(slug(named), taken)
        file.note(f"{name}: {{assets: {{database: {flow(asset)}}}}}")


def _keys(file: _File, found: Discovered, layout: Places) -> None:
    _section(file, "keys")
    passwords = [f"{each.name}.password" for each in layout.engines]
    file.add("  repositories:")
    file.add(f"    secrets: [{', '.join(scalar(each) for each in passwords)}]")
    file.add("    copies: [{place: TODO, site: TODO}]")
    taken = {"repositories"}
    for path in _age_keys(found):
        file.add(f"  {unused('age', taken)}:")
        file.add(f"    age: {scalar(path)}")
        file.add(f"    opens: [{TODO}]")
        file.add("    copies: [{place: TODO, site: TODO}]")
    for key in found.keys:
        if key.kind != "age" or not is_writable(key.path):
            file.note(file.say("estate.key", kind=key.kind, path=key.path))


def _age_keys(found: Discovered) -> Iterator[str]:
    return (key.path for key in found.keys if key.kind == "age" and is_writable(key.path))
