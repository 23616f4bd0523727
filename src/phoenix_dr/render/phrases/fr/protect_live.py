"""Tâches de sauvegarde d'un Proxmox réglées par Phoenix, et invités sauvés tout de suite."""

PHRASES: dict[str, str] = {
    "error.vzdump-pool-alone": "la tâche de la politique {policy} nomme le pool {pool} et "
    "d’autres invités à côté",
    "hint.vzdump-pool-alone": "Proxmox oublie les exceptions quand une tâche reçoit un pool : "
    "retirez « all » et « exclude ».",
    "error.job-guests-undescribed": "la tâche {job} supprimerait des archives d’invités que "
    "phoenix.yaml ne décrit pas ({guests}) : personne ne compte ce qui y serait perdu",
    "hint.job-guests-undescribed": "Décrivez-les, excluez-les, ou gardez tout.",
    "error.job-changed": "la tâche {job} de {engine} n’est plus celle du plan : quelqu’un l’a changée entre-temps",
    "hint.job-changed": "Rien n’a été écrit. « phoenix protect plan {engine} » la montre telle qu’elle est.",
    "error.job-right": "le jeton du moteur {engine} ne peut pas régler la tâche {job} : il lui manque {detail}",
    "hint.job-right": "Rien n’a été écrit. « phoenix engine check {engine} » donne les lignes pveum du rôle « apply » ; ou transmettez la tâche : « phoenix protect plan {engine} --handoff DIR ».",
    "error.job-not-as-written": "la tâche {job} de {engine} a été écrite et se lit autrement : {names}",
    "hint.job-not-as-written": "Regardez-la avec « pvesh get /cluster/backup/{job} », puis refaites le plan.",
    "error.guest-unseen": "le moteur {engine} ne montre aucun invité {guest} : disparu, ou caché au jeton",
    "error.save-storage-away": "le stockage {storage} de {engine} ne prend pas de sauvegarde sur le nœud {node} en ce moment",
    "hint.save-storage-away": "Y est-il monté, actif, et autorisé à contenir des sauvegardes ?",
    "error.guest-locked": "l’invité {guest} de {engine} est verrouillé : {detail}",
    "hint.guest-locked": "Une sauvegarde est en cours, ou une autre est morte en laissant le verrou. Regardez d’abord sa tâche ; Phoenix ne retire aucun verrou.",
    "error.save-queue": "l’invité {guest} de {engine} a attendu trop longtemps une autre sauvegarde : {detail}",
    "error.save-failed": "la sauvegarde de l’invité {guest} de {engine} a échoué : {detail}",
    "error.save-unlisted": "la sauvegarde de l’invité {guest} s’est bien terminée, et aucune nouvelle archive n’en est listée dans {storage} de {engine}",
    "hint.save-unlisted": "Lisez le journal de la tâche dans Proxmox ; ce qui y a été fait n’est pas compté.",
    "error.save-empty": "la sauvegarde de l’invité {guest} s’est bien terminée, et son archive {archive} dans {storage} de {engine} est vide",
}
