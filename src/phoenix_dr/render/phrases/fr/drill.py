"""Pourquoi un test de restauration n’a pas pu tourner, et quoi faire, en français."""

PHRASES: dict[str, str] = {
    "error.asset-missing": "les données à sauvegarder n’existent pas : {path}",
    "hint.asset-missing": "corrigez le chemin dans phoenix.yaml, ou montez le volume qui le porte",
    "error.asset-unreadable": "lecture refusée : {path}",
    "hint.asset-unreadable": "lancez Phoenix sous un compte qui peut lire ce fichier",
    "error.not-sqlite": "{path} n’est pas une base SQLite",
    "hint.not-sqlite": "un fichier vide ou chiffré n’en est pas une ; vérifiez le chemin, ou "
    "déclarez-le en « files »",
    "error.sqlite-busy": "la base {path} est restée verrouillée : {detail}",
    "hint.sqlite-busy": "relancez à une heure plus calme ; le mode WAL évite d’attendre",
    "error.sqlite-failed": "la base {path} n’a pas pu être copiée : {detail}",
    "hint.sqlite-failed": "vérifiez la base (PRAGMA integrity_check) et la place libre",
    "error.drill-name": "{path} n’est pas un nom de test de restauration",
    "hint.drill-name": "un tel nom commence par phx-, en minuscules et chiffres",
    "error.drill-running": "le test {drill} a déjà un journal",
    "hint.drill-running": "attendez sa fin, ou lancez phoenix drill gc s’il a été interrompu",
    "error.drill-folder-exists": "{path} existe déjà et n’appartient pas à ce test",
    "hint.drill-folder-exists": "lancez phoenix drill gc, ou choisissez un autre répertoire",
    "error.drill-journal-failed": "le journal du test n’a pas pu être écrit : {detail}",
    "hint.drill-journal-failed": "sans journal rien n’est restauré ; vérifiez le répertoire d’état",
    "error.drill-dir-inside": "{path} se trouve dans {inside} : restaurer là toucherait aux "
    "données ou aux copies",
    "hint.drill-dir-inside": "choisissez un répertoire à l’écart des données et des dépôts",
    "error.drill-dir-unsafe": "{path} ne vous appartient pas, ou d’autres peuvent y écrire",
    "hint.drill-dir-unsafe": "chown puis chmod 700 sur ce répertoire, ou choisissez-en un autre",
    "error.drill-dir-unusable": "{path} ne peut pas servir aux tests de restauration : {detail}",
    "hint.drill-dir-unusable": "choisissez un répertoire où vous pouvez écrire",
    "error.no-space-for-drill": "il faut {needed:size} libres dans {path} pour restaurer, il y en "
    "a {free:size}",
    "hint.no-space-for-drill": "libérez de la place, ou choisissez un autre système de fichiers",
    "error.drill-copy-failed": "la copie de travail n’a pas pu être faite : {detail}",
    "hint.drill-copy-failed": "vérifiez la place libre dans le répertoire des tests",
    "error.not-isolated": "rien n’isole les commandes sur cette machine ({reason} {detail})",
    "hint.not-isolated": "installez bubblewrap et autorisez les espaces de noms utilisateur ; "
    "d’ici là le niveau s’arrête à L3",
}
