"""Tâches de sauvegarde d'un Proxmox réglées par Phoenix, et invités sauvés tout de suite."""

PHRASES: dict[str, str] = {
    "error.vzdump-pool-alone": "la tâche de la politique {policy} nomme le pool {pool} et "
    "d’autres invités à côté",
    "hint.vzdump-pool-alone": "Proxmox oublie les exceptions quand une tâche reçoit un pool : "
    "retirez « all » et « exclude ».",
    "error.job-guests-undescribed": "la tâche {job} supprimerait des archives d’invités que "
    "phoenix.yaml ne décrit pas ({guests}) : personne ne compte ce qui y serait perdu",
    "hint.job-guests-undescribed": "Décrivez-les, excluez-les, ou gardez tout.",
}
