"""Tâches de sauvegarde d'un Proxmox : prévues, transmises, et ce qui ne va pas. Français."""

PHRASES: dict[str, str] = {
    "help.protect": "Tâches de sauvegarde d’autres systèmes : ce que phoenix.yaml en attend.",
    "short.protect": "Prévoir les tâches de sauvegarde d’autres systèmes, et les transmettre.",
    "help.protect-plan": "Montre les tâches que les politiques veulent sur chaque Proxmox, Longhorn "
    "et Velero (ou sur ENGINE) à côté de celles qui y sont : Phoenix interroge chacun maintenant. "
    "Montre ce qui serait perdu en les réglant, et ce qui ne va pas. Avec --handoff, prépare aussi "
    "les tâches pour qui les applique : un playbook Ansible, Terraform et un script pvesh pour un "
    "Proxmox, des manifestes pour un cluster, et un README qui dit comment vérifier. Ne change "
    "rien là-bas.",
    "short.protect-plan": "Les tâches voulues, ce qu’elles supprimeraient, ce qui ne va pas.",
    "examples.protect-plan": "phoenix protect plan\nphoenix protect plan pve1\n"
    "phoenix protect plan longhorn --handoff transmission",
    "option.handoff": "Prépare les tâches dans DIR/ENGINE, pour qui les applique.",
    "protect.job": "{job} : {schedule} (Proxmox : {event}), stockage {storage}, {rule}, {mode}, "
    "{compress}",
    "protect.guests": "invités {guests}",
    "protect.none": "{engine} : aucune politique n’y envoie d’invité",
    "protect.unseen": "ses tâches actuelles n’ont pas été lues : chaque tâche est créée, ou réglée "
    "si elle diffère",
    "protect.storage-rule": "selon le stockage",
    "protect.create": "à créer : {job}",
    "protect.update": "à changer : {job} ({differs})",
    "protect.keep": "conforme : {job}",
    "protect.foreign": "à quelqu’un d’autre, non touchée : {job}",
    "protect.stray": "plus voulue par aucune politique, non touchée : {job}",
    "protect.lost": "Ce que le premier passage supprimerait :",
    "protect.lost-nothing": "Le premier passage ne supprimerait aucune des {count} archives connues.",
    "protect.lost-unknown": "Ce que le premier passage supprimerait des invités {guests} est "
    "inconnu : aucune de leurs archives n’a été vue. Proxmox le dit sans rien changer :",
    "protect.findings": "Constats :",
    "protect.finding": "{subject} : {what} → {remedy} [{owner}]",
    "protect.prepared": "préparé : {path}",
    "protect.next": "Ni transmis, ni appliqué, ni vérifié. La demande :",
    "protect.request": "- [ ] [phoenix→forge] configurer vzdump schedule de {engine} : {jobs} "
    "(fichiers : {path})",
    "handoff.head": "Tâches de sauvegarde de {engine}. Écrit par phoenix protect plan.",
    "handoff.play": "Tâches de sauvegarde de {engine}",
    "handoff.title": "Tâches de sauvegarde de {engine}",
    "handoff.intro": "Phoenix dit ce qui est sauvegardé, quand, et combien de temps c’est gardé. "
    "Ce dossier appartient désormais à **Forge**, qui choisit l’une des trois formes et "
    "l’applique. Phoenix vérifie ensuite. Aucun fichier ne contient de secret. Un nouveau plan "
    "réécrit les fichiers : changez phoenix.yaml, pas eux.",
    "handoff.heading.state": "Où on en est",
    "handoff.state.prepared": "**préparé** : {at}, par Phoenix. Ces fichiers sont écrits ; rien "
    "d’autre n’a eu lieu.",
    "handoff.state.handed": "**transmis** : quand Forge a pris la demande.",
    "handoff.state.applied": "**appliqué** : quand Forge a exécuté l’une des trois formes sans "
    "erreur.",
    "handoff.state.verified": "**vérifié** : quand Phoenix a vu la tâche et, après son passage "
    "suivant, une archive de chaque invité. Pas avant.",
    "handoff.heading.jobs": "Les tâches",
    "handoff.column.job": "tâche",
    "handoff.column.when": "quand",
    "handoff.column.guests": "invités",
    "handoff.column.storage": "stockage",
    "handoff.column.keep": "garde",
    "handoff.zone": "Les heures sont celles du nœud, pensées en {zone} : « timedatectl » doit y dire "
    "la même chose.",
    "handoff.heading.before": "Avant",
    "handoff.before": "Après chaque passage PVE supprime ce que la règle ne garde plus, quel qu’en "
    "soit l’auteur. Ceci montre ce qui partirait et ne change rien (NODE est le nom du nœud) :",
    "handoff.heading.apply": "Appliquer : l’une des trois",
    "handoff.apply.ansible": "Ansible, sur un nœud de la grappe ; crée la tâche, ou ne la règle que "
    "si elle diffère :",
    "handoff.apply.pvesh": "Un shell root sur un nœud ; crée la tâche ou la règle :",
    "handoff.apply.terraform": "Terraform avec le fournisseur bpg/proxmox. Le fichier s’analyse ; "
    "il n’a jamais été exécuté avec ce fournisseur. Une tâche déjà présente s’importe d’abord :",
    "handoff.heading.verify": "Vérifier",
    "handoff.verify.job": "La tâche dit ce qui est voulu, et comprend chaque volume attendu :",
    "handoff.verify.volumes": "« included: 0 » n’est dans aucune archive, si verte que soit la "
    "tâche : les montages bind jamais, les autres points de montage seulement avec « backup=1 ».",
    "handoff.verify.archive": "Après son premier passage : la tâche PVE, et une archive de chaque "
    "invité dont la taille est plausible :",
    "handoff.verify.phoenix": "Puis Phoenix, qui compare à nouveau :",
    "handoff.heading.findings": "Ce que ces tâches ne règlent pas",
    "finding.jobs-unseen": "ses tâches, invités et stockages n’ont pas été lus : autres tâches, "
    "autres invités et place libre sont inconnus",
    "remedy.jobs-unseen": "comparez avec « pvesh get /cluster/backup » sur un nœud",
    "finding.guest-in-no-job": "l’invité {guest} ({name}) n’est dans aucune tâche active",
    "remedy.guest-in-no-job": "donnez-lui une politique, ou écartez-le jusqu’à une date (ignore: "
    "found: {engine}/{guest})",
    "finding.job-disabled": "la tâche {job} est désactivée : elle ne sauvegarde rien",
    "remedy.job-disabled": "activez-la, ou supprimez-la",
    "finding.job-storage-missing": "la tâche {job} écrit sur le stockage {storage}, qui n’existe pas",
    "remedy.job-storage-missing": "rétablissez le stockage, ou envoyez la tâche ailleurs",
    "finding.jobs-prune-each-other": "les tâches {job} et {other} suppriment chacune les archives de "
    "l’autre sur {storage} (invités {guests})",
    "remedy.jobs-prune-each-other": "une règle pour les deux, un stockage chacune, ou remove=0 pour "
    "l’une",
    "finding.job-skips-clock-change": "la tâche {job} ({schedule}) ne tourne pas le {day}, au "
    "changement d’heure : Proxmox ne rattrape pas une heure sautée",
    "remedy.job-skips-clock-change": "faites-la tourner hors de 02:00–03:00",
    "finding.copies-on-own-host": "ses copies sont sur {host}, où il tourne : tout se perd ensemble",
    "remedy.copies-on-own-host": "ajoutez à sa politique un stockage d’une autre machine (aujourd’hui : "
    "{storage})",
    "error.vzdump-schedule": "Proxmox n’a pas d’horaire qui tourne à « {expression} » : il ne sait "
    "pas dire « {part} »",
    "hint.vzdump-schedule": "Des jours du mois ou des jours de la semaine, pas les deux, et ni L, ni "
    "W, ni # ; ou faites deux politiques.",
    "error.vzdump-no-storage": "la politique {policy} ne nomme aucun stockage de {engine}",
    "hint.vzdump-no-storage": "Sous « to », nommez-en un : {engine}/STOCKAGE, décrit sous storages.",
    "error.vzdump-no-guest": "aucun invité de {engine} ne suit la politique {policy}",
    "error.vzdump-id-twice": "deux politiques donnent une tâche du même nom, {id} (la seconde : "
    "{policy})",
    "hint.vzdump-id-twice": "Donnez un autre nom à l’une des politiques.",
    "error.guest-number": "{asset} : {guest} n’est pas un invité d’un Proxmox",
    "hint.guest-number": "Un invité est MOTEUR/NUMÉRO, par exemple pve1/210 ; les numéros commencent "
    "à 100.",
    "error.vzdump-row": "Proxmox montre une tâche de sauvegarde ({job}) illisible",
    "error.vzdump-keep-unknown": "la tâche {job} garde ce que dit son stockage, et ce n’est pas connu",
    "error.job-foreign": "la tâche {job} n’est pas à Phoenix, elle reste donc telle quelle",
    "error.engine-has-no-jobs": "le moteur {engine} est de type {kind} ; les tâches se prévoient sur ces types : {kinds}",
    "error.no-engine-to-protect": "phoenix.yaml ne décrit aucun moteur qui ait ses propres tâches ({kinds})",
    "error.handoff-loses": "le premier passage sur {engine} supprimerait {count} archives : rien n’a "
    "été préparé",
    "hint.handoff-loses": "« phoenix protect plan {engine} » les montre. Gardez plus longtemps, ou "
    "protégez-les dans Proxmox et observez à nouveau.",
    "error.handoff-not-ours": "{path} existe déjà et n’a pas été écrit par Phoenix",
    "hint.handoff-not-ours": "Choisissez un autre dossier.",
}
