"""What goes wrong with engines, their programs and their secrets, in French."""

PHRASES: dict[str, str] = {
    "error.program-missing": "le programme {program} n’est pas installé, ou n’est pas dans le PATH",
    "hint.program-missing": "Installez {program}, ou donnez son chemin à la ligne program du "
    "moteur.",
    "error.program-broken": "{program} ne démarre pas : {reason}",
    "hint.program-broken": "Lancez-le à la main pour voir ce qui lui manque.",
    "error.command-timeout": "{program} n’a pas répondu en {seconds:duration} et a été arrêté",
    "hint.command-timeout": "Le dépôt est-il joignable ? Le réseau et le disque répondent-ils ?",
    "error.cancelled": "{program} a été arrêté à votre demande",
    "hint.cancelled": "Rien n’est perdu : relancez la commande quand vous voulez.",
    "error.answer-too-long": "{program} a répondu plus de {limit:size} ; la suite est refusée",
    "hint.answer-too-long": "Aucun dépôt sain ne répond autant. Vérifiez qui l’écrit.",
    "error.line-too-long": "{program} a écrit une ligne de plus de {limit:size} ; elle est refusée",
    "hint.line-too-long": "Vérifiez la version de {program}, puis le dépôt.",
    "error.answer-confused": "la réponse du moteur {engine} n’a pas la forme attendue",
    "hint.answer-confused": "Comparez la version du moteur à celles que docs/engines dit essayées.",
    "error.secret-missing": "le secret {secret} est absent, vide ou illisible",
    "hint.secret-missing": "Créez-le, ou corrigez la référence dans phoenix.yaml.",
    "error.secret-readable": "le secret {secret} est accessible à tous les comptes de la machine",
    "hint.secret-readable": "Faites « chmod o= » sur ce fichier ; changez le secret si d’autres "
    "ont pu le lire.",
    "error.secret-foreign": "le secret {secret} passe par le lien symbolique d’un autre compte",
    "hint.secret-foreign": "Nommez le fichier lui-même, sans ce lien.",
    "error.secret-too-long": "le secret {secret} dépasse {limit:size}",
    "hint.secret-too-long": "Est-ce le bon fichier ?",
    "error.secret-scheme": "le secret {secret} n’est ni file:… ni env:…",
    "hint.secret-scheme": "Écrivez file:/chemin ou env:NOM.",
    "error.engine-not-yet": "le moteur {engine} est de sorte {kind}, que cette version ne parle "
    "pas encore",
    "hint.engine-not-yet": "Ses données restent inconnues : elles ne comptent pas comme protégées.",
    "error.not-yet": "le moteur {engine} ne sait pas encore faire {verb}",
    "hint.not-yet": "Faites-le avec l’outil lui-même ; Phoenix verra le résultat.",
    "error.wrong-engine": "l’action vise le moteur {asked}, pas {engine}",
    "hint.wrong-engine": "Refaites le plan.",
    "error.wrong-password": "le moteur {engine} refuse le mot de passe : {detail}",
    "hint.wrong-password": "« phoenix keys show » dit où sont les copies de cette clé.",
    "error.password-not-named": "le moteur {engine} n’a pas de mot de passe dans phoenix.yaml",
    "hint.password-not-named": "Ajoutez-lui password: file:/chemin ou password: env:NOM.",
    "error.no-right": "le moteur {engine} n’a pas le droit de faire cela : {detail}",
    "hint.no-right": "Vérifiez le compte qui lance Phoenix, et les droits sur le dépôt.",
    "error.read-only": "le moteur {engine} ne peut pas écrire dans {path}",
    "hint.read-only": "Rien n’y a été écrit : est-ce voulu, un disque "
    "qui lâche, ou un droit qui manque ?",
    "error.no-space": "il ne reste plus de place : {detail}",
    "hint.no-space": "Libérez de la place à destination ; les points déjà faits restent bons.",
    "error.network": "le moteur {engine} est injoignable : {detail}",
    "hint.network": "Vérifiez le réseau, l’adresse du dépôt et la machine qui le porte.",
    "error.not-mounted": "{mount} n’est pas monté : le moteur {engine} n’est pas touché",
    "hint.not-mounted": "Montez {mount}. Sans lui, la copie irait sur le disque du système.",
    "error.parent-missing": "le répertoire {path}, où créer le dépôt du moteur {engine}, n’existe "
    "pas",
    "hint.parent-missing": "Branchez ou montez ce qui manque, ou créez le répertoire vous-même.",
    "error.directory-in-use": "{path} contient autre chose qu’un dépôt ; le moteur {engine} n’y "
    "écrira pas",
    "hint.directory-in-use": "Donnez un répertoire vide ou nouveau au moteur {engine}.",
    "error.repository-missing": "le moteur {engine} ne trouve pas de dépôt : {detail}",
    "hint.repository-missing": "Si c’est le premier jour, « phoenix backup » crée un dépôt local. "
    "Sinon, un disque manque : ne créez rien à sa place.",
    "error.repository-locked": "le dépôt du moteur {engine} est verrouillé depuis {minutes} min "
    "par {holder}",
    "hint.repository-locked": "Attendez la fin. Si vous êtes sûr que ce programme ne tourne plus, "
    "la commande du moteur prévue pour cela retire les verrous périmés ; Phoenix n’y touche jamais.",
    "error.data-damaged": "des données du moteur {engine} sont abîmées : {detail}",
    "hint.data-damaged": "Ne supprimez rien. Restaurez depuis une autre copie, puis cherchez la "
    "cause : disque, mémoire, câble.",
    "error.snapshot-unreadable": "le moteur {engine} tait {detail} point(s) qu’il ne peut plus "
    "lire",
    "hint.snapshot-unreadable": "Le dépôt est abîmé : ne supprimez rien, et lancez « restic check "
    "».",
    "error.point-missing": "le moteur {engine} n’a pas ce point : {detail}",
    "hint.point-missing": "« phoenix observe {engine} » relit la liste des points.",
    "error.engine-failed": "le moteur {engine} a échoué (code {exit:d}) : {detail}",
    "hint.engine-failed": "Le message vient du moteur lui-même.",
    "error.source-missing": "{path} n’existe pas : rien n’a été sauvegardé",
    "hint.source-missing": "Un disque démonté, un service déplacé ? Corrigez phoenix.yaml ou la "
    "machine.",
    "error.source-empty": "{path} est vide : rien n’a été sauvegardé",
    "hint.source-empty": "Une copie vide passerait pour une bonne. Si rien n’est à garder, "
    "dites-le avec none: et la raison.",
    "error.restore-not-empty": "{path} n’est pas un répertoire vide : rien n’y est restauré",
    "hint.restore-not-empty": "Restaurez dans un répertoire neuf ; des données en place ne sont "
    "jamais écrasées.",
    "error.twin-needs-local": "le dépôt du moteur {engine} est distant : on ne peut en faire de "
    "jumeau corrompu",
    "hint.twin-needs-local": "Essayez l’exercice sur un moteur dont le dépôt est local.",
    "error.twin-no-data": "le point {point} du moteur {engine} n’a aucun fichier à corrompre",
    "hint.twin-no-data": "Choisissez un point qui contient des fichiers non vides.",
    "error.twin-too-large": "{path} dépasse {limit:size} et se trouve sur un autre disque que les "
    "exercices",
    "hint.twin-too-large": "Placez le répertoire des exercices sur le disque du dépôt.",
}
