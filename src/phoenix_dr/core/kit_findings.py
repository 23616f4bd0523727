"""Findings about the recovery kit: none, one nobody opened, one that is wrong, one grown old."""

from __future__ import annotations

from collections.abc import Iterator

from phoenix_dr.core.finding_facts import View
from phoenix_dr.core.model import Estate
from phoenix_dr.core.report import Finding, Severity

NAMED = 3
"""Elements that are named; more are counted."""


def of_kits(view: View) -> Iterator[Finding]:
    """Nothing while nobody asked, or where no key is described that a kit would hold.

    With an off-site copy of every key proven, a kit saves time and not the data: then its lack
    is information.
    """
    kits = view.facts.kits
    if kits is None or not has_content(view.estate):
        return
    state, name = kits.state, view.estate.name
    if state is None:
        saved = all(key.proved_off_site for key in view.facts.custody)
        yield _finding("kit-none", Severity.INFO if saved else Severity.WARNING, name, "vault")
    elif state.ok is False:
        yield _finding("kit-wrong", Severity.WARNING, name, "vault")
    elif kits.outdated:
        named = ", ".join(kits.outdated[:NAMED]) + (" …" if len(kits.outdated) > NAMED else "")
        yield _finding(
            "kit-old",
            Severity.WARNING,
            name,
            "vault",
            count=len(kits.outdated),
            elements=named,
        )
    elif state.ok is None:
        yield _finding("kit-unproved", Severity.WARNING, name, "vault")


def has_content(estate: Estate) -> bool:
    """Whether a described key is one a kit would hold: an age identity, an engine's password."""
    return any(key.age or key.secrets for key in estate.keys.values())


def _finding(
    code: str, severity: Severity, subject: str, owner: str, **parameters: str | int
) -> Finding:
    return Finding(code, severity, subject, owner, tuple(parameters.items()))
