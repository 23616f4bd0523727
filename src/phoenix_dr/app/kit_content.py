"""What goes into a kit: secrets are read at this moment, into memory alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from phoenix_dr import __version__, codec
from phoenix_dr.adapters import versions
from phoenix_dr.adapters._secrets import resolve
from phoenix_dr.app.context import Context
from phoenix_dr.core import kit
from phoenix_dr.core.kit import Manifest
from phoenix_dr.core.model import EngineSpec, SecretRef
from phoenix_dr.core.ssh_public import listed_blobs, public_blobs
from phoenix_dr.errors import Refused, UsageError
from phoenix_dr.render import kit_readme

PROGRAMS = ("age", "restic", "borg")
PLAN_FILE = "disaster-recovery-plan.md"
KEY_LIMIT = 64 * 1024


def members(ctx: Context) -> dict[str, bytes]:
    """Every element by name.

    Raises UsageError kit-no-plan, EngineDenied secret-…, Refused kit-approver-key; what borg
    says where the key of a repository cannot be exported.
    """
    head = ctx.ledger.head()
    known = {name: versions.version_of(name, environ=ctx.environ) for name in PROGRAMS}
    shown = {"phoenix": __version__} | {name: found for name, found in known.items() if found}
    found = dict(_secrets(ctx))
    _require_no_approver(ctx, found)
    found[kit.ESTATE] = ctx.settings.config_path.read_bytes()
    found[kit.PLAN] = _plan(ctx)
    found[kit.HEAD] = _line(f"{head.seq} {head.hash}")
    found[kit.VERSIONS] = _line("\n".join(f"{name} {text}" for name, text in shown.items()))
    found[kit.README] = kit_readme.text(ctx.estate, language=ctx.language).encode()
    manifest = Manifest(
        kit.FORMAT,
        ctx.estate.name,
        ctx.now().replace(microsecond=0),
        head.hash,
        str(ctx.settings.config_path.parent),
        shown,
        {name: sha256(content).hexdigest() for name, content in sorted(found.items())},
    )
    return {kit.MANIFEST: _line(codec.dumps(manifest)), **found}


def _secrets(ctx: Context) -> Iterator[tuple[str, bytes]]:
    for spec in ctx.estate.engines.values():
        yield from _of_engine(ctx, spec)
    for key in ctx.estate.keys.values():
        if key.age:
            path = Path(key.age).expanduser()
            text = resolve(SecretRef("file", str(path)), environ=ctx.environ)
            yield kit.identity(key.name), _line(text)


def _of_engine(ctx: Context, spec: EngineSpec) -> Iterator[tuple[str, bytes]]:
    if spec.repository:
        yield kit.address(spec.id), _line(spec.repository)
    if spec.password:
        yield kit.password(spec.id), _line(resolve(spec.password, environ=ctx.environ))
    if kit.has_key_file(spec):
        yield kit.borg_key(spec.id), _borg_key(ctx, spec)
    for name, ref in spec.environment.items():
        yield kit.environment(spec.id, name), _line(resolve(ref, environ=ctx.environ))


def _borg_key(ctx: Context, spec: EngineSpec) -> bytes:
    """What borg exports; its repository must be at hand for that."""
    from phoenix_dr.adapters.borg import Borg

    engine = ctx.build(spec)
    return engine.key().encode() if isinstance(engine, Borg) else b""


def _plan(ctx: Context) -> bytes:
    path = Path(ctx.estate.documents) / PLAN_FILE
    try:
        return path.read_bytes()
    except OSError:
        raise UsageError("kit-no-plan", path=str(path)) from None


def _require_no_approver(ctx: Context, found: Mapping[str, bytes]) -> None:
    """Whoever finds a kit may read everything, and must not be able to approve its loss."""
    if ctx.estate.approvers is None:
        return
    try:
        with Path(ctx.estate.approvers).open("rb") as source:
            approvers = source.read(KEY_LIMIT).decode("utf-8", "replace")
    except OSError:
        # Without approvers no loss can be approved at all.
        return
    may = set(listed_blobs(approvers))
    for name, content in found.items():
        if may.intersection(public_blobs(content.decode("utf-8", "replace"))):
            raise Refused("kit-approver-key", element=name)


def _line(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape") + b"\n"
