"""Exercices d’invités sur leur propre Proxmox."""

from __future__ import annotations

PHRASES: dict[str, str] = {
    "report.skipped.no-place-for-drills": "{asset} : {engine} n’a pas de place pour les exercices ; indiquez `drills:` "
    "dans phoenix.yaml",
    "report.skipped.no-twin-there": "{asset} : une copie sur {engine} ne peut être altérée exprès ; exercez plutôt "
    "un dossier d’archives",
    "check.guest-restored.ok": "restauré comme {guest}, réseau coupé ou clos",
    "check.guest-restored.ko": "non restauré",
    "check.guest-restored.skipped": "non restauré",
    "check.guest-disk-here.ok": "{disk} est revenu",
    "check.guest-disk-here.ko": "{disk} n’est pas revenu",
    "check.guest-disk-here.skipped": "{disk} n’a pas été examiné",
    "check.guest-disk-empty.ok": "{disk} contient ses données",
    "check.guest-disk-empty.ko": "{disk} n’est pas dans la sauvegarde : il revient vide, et le service "
    "démarrerait sur rien",
    "check.guest-disk-empty.skipped": "{disk} n’a pas été examiné",
    "check.guest-network.ok": "l’invité avait un réseau à lui, clos",
    "check.guest-network.ko": "l’invité n’avait pas de réseau",
    "check.guest-network.skipped": "sa ligne était coupée : il démarre, mais nul n’a pu interroger son service "
    "(donnez un pont clos à `drills`)",
    "check.guest-agent.ok": "il a pu être interrogé",
    "check.guest-agent.ko": "il n’a pu être interrogé",
    "check.guest-agent.skipped": "son service n’a pas été interrogé : pas d’agent invité pour cela ({kind})",
    "error.drill-bridge-open": "la production est sur {bridge} : aucun exercice sur {engine} ne peut l’utiliser",
    "hint.drill-bridge-open": "Indiquez dans `drills` un pont qui ne mène nulle part, ou aucun.",
    "error.drill-no-place": "{engine} n’a pas de place pour les exercices",
    "hint.drill-no-place": "Indiquez `drills: {{numbers: 9000-9099, storage: …}}` sur ce moteur.",
    "error.drill-numbers-used": "tous les numéros réservés aux exercices sur {engine} sont pris",
    "hint.drill-numbers-used": "Lancez `phoenix drill gc`, ou réservez plus de numéros.",
    "error.drill-number-outside": "{guest} n’est pas un numéro réservé aux exercices sur {engine}",
    "hint.drill-number-outside": "Rien n’a été touché. Les exercices n’utilisent que les numéros de `drills`.",
    "error.drill-number-taken": "{guest} est pris sur {engine}",
    "hint.drill-number-taken": "Le numéro libre suivant est essayé.",
    "error.drill-tag-missing": "l’invité {guest} sur {engine} ne porte pas la marque de cet exercice : il n’a "
    "pas été touché",
    "hint.drill-tag-missing": "Gardez les numéros et le pool de `drills` aux seuls exercices.",
    "error.drill-guest-gone": "l’invité {guest} sur {engine} a disparu",
    "hint.drill-guest-gone": "Quelqu’un l’a retiré pendant l’exercice ; recommencez.",
    "error.drill-root-only": "{engine} : seul root@pam peut faire cela : {detail}",
    "hint.drill-root-only": "La copie n’a pas été jugée. `phoenix engine check {engine}` affiche le rôle "
    "des exercices.",
    "error.drill-no-probe": "un conteneur sur {engine} ne peut être interrogé de l’extérieur",
    "hint.drill-no-probe": "Exercez son archive sur une machine dotée de LXC pour interroger son service.",
    "error.restore-failed": "{engine} n’a pas pu restaurer l’invité {guest} : {detail}",
    "hint.restore-failed": "Le journal de la tâche sur ce nœud en dit plus.",
    "error.start-failed": "{engine} n’a pas pu démarrer l’invité {guest} : {detail}",
    "hint.start-failed": "Le journal de la tâche sur ce nœud en dit plus.",
    "error.destroy-failed": "{engine} n’a pas pu détruire l’invité {guest} : {detail}",
    "hint.destroy-failed": "`phoenix drill gc` réessaie.",
    "error.guest-not-shut-in": "{engine} n’a pas clos l’invité {guest} comme demandé ({names}) : il n’a pas "
    "été démarré",
    "hint.guest-not-shut-in": "Il a été détruit. Voyez le rôle du jeton, et ce nœud.",
    "error.proxmox-no-node": "aucun nœud de {engine} n’est en ligne",
    "hint.proxmox-no-node": "Voyez le cluster.",
}
