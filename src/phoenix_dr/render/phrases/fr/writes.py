"""Les écritures vers le service web d’un moteur, les tâches qu’elles lancent, les connexions. French."""

PHRASES: dict[str, str] = {
    "error.write-unanswered": "le moteur {engine} n’a pas répondu à une écriture, qui a peut-être été faite : {detail}",
    "hint.write-unanswered": "Elle n’est pas renvoyée. Regardez la liste des tâches du moteur, puis observez-le de nouveau avant tout autre essai.",
    "error.proxmox-no-task": "le moteur {engine} n’a rien lancé et a répondu : {detail}",
    "hint.proxmox-no-task": "Proxmox répond « OK » quand l’invité n’est pas sur le nœud interrogé ; observez de nouveau le moteur.",
    "error.proxmox-task-late": "une tâche du moteur {engine} tourne encore après tout le temps accordé : {detail}",
    "hint.proxmox-task-late": "Elle n’a pas été arrêtée. Un stockage bloqué (NFS, PBS) retient souvent une tâche ; le verrou qu’elle laisse sur l’invité est le sien : ne l’ôtez pas tant qu’elle tourne.",
    "error.proxmox-login": "le moteur {engine} n’accepte pas la connexion de l’utilisateur",
    "hint.proxmox-login": "Proxmox répond la même chose pour un mot de passe faux, un utilisateur inconnu ou un mauvais domaine ; l’utilisateur s’écrit NOM@DOMAINE, par exemple root@pam.",
    "error.proxmox-tfa": "l’utilisateur du moteur {engine} a un second facteur, que personne n’est là pour donner",
    "hint.proxmox-tfa": "Utilisez plutôt un jeton d’API : « pveum user token add UTILISATEUR NOM », puis token: dans phoenix.yaml.",
    "error.proxmox-no-password": "le moteur {engine} a un utilisateur mais pas de mot de passe dans phoenix.yaml",
    "hint.proxmox-no-password": "Ajoutez-lui password: file:/chemin ou password: env:NOM ; mieux, utilisez un jeton d’API.",
}
