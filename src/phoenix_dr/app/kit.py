"""Making a recovery kit: one encrypted file, and pages to print."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from phoenix_dr import codec
from phoenix_dr.adapters import age, shares
from phoenix_dr.adapters._secrets import resolve
from phoenix_dr.app import kit_pages
from phoenix_dr.app.context import Context
from phoenix_dr.app.files import write_bytes_atomically
from phoenix_dr.app.kit_content import members
from phoenix_dr.app.kit_pages import Escrowed
from phoenix_dr.app.kit_state import note_made
from phoenix_dr.app.quiet import no_core_dumps
from phoenix_dr.codec import kit as packing
from phoenix_dr.core.kit import MANIFEST, KitMade, Manifest
from phoenix_dr.core.model import SecretRef
from phoenix_dr.errors import UsageError

SHORTEST = 16
"""Characters of a passphrase: a kit that is found may be guessed at for years."""
RECIPIENTS_LIMIT = 64 * 1024


@dataclass(frozen=True, slots=True)
class KitRequest:
    """A kit to make: for whom, where to, and what is to be escrowed on paper.

    `to` are recipients or files of them. `shares` is (needed, of): a fresh identity of this kit
    alone, in shares; `paper` one on a single page. Both need `pages`, a folder.
    """

    out: Path
    to: tuple[str, ...] = ()
    passphrase: SecretRef | None = None
    shares: tuple[int, int] | None = None
    paper: bool = False
    pages: Path | None = None


def make(ctx: Context, request: KitRequest) -> KitMade:
    """Make a kit and its pages. Nothing in clear touches a disk but the pages asked for.

    Raises UsageError for a request that makes no sense, and as `members` does.
    """
    no_core_dumps()
    _require_sense(request)
    escrowed = tuple(_fresh(ctx, request))
    given = [age.recipient(each) for text in request.to for each in _listed(text)]
    recipients = (*dict.fromkeys(given), *(each.recipient for each in escrowed))
    held = members(ctx)
    try:
        plain = packing.pack(held)
    except ValueError:
        raise UsageError("kit-name") from None
    files = tuple(_encrypted(ctx, request, plain, recipients))
    for path, content in files:
        write_bytes_atomically(path, content)
    printed: tuple[str, ...] = ()
    pdf = True
    if request.pages is not None:
        pages = kit_pages.pages(ctx, request.out, escrowed)
        printed, pdf = kit_pages.write(request.pages, pages)
    made = KitMade(
        files=tuple(str(path) for path, _ in files),
        size=len(files[0][1]),
        made_at=ctx.now(),
        recipients=recipients,
        elements=tuple(sorted(held)),
        passphrase=request.passphrase is not None,
        shares=request.shares,
        subsets=shares.subsets(*request.shares) if request.shares else 0,
        pages=printed,
        pdf=pdf,
        secret_pages=bool(escrowed),
    )
    note_made(ctx, made, codec.loads(Manifest, held[MANIFEST].decode()))
    return made


def _require_sense(request: KitRequest) -> None:
    if request.shares:
        shares.require_sane(*request.shares)
    on_paper = bool(request.shares) or request.paper
    if on_paper and request.pages is None:
        raise UsageError("kit-needs-pages")
    if not (request.to or request.passphrase or on_paper):
        raise UsageError("kit-for-nobody")


def _fresh(ctx: Context, request: KitRequest) -> Iterator[Escrowed]:
    """Identities made for this kit; they exist in memory and on the printed pages alone."""
    if request.paper:
        secret = age.fresh_identity()
        yield Escrowed(age.public_of(secret), (secret,))
    if request.shares:
        needed, of = request.shares
        secret = age.fresh_identity()
        split = shares.split(secret, needed, of, environ=ctx.environ)
        yield Escrowed(age.public_of(secret), split, needed)


def _listed(text: str) -> Sequence[str]:
    """The recipient itself, or those of a file, one a line."""
    path = Path(text).expanduser()
    if text.startswith(("age1", "ssh-")) or not path.is_file():
        return (text,)
    with path.open("rb") as source:
        lines = source.read(RECIPIENTS_LIMIT).decode("utf-8", "replace").splitlines()
    return [line for line in map(str.strip, lines) if line and not line.startswith("#")]


def _encrypted(
    ctx: Context, request: KitRequest, plain: bytes, recipients: Sequence[str]
) -> Iterator[tuple[Path, bytes]]:
    """age mixes no passphrase with recipients: where both are asked for there are two files."""
    if recipients:
        yield request.out, age.encrypted(plain, recipients)
    if request.passphrase is not None:
        phrase = resolve(request.passphrase, environ=ctx.environ)
        if len(phrase) < SHORTEST:
            raise UsageError("kit-passphrase-short", least=SHORTEST)
        out = request.out
        beside = out.with_name(f"{out.stem}.passphrase{out.suffix}")
        yield (beside if recipients else out), age.sealed(plain, phrase)
