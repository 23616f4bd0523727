"""Opening a kit with what was escrowed, and looking whether everything is in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from phoenix_dr import codec
from phoenix_dr.adapters import age
from phoenix_dr.adapters._secrets import resolve
from phoenix_dr.app.context import Context
from phoenix_dr.app.kit_escrow import Escrow
from phoenix_dr.codec import kit as packing
from phoenix_dr.core import kit
from phoenix_dr.core.kit import Answer, Manifest
from phoenix_dr.errors import EngineError, EngineUnreachable


@dataclass(frozen=True, slots=True)
class Opened:
    """A kit somebody opened: members by name (never shown), and what it says of itself."""

    members: Mapping[str, bytes] = field(repr=False)
    manifest: Manifest | None

    def text(self, name: str) -> str:
        """A member as text without its final newline. KeyError when it is not there."""
        return self.members[name].removesuffix(b"\n").decode("utf-8", "surrogateescape")

    def wrong(self, wanted: Sequence[str]) -> tuple[Answer, ...]:
        """Elements that are gone, changed, or wanted and never there."""
        if self.manifest is None:
            code = "kit-element-missing" if kit.MANIFEST not in self.members else "kit-element-odd"
            return (Answer(kit.MANIFEST, False, code),)
        digests = {
            name: sha256(content).hexdigest()
            for name, content in self.members.items()
            if name != kit.MANIFEST
        }
        others = [name for name in wanted if name != kit.MANIFEST]
        return kit.lacking(digests, self.manifest, others)


def open_kit(ctx: Context, path: Path, escrow: Escrow, *, identities: Sequence[str] = ()) -> Opened:
    """The kit of a file. Raises EngineDenied kit-cannot-open, EngineError kit-not-ours."""
    content = read(path)
    if escrow.passphrase is not None and not identities:
        plain = age.unsealed(content, resolve(escrow.passphrase, environ=ctx.environ))
    else:
        plain = age.opened(content, identities)
    try:
        members = packing.unpack(plain)
    except ValueError:
        raise EngineError("kit-not-ours", path=str(path)) from None
    return Opened(members, _manifest(members))


def read(path: Path) -> bytes:
    """The bytes of a kit. Raises EngineUnreachable kit-missing, EngineError kit-not-ours."""
    try:
        with path.open("rb") as source:
            content = source.read(packing.LIMIT + 1)
    except OSError:
        raise EngineUnreachable("kit-missing", path=str(path)) from None
    if len(content) > packing.LIMIT:
        raise EngineError("kit-not-ours", path=str(path))
    return content


def _manifest(members: Mapping[str, bytes]) -> Manifest | None:
    try:
        found = codec.loads(Manifest, members[kit.MANIFEST].decode())
    except (KeyError, ValueError, TypeError):
        return None
    return found if found.format == kit.FORMAT else None
