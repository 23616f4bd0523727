"""Dépôts de mesures et de journaux : leurs réponses, et les fichiers qui règlent leur durée."""

PHRASES: dict[str, str] = {
    "error.url-missing": "le moteur {engine} n’a pas d’adresse dans phoenix.yaml",
    "hint.url-missing": "Ajoutez url: http://HÔTE:PORT pour voir ce qu’il détient.",
    "error.web-error": "le moteur {engine} répond par une erreur : {detail}",
    "hint.web-error": "L’url est-elle bien l’adresse du service, avec le chemin où il est servi ?",
    "error.web-redirect": "le moteur {engine} renvoie ailleurs, et Phoenix ne suit pas : {detail}",
    "hint.web-redirect": "Donnez l’adresse finale comme url ; le jeton ne part nulle part "
    "ailleurs.",
    "error.web-too-long": "le moteur {engine} répond sans fin ; le reste est refusé : {detail}",
    "hint.web-too-long": "Vérifiez que l’url mène au service lui-même.",
    "error.token-unfit": "le jeton {secret} du moteur {engine} contient des caractères qui ne "
    "peuvent pas être envoyés",
    "hint.token-unfit": "Le fichier doit contenir le jeton et rien d’autre, sur une ligne.",
    "error.settings-missing": "moteur {engine} : {path} est absent, ou n’est pas un fichier",
    "hint.settings-missing": "Corrigez son chemin dans phoenix.yaml, ou retirez la ligne quand le "
    "service tourne sur une autre machine.",
    "error.settings-too-large": "moteur {engine} : le fichier {path} est trop gros pour une "
    "configuration",
    "hint.settings-too-large": "Est-ce le bon fichier ?",
    "error.settings-linked": "moteur {engine} : le fichier {path} porte plusieurs noms (liens "
    "physiques)",
    "hint.settings-linked": "Le modifier le séparerait des autres : faites-en un fichier à part, "
    "ou un lien symbolique.",
    "error.settings-changed": "moteur {engine} : le fichier {path} a changé depuis que le plan a "
    "été fait",
    "hint.settings-changed": "Rien n’a été écrit. Refaites le plan.",
    "error.retention-no-file": "le moteur {engine} n’a pas, dans phoenix.yaml, de fichier où régler "
    "sa rétention",
    "hint.retention-no-file": "Nommez-le par arguments: ou config:, sur la machine où il se "
    "trouve.",
    "error.retention-twice": "moteur {engine} : les deux fichiers règlent une rétention, et une "
    "seule compte",
    "hint.retention-twice": "Retirez-la vous-même de l’un des deux, puis relancez la commande.",
    "error.retention-unread": "le moteur {engine} garde selon une limite que Phoenix ne sait pas "
    "lire : {detail}",
    "hint.retention-unread": "Une limite en pourcentage du disque ne se pèse pas : réglez une durée "
    "ou une taille.",
    "error.retention-unfit": "le moteur {engine} ne peut pas garder selon cette règle",
    "hint.retention-unfit": "Une seule règle pour tout, de deux heures au moins ; une taille doit "
    "dépasser zéro.",
    "error.arguments-unclear": "moteur {engine} : {path} ne dit pas clairement comment il est lancé",
    "hint.arguments-unclear": 'Une seule ligne ARGS="…" ou ExecStart=… doit porter les arguments. '
    "Rien n’a été écrit : réglez la rétention vous-même à cet endroit.",
    "error.config-refused": "promtool refuse la nouvelle configuration du moteur {engine} : "
    "{detail}",
    "hint.config-refused": "Rien n’a été écrit. Un Prometheus plus ancien ne connaît pas de "
    "rétention dans ce fichier : nommez celui de ses arguments par arguments:.",
    "error.yaml-broken": "le YAML ne peut pas être lu (ligne:colonne {detail})",
    "hint.yaml-broken": "Les étiquettes (!…), plusieurs documents et des tabulations devant une clé "
    "sont refusés aussi. Corrigez-le à la main.",
    "error.yaml-duplicate": "une clé figure deux fois dans le YAML : {detail}",
    "hint.yaml-duplicate": "Les outils ne s’accordent pas sur celle qui compte : n’en gardez "
    "qu’une.",
    "error.yaml-too-large": "le YAML est trop gros pour une configuration : plus de {detail} "
    "caractères, ou trop de valeurs",
    "hint.yaml-too-large": "Est-ce le bon fichier, ou la bonne adresse ?",
    "error.loki-unclear": "moteur {engine} : la configuration de Loki a une valeur que Phoenix ne "
    "sait pas lire : {detail}",
    "hint.loki-unclear": "Une valeur remplie au démarrage (${{…}}) en fait partie : écrivez-la en "
    "clair.",
    "error.loki-rules-elsewhere": "moteur {engine} : des journaux partent aussi selon ce qui est "
    "écrit ailleurs : {detail}",
    "hint.loki-rules-elsewhere": "Les limites par locataire et le table manager ne sont pas lus : "
    "ce qui est vraiment gardé reste inconnu.",
    "error.loki-tenants": "moteur {engine} : Loki sépare ses locataires ({detail}), et Phoenix n’en "
    "demande aucun",
    "hint.loki-tenants": "Ce que chaque locataire détient reste inconnu.",
    "error.loki-older": "moteur {engine} : Loki détient, ou cache, des journaux plus anciens que les "
    "{detail} jours regardés",
    "hint.loki-older": "Sa plus ancienne entrée reste inconnue. max_query_lookback cache les "
    "entrées anciennes aux requêtes.",
    "error.loki-rule-unfit": "moteur {engine} : Loki ne peut pas garder {stream} selon cette règle",
    "hint.loki-rule-unfit": "Une règle pour tout et une par sélecteur, de 24 heures au moins, sans "
    "taille ; seul le tout peut être gardé sans fin.",
    "error.loki-cannot-delete": "moteur {engine} : avec ce {key}, le compactor de Loki ne supprime "
    "rien",
    "hint.loki-cannot-delete": "Il lui faut un index tsdb ou boltdb-shipper, et une période de 24h. "
    "Rien n’a été écrit.",
    "error.loki-key-unknown": "moteur {engine} : {key} doit être réglé, et le fichier ne dit pas à "
    "quelle valeur",
    "hint.loki-key-unknown": "Réglez-le à la main, puis relancez la commande. Rien n’a été écrit.",
}
