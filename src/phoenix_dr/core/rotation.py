"""What changing a key asks for: files to encrypt again, passwords, what the old one still opens.

Phoenix names it and touches none of it: it never makes, changes or removes a key.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from phoenix_dr.core.custody_graph import graph
from phoenix_dr.core.key_edges import engines_named
from phoenix_dr.core.keys_found import KeysFound, opened_by, recipients_of
from phoenix_dr.core.model import Estate, Key
from phoenix_dr.core.report import KeyCustody


@dataclass(frozen=True, slots=True)
class OldCopy:
    """Something the old key goes on opening: a copy of it, a repository's points, git history.

    `kind` is copy, repository or history; `name` the place, engine or work tree.
    """

    kind: str
    name: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A repository whose password must change, by the owner's own hand."""

    engine: str
    kind: str
    repository: str


@dataclass(frozen=True, slots=True)
class Rotation:
    """Everything about changing one key; fingerprints only.

    `rules` are `.sops.yaml` files that name it and must name the new key first; `files` those to
    encrypt again; `looked` is False while nobody looked for SOPS files, so that none is unknown.
    """

    key: str
    fingerprint: str
    looked: bool
    rules: tuple[str, ...]
    files: tuple[str, ...]
    trees: tuple[str, ...]
    changes: tuple[Change, ...]
    opens: tuple[str, ...]
    still: tuple[OldCopy, ...]


def rotation(
    estate: Estate,
    held: KeyCustody,
    found: KeysFound | None,
    *,
    trees: Iterable[str] = (),
) -> Rotation:
    """What changing this key asks for. `trees` are the git work trees its SOPS files lie in."""
    key = estate.keys[held.name]
    marks = recipients_of(held.fingerprint)
    files = tuple(each.path for each in opened_by(found.sops, marks)) if found else ()
    rules = tuple(
        rule.path for rule in (found.rules if found else ()) if marks.intersection(rule.recipients)
    )
    changes = _changes(estate, key)
    listed = tuple(dict.fromkeys(trees))
    named = [name.removeprefix("git:") for name in key.opens if name.startswith("git:")]
    still = [OldCopy("copy", copy.place, copy.site) for copy in graph(estate).copies[key.name]]
    still += [OldCopy("repository", each.engine) for each in changes]
    still += [OldCopy("history", tree) for tree in (*listed, *named)]
    return Rotation(
        key=key.name,
        fingerprint=held.fingerprint,
        looked=found is not None,
        rules=rules,
        files=files,
        trees=listed,
        changes=changes,
        opens=tuple(n for n in key.opens if n not in estate.engines and not n.startswith("git:")),
        still=tuple(still),
    )


def _changes(estate: Estate, key: Key) -> tuple[Change, ...]:
    named = engines_named(key)
    return tuple(
        Change(engine.id, engine.kind, engine.repository)
        for engine in estate.engines.values()
        if engine.id in named and engine.password is not None
    )
