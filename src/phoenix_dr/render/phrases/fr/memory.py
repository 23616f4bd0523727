"""La mémoire d'un projet BMAD ou Grimoire, en français."""

PHRASES: dict[str, str] = {
    "error.memory-unread": "{path} ne peut pas être lu : {reason}",
    "hint.memory-unread": "Donnez au compte qui lance Phoenix le droit de le lire et de l'écrire.",
    "error.memory-too-large": "{path} est plus gros qu'un fichier de mémoire ne devrait l'être",
    "hint.memory-too-large": "Archivez ce qu'il a d'ancien ; rien n'a été changé.",
    "error.memory-locked": "{path} est resté verrouillé par un autre programme",
    "hint.memory-locked": "Réessayez quand il aura fini ; rien n'a été changé.",
    "error.request-empty": "une demande à {target} doit dire ce qui est voulu",
    "error.project-unconfigured": "ce projet ne dit ni pour qui il est ni sa langue : aucun de {paths} ne peut être lu",
    "hint.project-unconfigured": "Écrivez user_name et communication_language dans l'un d'eux.",
}
