"""The plan file is the seed's, can be read back, and keeps what people write into it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from build_report import HOSTILE, NOW, custody, drill, finding, plan, recovery, step, view
from phoenix_dr.core.evidence import Level
from phoenix_dr.core.model import Criticality
from phoenix_dr.core.report import RecoveryPlan
from phoenix_dr.render import recovery_plan
from phoenix_dr.render.plan_blocks import Block, parse

FRENCH_BLOCK = """\
## Service : wiki
- Criticité : CRITIQUE
- RTO cible : < 2h
- RTO mesuré : 1\u202fmin 38\u202fs (exercice du 2026-11-23, depuis offsite (simulé), hors site)
- Données à restaurer : pages (`/srv/wiki/wiki.db`)
- Source backup : restic-offsite @ s3-paris, hors site (`s3:https://s3.example.org/b`)
- Procédure :
  1. Installer les outils (restic sqlite3) : `apt-get install --yes restic sqlite3`
  2. Restaurer la base wiki/pages dans /var/tmp/restore : \
`RESTIC_PASSWORD_FILE=/etc/phoenix/offsite.pw restic --repo s3:https://s3.example.org/b \
restore latest --target /var/tmp/restore`
  3. Démarrer wiki.service : `systemctl start wiki.service`
- Dépendances : dns, traefik
- Dernier test : 2026-11-23 — Résultat : OK
- Niveau atteint : L5 données vérifiées
- RPO effectif : 12\u202fh
"""


def two(**changes: object) -> RecoveryPlan:
    """A plan of the wiki, which needs a dns nobody ever tested."""
    dns = recovery("dns", last_drill=None, rto_seconds=None, level=Level.EXISTS, rpo=None)
    return plan(dns, recovery(depends_on=("dns", "traefik")), **changes)


def updated(existing: str, made: RecoveryPlan, language: str = "fr") -> str:
    return recovery_plan.update(existing, made, view=view(language))


def blocks(text: str) -> dict[str, Block]:
    return {block.service: block for block in parse(text)}


def test_a_service_block_is_the_seeds() -> None:
    assert FRENCH_BLOCK in recovery_plan.document(two(), view("fr"))


def test_an_untested_service_says_so() -> None:
    text = recovery_plan.document(two(), view("fr"))
    assert "- Dernier test : jamais — Résultat : non testé\n" in text
    assert "- RTO mesuré : non testé (aucune restauration mesurée)\n" in text
    english = recovery_plan.document(two(), view("en"))
    assert "- Last test: never — Result: not tested\n" in english
    assert "- Last test: 2026-11-23 — Result: OK\n" in english
    assert "## Service: wiki\n- Criticality: CRITICAL\n- RTO target: < 2h\n" in english


def test_a_failed_drill_is_recorded_not_hidden() -> None:
    text = recovery_plan.document(plan(recovery(last_drill=drill(ok=False))), view("fr"))
    assert "- Dernier test : 2026-11-23 — Résultat : KO\n" in text
    assert parse(text)[0].result is False


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_plan_reads_back(language: str) -> None:
    dns, wiki = parse(recovery_plan.document(two(), view(language)))
    assert (dns.service, wiki.service) == ("dns", "wiki")
    assert wiki.criticality is Criticality.CRITICAL
    assert wiki.objective == "< 2h"
    assert wiki.depends_on == ("dns", "traefik")
    assert dns.depends_on == ()
    assert (wiki.last_test, wiki.result) == (date(2026, 11, 23), True)
    assert (dns.last_test, dns.result) == (None, None)
    assert len(wiki.steps) == 3
    assert wiki.other == dns.other == ()
    assert not wiki.retired


def test_a_hand_written_plan_reads_too() -> None:
    (block,) = parse(
        "## Service : Grafana\n- Criticité : important\n- RTO cible : < 2h\n- Procédure :\n"
        "  1. prier\n  2. restaurer\n- Dernier test : [date] — Résultat : [OK/KO]\n"
    )
    assert block.criticality is Criticality.IMPORTANT
    assert block.steps == ("prier", "restaurer")
    assert block.last_test is None


def test_the_red_card_names_keys_and_the_first_commands() -> None:
    text = recovery_plan.document(two(), view("fr"))
    card = text[text.index("## Fiche rouge") : text.index("## Ordre")]
    assert "paper kit (parents)" in card
    assert "  1. `apt-get install --yes restic sqlite3`" in card
    assert "  4. `systemctl start wiki.service`" in card


def test_order_tests_gaps_and_head_are_in_the_plan() -> None:
    text = recovery_plan.document(two(), view("en"))
    assert "Order: dns → wiki." in text
    assert "| dns | never | — | — | L1 | — | not tested |" in text
    assert "| wiki/pages | never restored |" in text
    assert "7f3a" * 16 in text
    assert "- 2026-11-23 — plan created: dns, wiki" in text


def test_an_update_without_news_changes_nothing() -> None:
    first = updated("", two())
    assert updated(first, two()) == first


def test_a_second_run_replaces_and_never_duplicates() -> None:
    first = updated("", two())
    later = drill(ok=False, started_at=NOW + timedelta(days=7))
    second = updated(first, two(services=(recovery("dns"), recovery(last_drill=later))))
    assert second.count("## Service : wiki") == 1
    assert second.count("- Dernier test :") == 2
    assert "- Dernier test : 2026-11-30 — Résultat : KO" in second
    assert "testés : dns, wiki" in second
    assert "plan créé : dns, wiki" in second


NOTES = "\nAppeler Marie avant.\n\n```\n## Service : pas-un-service\n- Criticité : rien\n```\n"


def edited() -> str:
    """A plan a person wrote into: a bullet, a step, a paragraph, sections, who to call."""
    text = updated("", two())
    text = text.replace("………… (à compléter à la main)", "Marie, 06 12 34 56 78")
    text = text.replace(
        "  3. Démarrer wiki.service",
        "  3. Prévenir les élèves\n     (par courriel)\n  4. Démarrer wiki.service",
    )
    text = text.replace(
        "- Dépendances : dns, traefik", "- Dépendances : dns, traefik\n- Contact : Paul"
    )
    text = text.replace("## Trous", f"{NOTES}\n## Fournisseurs\n\nOVH : 1007\n\n## Trous")
    return text.replace("<!-- phoenix-lines", "# Annexe\n\nplan du bâtiment\n\n<!-- phoenix-lines")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_people_wrote_stays_in_its_place(language: str) -> None:
    text = updated(edited(), two(made_at=NOW + timedelta(days=1), score_milli=9_000), language)
    wiki = text[text.index("## Service" + (" : " if language == "fr" else ": ") + "wiki") :]
    assert "Marie, 06 12 34 56 78" in text
    assert "à compléter" not in text
    assert "  3. Prévenir les élèves\n     (par courriel)\n  4. " in wiki
    depends = wiki.index("dns, traefik")
    assert depends < wiki.index("- Contact : Paul") < wiki.index("2026-11-23 — ")
    assert NOTES in wiki
    assert wiki.index(NOTES) < wiki.index("## Fournisseurs\n\nOVH : 1007")
    assert wiki.index("## Fournisseurs") < wiki.index("7f3a")
    assert "# Annexe\n\nplan du bâtiment" in text
    assert "8.0/10" not in text
    assert "9.0/10" in text
    assert updated(text, two(made_at=NOW + timedelta(days=1), score_milli=9_000), language) == text


def test_changing_the_language_leaves_nothing_of_the_other() -> None:
    english = updated(updated("", two()), two(), "en")
    assert english.replace("plan créé :", "plan created:") == updated("", two(), "en")


def test_a_rewritten_bullet_is_kept_below_the_true_one() -> None:
    text = updated("", two()).replace("- Criticité : CRITIQUE", "- Criticité : on s'en moque", 1)
    again = updated(text, two())
    assert "- Criticité : CRITIQUE\n  - écrit à la main : Criticité : on s'en moque\n" in again
    assert updated(again, two()) == again
    assert blocks(again)["dns"].criticality is Criticality.CRITICAL


def test_a_deleted_line_comes_back() -> None:
    text = updated("", two())
    gone = text.replace("- Dépendances : dns, traefik\n", "")
    assert gone != text
    assert updated(gone, two()) == text


def test_a_service_that_left_is_kept_at_the_end_and_can_return() -> None:
    gone = updated(edited(), plan(recovery("dns")))
    assert gone.index("## Services sortis du parc") < gone.index("## Service : wiki")
    assert blocks(gone)["wiki"].retired
    assert not blocks(gone)["dns"].retired
    assert "Prévenir les élèves" in gone
    assert "sortis : wiki" in gone
    assert updated(gone, plan(recovery("dns"))) == gone
    back = updated(gone, two())
    assert "sortis du parc" not in back
    assert back.count("## Service : wiki") == 1
    assert "  3. Prévenir les élèves\n     (par courriel)\n  4. " in back
    assert "ajoutés : wiki" in back
    assert updated(back, two()) == back


def test_a_plan_made_by_hand_loses_nothing() -> None:
    by_hand = (
        "Lisez-moi d'abord.\n\n# Notre plan\n\n## Service : wiki\n- Criticité : IMPORTANT\n"
        "- Procédure :\n  1. sortir la bande\n- Dernier test : 2024-01-01 — Résultat : KO\n"
    )
    text = updated(by_hand, two())
    for kept in ("Lisez-moi d'abord.", "# Notre plan\n", ". sortir la bande", "IMPORTANT"):
        assert kept in text
    assert "écrit à la main : Dernier test : 2024-01-01 — Résultat : KO" in text
    assert text.count("## Service : wiki") == 1
    assert updated(text, two()) == text


def test_an_open_fence_does_not_swallow_the_plan() -> None:
    text = updated("", two()).replace("- Dépendances : aucune\n", "- Dépendances : aucune\n```\n")
    again = updated(text, two())
    assert again.count("## Service : wiki") == 1
    assert updated(again, two()) == again


LINES = some.sampled_from(
    [
        "", "  ", "texte", "- Criticité : rien", "- Procédure :", "  1. étape", "  9. autre",
        "- Dépendances : dns", "## Service : wiki", "## Service : mail", "## À moi", "# Titre",
        "## Services sortis du parc", "## Fiche rouge", "## Red card", "```", "~~~", "| a | b |",
        "- Qui décide, qui prévenir : Paul", "<!-- phoenix-lines: 00 -->", "## Change log",
        "- RPO effectif : 12\u202fh", "  3. Démarrer wiki.service : `systemctl start wiki.service`",
    ]
)  # fmt: skip


@settings(max_examples=100)
@given(some.lists(LINES | some.text(max_size=12), max_size=25), some.data())
def test_updating_twice_is_updating_once(lines: list[str], data: some.DataObject) -> None:
    base = updated("", two()).split("\n")
    at = data.draw(some.integers(0, len(base)))
    text = "\n".join([*base[:at], *lines, *base[at:]])
    once = updated(text, two())
    assert updated(once, two()) == once
    assert len(parse(once)) == once.count("\n## Service : ") or "```" in lines or "~~~" in lines


@pytest.mark.parametrize(
    "lines", [["# Titre"], ["## Services sortis du parc", "# Titre"], ["# Titre", "texte"]]
)
def test_a_persons_title_takes_the_place_of_ours_nowhere(lines: list[str]) -> None:
    base = updated("", two()).split("\n")
    for at in range(len(base) + 1):
        once = updated("\n".join([*base[:at], *lines, *base[at:]]), two())
        assert once.count(base[0]) == 1
        assert updated(once, two()) == once


WORDS = some.text(some.characters(categories=["L", "N"]), min_size=3, max_size=12)


@settings(max_examples=60)
@given(some.lists(some.tuples(WORDS, some.integers(0, 200)), max_size=8))
def test_every_word_people_add_survives(added: list[tuple[str, int]]) -> None:
    lines = updated("", two()).split("\n")[:-5]
    for word, at in added:
        lines.insert(at % len(lines), f"§{word}")
    once = updated("\n".join(lines), plan(recovery("dns")), "en")
    again = updated(once, two(), "fr")
    for word, _ in added:
        assert f"§{word}" in once.split("\n")
        assert f"§{word}" in again.split("\n")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_hostile_values_cannot_break_the_file(language: str) -> None:
    bad = recovery(
        HOSTILE,
        data=((HOSTILE, HOSTILE),),
        sources=((HOSTILE, HOSTILE, HOSTILE),),
        steps=(
            step(HOSTILE, x=HOSTILE),
            step("set-aside", path=HOSTILE),
            step("start-service", unit=HOSTILE),
        ),
        depends_on=(HOSTILE,),
    )
    made = plan(
        bad,
        estate=HOSTILE,
        keys=(custody(HOSTILE, copies=((HOSTILE, HOSTILE),)),),
        gaps=(finding(subject=HOSTILE),),
        ledger_head=HOSTILE,
    )
    text = updated("", made, language)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert text.count("\n<!-- ") == 1
    assert len(parse(text)) == 1
    assert len(parse(text)[0].steps) == 3
    assert updated(text, made, language) == text


@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_empty_plan_is_a_file(language: str) -> None:
    empty = RecoveryPlan("e", NOW, (), (), None, 0, "", (), simulated=True)
    text = updated("", empty, language)
    assert parse(text) == ()
    assert "None" not in text
    assert updated(text, empty, language) == text
    assert "plan créé" in updated(updated("", empty), two())


def test_the_summary_is_one_line() -> None:
    assert (
        recovery_plan.summary(two(total_seconds=6.1), view()) == "order: dns → wiki, 6.1 s in all"
    )
