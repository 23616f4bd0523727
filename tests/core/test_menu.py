"""What people type at the menu, and what they mean by it; what is unclear means nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_dr.core.menu import ITEMS, route

MEANT = {
    "MH": """
        1
        MH
        mh
        [MH]
        menu
        Menu
        help
        aide
        Aide-moi, le menu
        affiche le menu
        show me the menu
        montre les options
        quelles commandes ?
        quelles sont les commandes
        hlep moi menu
    """,
    "CH": """
        2
        CH
        [ch]
        chat
        discuter
        Discuter avec Phoenix
        je veux discuter
        let's chat
        on peut parler ?
        parlons un peu
        une question
        j'ai une question
        talk to me
        conversation
        discuer avec Phoenix
        questoin
    """,
    "AB": """
        3
        AB
        [AB]
        ab.
        audit
        Audit
        audit-backup
        audit backup
        Audite les backups du projet
        audite tout
        auditer les sauvegardes
        lance un audit
        run an audit
        audit the backups
        fais un audit complet
        audit de couverture
        quelle est la couverture ?
        coverage
        coverage report
        y a-t-il des trous ?
        quels trous dans les sauvegardes
        find the gaps
        score de résilience
        quel est mon score
        resilience score
        bilan
        bilan des sauvegardes
        état des backups
        inventaire
        inventorier les données
        audti
        audiit
        audite les bakcups
        couvertrue
        inventiare
    """,
    "SP": """
        4
        SP
        [sp]
        proxmox
        Proxmox
        snapshots proxmox
        Snapshots Proxmox
        snapshot
        snapshots
        vzdump
        planifie vzdump
        Configure les snapshots automatiques pour tous les LXC
        configure les snapshots des LXC
        sauvegarde les LXC
        backup the LXC containers
        sauvegarde proxmox
        job vzdump
        vms
        les VM
        sauvegarder les conteneurs
        instantanés
        instantané du conteneur 215
        snapshot all guests
        snapshot the vm before upgrade
        backups proxmox
        PBS
        promxox
        proxmx
        snapshto
        snaphots
        vzdmup
        conteneur 210
    """,
    "LB": """
        5
        LB
        [LB]
        longhorn
        Longhorn
        longhorn-backup
        Longhorn Backups
        backups longhorn
        Configure les backups Longhorn pour la media stack
        configure longhorn
        sauvegarde longhorn
        longhorn snapshots
        snapshots longhorn
        recurringjobs
        RecurringJob
        les PVC
        quels PVC ?
        pvc jellyfin-config
        sauvegarder les volumes
        volumes k3s
        backup the volumes
        backups of the cluster
        kubernetes
        k3s
        velero
        lognhorn
        longhron backup
        recuringjobs
        volmues k3s
    """,
    "DR": """
        6
        DR
        dr
        [DR]
        plan
        plan DR
        Plan DR
        Crée le plan DR complet
        disaster
        disaster recovery
        disaster-recovery
        disaster recovery plan
        write the recovery plan
        plan de reprise
        plan de reprise d'activité
        reprise après sinistre
        PRA
        plan complet
        runbook
        procédures
        les procédures de reprise
        en cas de sinistre
        catastrophe
        mets à jour le plan
        update the plan
        disatser
        recvoery plan
        proceudre
    """,
    "RT": """
        7
        RT
        [rt]
        rétention
        retention
        Rétention
        Définis la politique de rétention du projet
        politique de rétention
        retention policy
        policy
        politique
        combien de jours garder ?
        combien de temps conserver les sauvegardes
        how long to keep backups
        Prometheus
        rétention prometheus
        tsdb
        loki
        rétention de Loki
        durée de conservation
        purge
        retenttion
        rétetnion
        promtheus
        conservaton
    """,
    "TR": """
        8
        TR
        [TR]
        test-restore
        test restore
        Test Restauration
        test de restauration
        Teste la restauration de la config Grafana
        teste la restauration
        tester une restauration
        restore
        restaurer
        restaure la base
        restauration
        restaurer un backup
        restore a backup
        test a restore
        drill
        run a drill
        drill run
        exercice de restauration
        valider un backup par restauration
        essayer de restaurer
        récupérer un fichier
        prove a restore
        restauraton
        resotre
        restuarer
    """,
    "KS": """
        9
        KS
        [ks]
        clés
        cles
        les clés
        clef
        keys
        key
        age
        clé age
        Sécurise les clés age hors-site
        sécuriser les clés
        secure the keys
        keys off-site
        sops
        clés SOPS
        mes clés ssh
        kubeconfig
        où est la clé ?
        where are the keys
        chiffrement
        encryption
        encryption keys
        secrets
        mot de passe dans bitwarden
        coffre
        chiffremnt
        encrpytion
        kubeconifg
    """,
    "PM": """
        10
        PM
        [PM]
        party
        party mode
        party-mode
        Party Mode
        lance le party mode
        table-ronde
        toute l'équipe
        l'équipe au complet
        appelle tes collègues
        les agents
        patry mode
    """,
    "DA": """
        11
        DA
        da
        [DA]
        exit
        quit
        leave
        goodbye
        dismiss agent
        Quitter
        quitter
        je quitte
        au revoir
        bye
        bye bye
        adieu
        sortir
        je veux partir
        je veux sortir
        fin
        stop
        goodbey
        qitter
        dismis agent
    """,
}
PHRASES = [
    (code, each.strip())
    for code, block in MEANT.items()
    for each in block.split("\n")
    if each.strip()
]
NOTHING = (
    "", "   ", "0", "12", "-1", "+3.5", "99999999999999999999", "stockage", "planification",
    "message", "engagement", "xyzzy", "bonjour", "?", "[]", "ABC", "le la les", "🏰", "monkey",
    "drap", "clematite", "agenda",
)  # fmt: skip
UNCLEAR = {
    "backup": {"AB", "SP", "LB"},
    "sauvegarde": {"AB", "SP", "LB"},
    "les sauvegardes": {"AB", "SP", "LB"},
    "longhorn proxmox": {"SP", "LB"},
    "audit des clés": {"AB", "KS"},
    "test": {"TR"},
}


def test_there_are_enough_of_them() -> None:
    assert len(PHRASES) >= 200
    assert set(MEANT) == {item.code for item in ITEMS}
    assert len(ITEMS) == 11


@pytest.mark.parametrize(("code", "said"), PHRASES)
def test_what_people_say(code: str, said: str) -> None:
    found = route(said)
    assert found.item is not None, [each.code for each in found.candidates]
    assert found.item.code == code


@pytest.mark.parametrize("said", NOTHING)
def test_what_means_nothing(said: str) -> None:
    assert route(said).item is None
    assert route(said).candidates == ()


@pytest.mark.parametrize("said", list(UNCLEAR))
def test_what_could_mean_two_things_means_neither(said: str) -> None:
    found = route(said)
    assert found.item is None
    assert {each.code for each in found.candidates} == UNCLEAR[said]


@given(st.text(max_size=60))
def test_anything_may_be_typed(said: str) -> None:
    found = route(said)
    assert found.item is None or not found.candidates
    assert route(f"  {said.upper()} ").item == route(said.upper()).item
