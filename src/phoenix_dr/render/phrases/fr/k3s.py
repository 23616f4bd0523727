"""La base de K3s, en français."""

PHRASES = {
    "error.k3s-external": "{path} : les objets de ce K3s sont dans une base qui est ailleurs, pas sur ce serveur",
    "hint.k3s-external": "Déclarez cette base comme une donnée à part (datastore-endpoint la nomme), et sauvez "
    "server/token à côté, comme fichiers.",
    "error.k3s-no-server": "{path} n’est pas le répertoire de données d’un serveur K3s : il n’a ni "
    "server/db/state.db ni server/db/etcd",
    "hint.k3s-no-server": "Seuls les serveurs ont la base, pas les agents ; par défaut c’est /var/lib/rancher/k3s.",
    "error.k3s-no-snapshot": "aucun instantané entier d’etcd dans {path} ({broken} abîmés)",
    "hint.k3s-no-snapshot": "Faites-en un : k3s etcd-snapshot save. Ceux faits à la main restent jusqu’à "
    "« k3s etcd-snapshot prune » ; ceux de l’horaire sont gardés selon etcd-snapshot-retention.",
    "error.k3s-copy-failed": "{path} n’a pas pu être copié : {detail}",
    "hint.k3s-copy-failed": "Regardez la place libre du répertoire d’état, puis relancez la sauvegarde.",
}
