"""The datastore of K3s, in English."""

PHRASES = {
    "error.k3s-external": "{path}: the objects of this K3s are in a database elsewhere, not on this server",
    "hint.k3s-external": "Declare that database as an asset of its own (datastore-endpoint names it), and save "
    "server/token beside it as files.",
    "error.k3s-no-server": "{path} is no data directory of a K3s server: it has neither server/db/state.db nor "
    "server/db/etcd",
    "hint.k3s-no-server": "Only servers hold the datastore, agents do not; the default is /var/lib/rancher/k3s.",
    "error.k3s-no-snapshot": "no whole snapshot of etcd in {path} ({broken} broken)",
    "hint.k3s-no-snapshot": "Take one: k3s etcd-snapshot save. Those made by hand stay until "
    "“k3s etcd-snapshot prune”; scheduled ones are kept by etcd-snapshot-retention.",
    "error.k3s-copy-failed": "{path} could not be copied: {detail}",
    "hint.k3s-copy-failed": "Look at the free space of the state directory, and run the backup again.",
}
