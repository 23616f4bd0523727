"""Les mots du registre, en français."""

PHRASES: dict[str, str] = {
    "error.ledger-broken": "le registre {path} est abîmé, ou n’est pas un registre ({detail})",
    "hint.ledger-broken": "mettez-le de côté, restaurez phoenix/state depuis une sauvegarde, "
    "puis lancez `phoenix evidence verify --head` avec la dernière tête imprimée ; les points "
    "que les moteurs listent encore se retrouvent par `phoenix observe` ; les exercices et les "
    "preuves n’existent que dans le registre",
    "error.ledger-newer": "le registre {path} a été écrit par un Phoenix plus récent (format "
    "{found:d} ; celui-ci connaît {known:d})",
    "hint.ledger-newer": "réinstallez la version plus récente ; rien n’a été modifié",
    "error.ledger-unsafe": "n’importe qui peut écrire dans le répertoire d’état {path}",
    "hint.ledger-unsafe": "si ce répertoire est bien celui de Phoenix : chmod 700 {path}",
    "error.ledger-unwritable": "le registre {path} ne peut être ni ouvert ni écrit ({detail})",
    "hint.ledger-unwritable": "vérifiez que l’utilisateur qui lance Phoenix possède le "
    "répertoire d’état, et que son disque est monté en écriture",
    "error.ledger-full": "le disque du registre {path} est plein ; ce qui était écrit avant est "
    "intact",
    "hint.ledger-full": "faites de la place et relancez la même commande : elle reprend d’après "
    "le registre",
    "error.ledger-busy": "un autre Phoenix garde le registre {path} verrouillé",
    "hint.ledger-busy": "attendez qu’il ait fini ; une écriture prend d’ordinaire moins d’une "
    "seconde",
    "error.busy": "le processus {pid:d} travaille déjà sur {what}",
    "hint.busy": "attendez qu’il ait fini ; le verrou disparaît avec son processus, même après "
    "un plantage : il n’y a rien à supprimer à la main",
    "error.row-unreadable": "la ligne {seq:d} du registre ne contient pas ce que son genre "
    "annonce ({detail})",
    "hint.row-unreadable": "regardez-la avec `phoenix evidence show {seq:d}`, et vérifiez "
    "l’ensemble avec `phoenix evidence verify`",
    "error.manifest-broken": "ce que le point {point} doit contenir a été modifié après son "
    "enregistrement",
    "hint.manifest-broken": "ne vous fiez pas à cette comparaison : lancez `phoenix evidence "
    "verify`, et restaurez phoenix/state depuis une sauvegarde antérieure à la modification",
}
