"""Archives VMA. Français."""

PHRASES = {
    "help.vma": "Lire les archives que Proxmox fait des machines virtuelles, sans Proxmox.",
    "short.vma": "Regarder dans une archive de VM Proxmox, en sortir les disques.",
    "help.vma-list": "Montre ce que contient une archive VMA (brute, gzip, lzo ou zstd) : configuration et "
    "disques. --verify la lit jusqu’au bout : chaque bloc de chaque disque y est une "
    "fois. VMA n’a pas de somme de contrôle sur les données : cela prouve que "
    "l’archive est entière, pas que son contenu est juste.",
    "short.vma-list": "Le contenu d’une archive ; --verify la lit en entier.",
    "examples.vma-list": "phoenix vma list vzdump-qemu-100-2026_11_20-03_00_00.vma.zst\nphoenix vma list "
    "--verify vzdump-qemu-100-2026_11_20-03_00_00.vma.zst",
    "help.vma-extract": "Écrit les disques en fichiers bruts creux, avec la configuration à côté, dans un"
    " dossier vide. Rien n’est jamais écrasé.",
    "short.vma-extract": "Disques et configuration en fichiers.",
    "examples.vma-extract": "phoenix vma extract vzdump-qemu-100-2026_11_20-03_00_00.vma.zst "
    "restored\nphoenix vma extract archive.vma restored --disk drive-scsi0",
    "option.vma-verify": "Lire l’archive jusqu’au bout et vérifier que chaque disque est entier.",
    "option.vma-disk": "Seulement ce disque (répétable).",
    "vma.made": "faite le {moment}",
    "vma.wrote": "écrit : {path}",
    "vma.whole": "entière : chaque bloc de chaque disque est là ({size} stockés) ; ne dit rien du "
    "contenu",
    "error.vma-not-one": "ce n’est pas une archive VMA",
    "hint.vma-not-one": "Proxmox les nomme vzdump-qemu-NUMÉRO-….vma, avec .zst, .gz ou .lzo si elles sont "
    "compressées.",
    "error.vma-header": "l’en-tête de l’archive est abîmé ({detail})",
    "error.vma-extent": "l’archive est abîmée ou coupée ({detail})",
    "error.vma-cluster": "l’archive se contredit : disque {device:d}, bloc {number:d}",
    "error.vma-incomplete": "l’archive n’est pas entière : il manque {missing} blocs de {name}",
    "hint.vma-incomplete": "Elle a été coupée entre deux blocs. Prenez une archive plus ancienne ; celle-ci "
    "restaure un disque à trous.",
    "error.vma-no-device": "l’archive n’a pas de disque {name}",
    "hint.vma-no-device": "« phoenix vma list ARCHIVE » nomme ses disques.",
    "error.vma-too-big": "les disques prennent {size:size}, et {most:size} sont libres",
    "error.vma-file-exists": "{path} existe déjà ; rien n’est écrasé",
    "error.folder-not-empty": "{path} n’est pas vide",
    "hint.folder-not-empty": "Nommez un dossier neuf : il est créé.",
    "error.archive-missing": "il n’y a pas d’archive à {path}",
    "error.archive-damaged": "{path} ne se décompresse pas : {detail}",
}
