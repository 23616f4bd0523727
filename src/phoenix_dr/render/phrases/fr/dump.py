"""Dossiers d’archives derrière ssh ou rclone, en français."""

PHRASES: dict[str, str] = {
    "error.dump-away": "le moteur {engine} n’atteint pas {path} : {detail}",
    "hint.dump-away": "Ce sont les mots de ssh ou de rclone. Ce qui s’y trouve reste inconnu, et rien n’a été jugé.",
    "error.dump-cut": "{path} s’est interrompu après {read:size} sur {size:size}",
    "hint.dump-cut": "Cela ne dit rien de l’archive. Réessayez quand la connexion tient.",
    "error.dump-host-key": "moteur {engine} : {path} présente une autre clé d’hôte que celle connue, ou une clé que personne ne connaît",
    "hint.dump-host-key": "Rien n’a été envoyé. Si la machine a été réinstallée, comparez sa clé sur la machine même, puis inscrivez-la dans known_hosts. Sinon, quelqu’un s’est placé entre vous.",
    "error.dump-login": "moteur {engine} : {path} refuse la connexion",
    "hint.dump-login": "Essayez avec l’utilisateur qui lance Phoenix : « sftp -o BatchMode=yes UTILISATEUR@HÔTE ». Une clé à phrase de passe doit être dans un agent.",
    "error.dump-many": "le moteur {engine} a dans {path} plus de fichiers qu’on n’en lit ({most})",
    "hint.dump-many": "D’une partie de dossier, rien n’est dit. Gardez les archives dans un dossier à elles.",
    "error.dump-odd": "le moteur {engine} reçoit de {path} des réponses qui ne correspondent à rien",
    "hint.dump-odd": "Un script de connexion qui affiche quelque chose le provoque ; un serveur qui n’en est pas un aussi. Ce qui s’y trouve reste inconnu.",
    "error.dump-said": "le moteur {engine} ne peut pas lire {path} : {detail}",
    "hint.dump-said": "Le serveur a échoué sans dire pourquoi : consultez son journal.",
    "error.dump-silent": "le moteur {engine} attend {path} en vain",
    "hint.dump-silent": "La connexion est établie et rien ne vient : un disque s’y bloque, ou un script de connexion attend. Ce qui s’y trouve reste inconnu.",
}
