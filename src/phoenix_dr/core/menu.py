"""The menu as data, and which of its items somebody means by what they typed.

A number, a code, words in French or English: accents folded, whole words only, one slip forgiven
in a long word. What could mean two things means neither; the two are shown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

LONG = 5
"""Letters a word must have for one slip in it to be forgiven."""
ENOUGH = 2
"""Weight that words must have together to mean an item."""
_WORD = re.compile(r"[a-z0-9]+(?:[-'][a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One line of the menu: `code` is its two letters, `words` what people say and how surely.

    A word of weight 3 names the item by itself, 2 nearly so, 1 only beside others.
    """

    code: str
    words: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Route:
    """What was meant: one item, or several that it could be, or nothing known."""

    item: MenuItem | None = None
    candidates: tuple[MenuItem, ...] = ()


def _item(code: str, *, sure: str, likely: str = "", perhaps: str = "") -> MenuItem:
    weighed = [(word, 3) for word in sure.split()]
    weighed += [(word, 2) for word in likely.split()] + [(word, 1) for word in perhaps.split()]
    return MenuItem(code, MappingProxyType(dict(weighed)))


ITEMS: tuple[MenuItem, ...] = (
    _item(
        "MH", sure="menu help aide", likely="options commandes commands accueil", perhaps="liste"
    ),
    _item(
        "CH",
        sure="chat discuter discute discutons bavarder talk",
        likely="parler parlons parle conversation question dialogue causer",
        perhaps="phoenix",
    ),
    _item(
        "AB",
        sure="audit audite auditer audits audit-backup",
        likely="couverture coverage trous gaps resilience score inventorier inventorie inventaire"
        " inventory etat bilan",
        perhaps="backup backups sauvegarde sauvegardes verifier verifie check rapport report",
    ),
    _item(
        "SP",
        sure="proxmox vzdump lxc pve pbs qemu",
        likely="snapshot snapshots instantane instantanes conteneur conteneurs container containers"
        " vm vms guest guests",
        perhaps="backup backups sauvegarde sauvegardes configure configurer job jobs planifier",
    ),
    _item(
        "LB",
        sure="longhorn longhorn-backup longhorn-backups recurringjob recurringjobs pvc pvcs velero",
        likely="k3s kubernetes volumes volume cluster k8s",
        perhaps="backup backups sauvegarde sauvegardes snapshot snapshots configure configurer",
    ),
    _item(
        "DR",
        sure="disaster desastre sinistre disaster-recovery dr pra",
        likely="plan recovery reprise runbook procedure procedures catastrophe",
        perhaps="complet restauration ordre creer cree",
    ),
    _item(
        "RT",
        sure="retention tsdb loki prometheus retentions",
        likely="garder conserver conservation purge duree keep politique politiques policy"
        " policies",
        perhaps="jours days",
    ),
    _item(
        "TR",
        sure="test-restore test-restauration restore restaurer restaure restores drill drills",
        likely="restauration restaurations restoration recuperer",
        perhaps="test teste tester tests essai essayer valider valide verifier prove preuve",
    ),
    _item(
        "KS",
        sure="key keys cle cles clef clefs sops chiffrement encryption secrets",
        likely="age ssh kubeconfig escrow sequestre coffre bitwarden",
        perhaps="securite securise securiser security hors-site off-site secret",
    ),
    _item(
        "PM", sure="party party-mode", likely="table-ronde collegues equipe agents", perhaps="mode"
    ),
    _item(
        "DA",
        sure="exit quit leave goodbye bye quitter quitte dismiss sortir revoir adieu partir",
        likely="fin stop terminer",
        perhaps="agent au",
    ),
)
"""In the order of the menu; an item's number is its place, from 1."""


def route(text: str) -> Route:
    """What somebody means by `text`."""
    said = _folded(text).strip()
    if re.fullmatch(r"[+-]?\d+", said):
        number = int(said) if len(said) < 4 and said.isdecimal() else 0
        return Route(ITEMS[number - 1]) if 1 <= number <= len(ITEMS) else Route()
    code = said.strip("[]() .:").upper()
    for item in ITEMS:
        if code == item.code:
            return Route(item)
    return _by_words(words(said))


def words(text: str) -> list[str]:
    """The words of a text, in small letters without accents."""
    return _WORD.findall(_folded(text))


def _by_words(said: list[str]) -> Route:
    weights = {item.code: _weight(item, said) for item in ITEMS}
    best = max(weights.values())
    if best == 0:
        return Route()
    near = tuple(item for item in ITEMS if weights[item.code] == best)
    if best < ENOUGH or len(near) > 1:
        return Route(candidates=near)
    return Route(near[0])


def _weight(item: MenuItem, said: list[str]) -> int:
    """How much of what was said belongs to an item; each of its words counts once."""
    found: dict[str, int] = {}
    for word in said:
        for part in dict.fromkeys((word, *re.split("[-']", word))):
            known = _known(part, item)
            if known is not None:
                found[known] = item.words[known]
    return sum(found.values())


def _known(word: str, item: MenuItem) -> str | None:
    """The word of an item that this one is, or slipped from."""
    if word in item.words:
        return word
    return next((known for known in item.words if _is_slip(word, known)), None)


def _is_slip(word: str, known: str) -> bool:
    """Whether a long word is a known one but for one letter: left out, added, other, or swapped."""
    if min(len(word), len(known)) < LONG or abs(len(word) - len(known)) > 1 or word == known:
        return False
    if len(word) == len(known):
        differ = [n for n, pair in enumerate(zip(word, known, strict=True)) if pair[0] != pair[1]]
        if len(differ) == 2:
            first, second = differ
            return second == first + 1 and (word[first], word[second]) == (
                known[second], known[first],
            )  # fmt: skip
        return len(differ) == 1
    short, long = sorted((word, known), key=len)
    return any(long[:n] + long[n + 1 :] == short for n in range(len(long)))


def _folded(text: str) -> str:
    """Small letters without accents; œ and typographic apostrophes as people type them."""
    plain = text.lower().replace("œ", "oe").replace("’", "'")
    parts = unicodedata.normalize("NFKD", plain)
    return "".join(char for char in parts if not unicodedata.combining(char))
