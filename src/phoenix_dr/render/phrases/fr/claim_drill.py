"""Exercices de volumes dans leur propre grappe."""

from __future__ import annotations

PHRASES: dict[str, str] = {
    "check.claim-restored.ok": "restauré comme un volume à part, à côté de la production",
    "check.claim-restored.ko": "non restauré",
    "check.claim-restored.skipped": "non restauré",
    "check.claim-read.ok": "il se monte ; fichiers lus jusqu’au bout : tous, soit {files} ({size:size})",
    "check.claim-read.ko": "fichiers illisibles : {unreadable} sur {files} ({names})",
    "check.claim-read.skipped": "fichiers lus dans le temps imparti : {read} seulement sur {files}",
    "check.claim-databases.ok": "bases SQLite saines : {sound} sur {databases}",
    "check.claim-databases.ko": "bases SQLite abîmées : {faulty} sur {databases} ({names})",
    "check.claim-databases.skipped": "bases SQLite impossibles à interroger ici : {unasked} sur {databases}",
    "check.claim-empty.ok": "il contient des fichiers",
    "check.claim-empty.ko": "il est vide, alors que des fichiers ont été sauvegardés",
    "check.claim-empty.skipped": "il est vide ; nul ne sait si c’est normal",
    "check.claim-shrunk.ok": "il contient autant de fichiers qu’avant",
    "check.claim-shrunk.ko": "il contient {files} fichiers ; le dernier bon exercice en a lu {before}",
    "check.claim-shrunk.skipped": "il contient {files} fichiers ; le dernier bon exercice en a lu {before}",
    "check.claim-databases-gone.ok": "ses bases sont là",
    "check.claim-databases-gone.ko": "aucune base SQLite n’est là ; le dernier bon exercice en a trouvé {before}",
    "check.claim-databases-gone.skipped": "ses bases n’ont pas été cherchées",
    "check.claim-network.ok": "son pod n’a joint personne",
    "check.claim-network.ko": "son pod pouvait joindre d’autres machines",
    "check.claim-network.skipped": "son pod n’était pas enfermé : la grappe n’applique pas les règles de réseau, "
    "aucune commande n’a donc été lancée",
    "error.claim-no-place": "{engine} n’a pas de place pour les exercices",
    "hint.claim-no-place": "Indiquez `drills: {{}}` sur ce moteur, et faites créer son compte et sa place : phoenix engine rbac {engine} --role restore.",
    "error.claim-copy-gone": "{engine} : la sauvegarde {point} n’est plus là",
    "hint.claim-copy-gone": "Lancez `phoenix observe`, puis recommencez l’exercice.",
    "error.claim-copy-odd": "{engine} : la sauvegarde {point} n’est pas finie, ou ne dit pas ce qu’exige une "
    "restauration",
    "hint.claim-copy-odd": "Regardez-la dans Longhorn ; rien n’a été restauré.",
    "error.claim-encrypted": "{engine} : le volume de {point} est chiffré, ce que les exercices ne savent pas "
    "encore traiter",
    "hint.claim-encrypted": "Restaurez-le à la main, et veillez à garder sa phrase de passe : aucune sauvegarde ne la "
    "contient.",
    "error.claim-block": "{engine} : {point} vient d’un volume brut, qui n’a pas de fichiers à lire",
    "hint.claim-block": "Restaurez-le à la main.",
    "error.claim-jobs-back": "{engine} : Longhorn rend leurs tâches aux volumes restaurés "
    "(restore-volume-recurring-jobs), l’exercice serait donc sauvegardé",
    "hint.claim-jobs-back": "Écrivez `way: volume` dans `drills`, ou désactivez ce réglage.",
    "error.claim-restore-failed": "{engine} n’a pas pu restaurer la copie : {detail}",
    "hint.claim-restore-failed": "Le journal de Longhorn ou de Velero en dit plus.",
    "error.claim-restore-late": "{engine} : la restauration n’a pas fini dans le temps imparti",
    "hint.claim-restore-late": "Cela ne dit rien de la copie. Son dépôt est-il là ? Voyez `within` dans `drills`.",
    "error.claim-no-room": "{engine} n’a pas trouvé de place où restaurer : {detail}",
    "hint.claim-no-room": "Cela ne dit rien de la copie. Faites de la place, puis recommencez l’exercice.",
    "error.claim-target-away": "{engine} : la cible des sauvegardes ne répond pas : {detail}",
    "hint.claim-target-away": "Cela ne dit rien de la copie. `phoenix audit` en dit plus sur la cible.",
    "error.claim-gone": "{engine} : ce que l’exercice a restauré a disparu",
    "hint.claim-gone": "Quelqu’un l’a retiré pendant l’exercice ; recommencez.",
    "error.claim-retained": "{engine} : la StorageClass {detail} garde les volumes des PVC retirés "
    "(Retain), un exercice de {point} en laisserait donc un",
    "hint.claim-retained": "Rien n’a été restauré. Prenez une classe qui les supprime, ou restaurez à la main.",
    "error.claim-restore-refused": "{engine} : Velero n’a pas restauré : {detail}",
    "hint.claim-restore-refused": "Cela ne dit rien de la copie. `velero restore describe` et `logs` en disent plus.",
    "error.claim-check-unrun": "{engine} : la tâche qui lit le volume n’a pas tourné dans {namespace} ({detail})",
    "hint.claim-check-unrun": "Cela ne dit rien de la copie. Regardez ses événements : `kubectl -n {namespace} "
    "get events`.",
    "error.claim-check-late": "{engine} : la tâche qui lit le volume n’a pas fini dans le temps imparti",
    "hint.claim-check-late": "Cela ne dit rien de la copie. Regardez ses événements : `kubectl -n {namespace} "
    "get events`.",
    "error.claim-check-confused": "{engine} : la tâche qui lit le volume n’a pas laissé de rapport : {detail}",
    "hint.claim-check-confused": "L’`image` de `drills` doit contenir Python 3.",
    "error.drill-space-missing": "{engine} : il n’y a pas d’espace de noms {namespace}",
    "hint.drill-space-missing": "Faites lancer `kubectl create namespace {namespace}` par un administrateur ; les "
    "exercices en ont besoin et n’en créent pas.",
    "error.drill-space-restricted": "{engine} : l’espace de noms {namespace} n’admet aucun pod qui puisse lire les "
    "fichiers d’autrui",
    "hint.drill-space-restricted": "Posez-lui l’étiquette `pod-security.kubernetes.io/enforce=baseline`.",
    "error.drill-space-shared": "{engine} : l’espace de noms {namespace} contient ce qui n’est d’aucun exercice : "
    "{detail}",
    "hint.drill-space-shared": "Rien n’a été restauré. Gardez cet espace de noms pour les seuls exercices.",
    "error.drill-left": "{engine} : {detail} est encore dans {namespace}",
    "hint.drill-left": "`phoenix drill gc` essaiera de nouveau.",
    "error.drill-altered": "{engine} : une admission du cluster a changé ce que l’exercice demandait ({detail})",
    "hint.drill-altered": "L’objet a été retiré. Exemptez de ce webhook l’espace de noms {namespace} et le label phoenix.io/drill.",
    "error.drill-adopted": "{engine} : {detail} utilise ce qu’un exercice a restauré, qui n’est donc pas retiré",
    "hint.drill-adopted": "Copiez ces données ailleurs, ou retirez le label phoenix.io/drill de ses volumes ; puis lancez `phoenix drill gc`.",
    "error.claim-joins-jobs": "{engine} : le volume de l’exercice serait pris par des tâches récurrentes ({detail})",
    "hint.claim-joins-jobs": "Ses sauvegardes seraient parmi celles de la production ; il a été retiré. Cherchez ce qui le marque : un webhook, ou un réglage de Longhorn.",
}
