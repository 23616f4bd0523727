"""What borg refuses or cannot do, and how removing points can end. French."""

PHRASES = {
    "error.points-changed": "le moteur {engine} n’a plus le point {point} pour ces données : rien "
    "n’a été supprimé",
    "hint.points-changed": "Refaites le plan : phoenix retention plan",
    "error.forget-incomplete": "le moteur {engine} n’a pas supprimé exactement les points nommés : "
    "{count} diffèrent, dont {point}",
    "hint.forget-incomplete": "« phoenix observe {engine} » montre ce qui s’y trouve. Un autre "
    "programme supprime-t-il aussi des points de ce dépôt ?",
    "error.archive-not-sayable": "l’archive du point {point} sur le moteur {engine} porte un nom "
    "que borg pourrait prendre pour un autre : rien n’a été supprimé",
    "hint.archive-not-sayable": "Donnez-lui un nom sans {{ }} / ni :: (borg rename), puis refaites "
    "le plan.",
    "error.borg-key-missing": "le moteur {engine} n’a pas la clé de son dépôt : {detail}",
    "hint.borg-key-missing": "Importez-la pour le compte qui exécute Phoenix : borg key import",
    "error.repository-unknown": "le dépôt du moteur {engine} n’est pas chiffré, et le borg de ce "
    "compte ne l’a jamais vu",
    "hint.repository-unknown": "Si c’est le bon, lancez « borg list » dessus une fois à la main, "
    "avec le compte qui exécute Phoenix, et répondez à la question de borg.",
    "error.repository-moved": "le dépôt du moteur {engine} était à une autre adresse auparavant",
    "hint.repository-moved": "Si vous l’avez déplacé, lancez « borg list » dessus une fois à la "
    "main, avec le compte qui exécute Phoenix, et répondez à la question de borg.",
    "error.repository-replaced": "le dépôt du moteur {engine} n’est plus tel que borg l’a vu : "
    "{detail}",
    "hint.repository-replaced": "Une ancienne copie remise en place, deux copies du même "
    "identifiant, ou une attaque : sachez laquelle avant d’y écrire quoi que ce soit.",
}
