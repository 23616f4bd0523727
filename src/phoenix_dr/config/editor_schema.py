"""The JSON schema of phoenix.yaml, with a description of every key, for editors."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from phoenix_dr.config import engines, shapes

Schema = dict[str, Any]
DRAFT = "https://json-schema.org/draft/2020-12/schema"
_SCHEDULE = "Cron schedule, in the estate's time zone"
_APPLY = "direct: Phoenix applies; handoff: it writes down what someone else applies, and verifies"
_PASSWORD = "Reference to the password, never itself: file:/path or env:NAME"  # noqa: S105
_TOKEN = "Reference to the token, never itself: file:/path or env:NAME"  # noqa: S105
_ENVIRONMENT = "Variables given to the engine: references to secrets, file:/path or env:NAME"
_BECAUSE = "The reason, for people"
_UNTIL = "Day (YYYY-MM-DD) from which this is a finding again"
DESCRIPTIONS: dict[str, dict[str, str]] = {
    "Root": {
        "version": "Version of this file's form",
        "estate": "Name of what is described here",
        "language": "Language of reports and messages",
        "timezone": "Time zone of schedules and reports, such as Europe/Paris",
        "here": "The host this Phoenix runs on and whose data it backs up itself",
        "documents": "Folder of reports and the recovery plan, beside this file unless absolute",
        "approvers": "File of public SSH keys that may approve a loss",
        "hosts": "Machines: failure domains, each at a site",
        "locations": "Where copies lie",
        "engines": "Configured backup tools",
        "policies": "Schedules, retention and destinations, by name",
        "services": "What people use, and its data",
        "keys": "Keys by path, and where their copies are; never content",
        "ignore": "Found, looked at and left out, until a day",
    },
    "Host": {"site": "Where it stands", "disks": "Names of its disks"},
    "Location": {
        "host": "The host that holds it: it is lost with that host",
        "disk": "Which of the host's disks",
        "medium": "disk, object-storage, tape…",
        "mount": "Must be a mount point, or nothing is written below it",
        "deletable_from": "Hosts whose credentials can delete copies here",
        "immutable": "claimed counts once a delete was refused",
        "simulated": "Only pretends to be elsewhere",
        "price_per_gb_month": "Price of one gigabyte (10^9 bytes) for a month",
    },
    "ResticEngine": {
        "kind": "restic",
        "repository": "Address of the repository, or its absolute path",
        "location": "Where it lies, by name",
        "password": _PASSWORD,
        "environment": _ENVIRONMENT,
        "program": "The restic program, when it is not the one on PATH",
        "apply": _APPLY,
    },
    "BorgEngine": {
        "kind": "borg",
        "repository": "Address of the repository, or its absolute path",
        "location": "Where it lies, by name",
        "password": _PASSWORD,
        "environment": _ENVIRONMENT,
        "archives": "How names of archives begin, and the asset (SERVICE/ASSET) each holds",
        "program": "The borg program, when it is not the one on PATH",
        "apply": _APPLY,
    },
    "PrometheusEngine": {
        "kind": "prometheus",
        "url": "Where it answers, such as http://localhost:9090",
        "config": "Path of its configuration, prometheus.yml",
        "arguments": "Path of the file its arguments stand in",
        "token": _TOKEN,
        "location": "Where its data lies, by name",
        "keep": "How much of it (30d unless set)",
        "because": _BECAUSE,
        "apply": _APPLY,
    },
    "MetricsKeep": {
        "within": "How long samples are kept, such as 30d",
        "size": "Bytes the samples may take, such as 50GB or 50GiB",
    },
    "LokiEngine": {
        "kind": "loki",
        "url": "Where it answers, such as http://localhost:3100",
        "config": "Path of its configuration",
        "token": _TOKEN,
        "location": "Where its data lies, by name",
        "keep": "How long lines are kept that no stream below names (14d unless set)",
        "because": _BECAUSE,
        "streams": "Streams kept for another time",
        "apply": _APPLY,
    },
    "VzdumpEngine": {
        "kind": "vzdump",
        "directory": "Folder of the archives: a path, rclone:REMOTE:PATH or ssh://USER@HOST/PATH",
        "location": "Where it lies, by name",
        "timezone": "Time zone of the node that writes them, when it is not the estate's",
        "known_hosts": "Path of the file with the host's key (ssh); ssh's own unless set",
        "identity": "Path of the private key to log in with (ssh)",
        "config": "Path of rclone's configuration; its own unless set",
        "environment": _ENVIRONMENT,
        "program": "The rclone program, when it is not the one on PATH",
    },
    "ProxmoxEngine": {
        "kind": "proxmox",
        "url": "Where it answers, such as https://pve1.lan:8006",
        "fingerprint": "SHA-256 of its certificate, as “pvenode cert info” shows it",
        "ca": "Path of the CA file that vouches for its certificate",
        "insecure": "true: believe any certificate",
        "token": "Reference to USER@REALM!NAME=SECRET, never itself: file:/path or env:NAME",
        "user": "Who logs in with a password where a token cannot, such as root@pam",
        "password": _PASSWORD,
        "storages": "Its storages, and the locations they are",
        "jobs": "Wishes for the backup job of a policy, by the policy's name",
        "drills": "Where drills may put guests",
        "apply": _APPLY,
    },
    "GuestJob": {
        "id": "A job that is there already and becomes Phoenix's to change",
        "all": "true: every guest, those without an asset too",
        "exclude": "Numbers left out of all or pool",
        "pool": "Every guest of this pool",
        "node": "Only guests on this node",
        "mode": "How guests are treated meanwhile",
        "compress": "How archives are packed",
        "notes": "Template of the notes, such as {{guestname}}",
        "fleecing": "Storage that holds old blocks of a VM while it is saved",
        "repeat_missed": "true: run as soon as possible when the node was off",
    },
    "GuestDrills": {
        "numbers": "Guest numbers kept for drills, such as 9000-9099",
        "storage": "Storage that takes the disks",
        "pool": "Pool that holds nothing but guests of drills",
        "node": "The node to restore on",
        "bridge": "Bridge without a way out; without it guests have no network",
    },
    "PbsEngine": {
        "kind": "pbs",
        "url": "Where it answers, such as https://pbs.lan:8007",
        "fingerprint": "SHA-256 of its certificate",
        "ca": "Path of the CA file that vouches for its certificate",
        "insecure": "true: believe any certificate",
        "token": "Reference to USER@REALM!NAME:SECRET, never itself: file:/path or env:NAME",
        "datastores": "Its datastores (STORE or STORE/NAMESPACE), and the locations they are",
        "guests": "Engine whose guests it holds: the numbers are the same",
    },
    "LonghornDrills": {
        "namespace": "Namespace kept for drills, made by an administrator",
        "way": "class: a StorageClass for each drill; volume: a Volume and a PersistentVolume",
        "image": "Image of the job that reads what was restored; Python 3 must be in it",
        "within": "How long a restore may take",
    },
    "ClaimDrills": {
        "namespace": "Namespace kept for drills, made by an administrator",
        "image": "Image of the job that reads what was restored; Python 3 must be in it",
        "within": "How long a restore may take",
    },
    "LonghornEngine": {
        "kind": "longhorn",
        "kubeconfig": "Path of a kubeconfig, or in-cluster in a pod of that cluster",
        "context": "Which of its contexts; its current one unless set",
        "namespace": "Where Longhorn lives (longhorn-system unless set)",
        "targets": "Its backup targets, and the locations they are",
        "drills": "Where drills may restore claims",
        "apply": _APPLY,
    },
    "VeleroEngine": {
        "kind": "velero",
        "kubeconfig": "Path of a kubeconfig, or in-cluster in a pod of that cluster",
        "context": "Which of its contexts; its current one unless set",
        "namespace": "Where Velero lives (velero unless set)",
        "locations": "Its storage locations (BackupStorageLocation), and the locations they are",
        "volumes": "How schedules save data; unset, the cluster decides",
        "drills": "Where drills may restore claims",
        "apply": _APPLY,
    },
    "KubernetesEngine": {
        "kind": "kubernetes: a cluster that is only looked at",
        "kubeconfig": "Path of a kubeconfig, or in-cluster in a pod of that cluster",
        "context": "Which of its contexts; its current one unless set",
        "apply": _APPLY,
    },
    "LogKeep": {"within": "How long lines are kept: a day or more"},
    "LogStream": {
        "selector": "Which streams, as LogQL writes it, in quotes",
        "within": "How long their lines are kept: a day or more",
        "because": _BECAUSE,
    },
    "LaterEngine": {
        "kind": "Kinds a later version speaks; what they hold is unknown until then",
        "storages": "The engine's storages, and the locations they are",
        "targets": "The engine's targets, and the locations they are",
        "location": "Where it lies, by name, when it has one place",
        "password": _PASSWORD,
        "token": _TOKEN,
        "environment": _ENVIRONMENT,
        "apply": _APPLY,
    },
    "Policy": {
        "schedule": _SCHEDULE,
        "keep": "What retention keeps",
        "because": _BECAUSE,
        "to": "Engines, or ENGINE/PLACE, each gets its own copy",
        "snapshots": "On the same volume: never counts as a copy",
    },
    "Keep": {
        "last": "This many newest points",
        "hourly": "The newest point of this many hours",
        "daily": "The newest point of this many days",
        "weekly": "The newest point of this many weeks",
        "monthly": "The newest point of this many months",
        "yearly": "The newest point of this many years",
        "within": "Everything younger, such as 30d",
    },
    "Snapshots": {"schedule": _SCHEDULE, "keep": "What retention keeps"},
    "Service": {
        "criticality": "How much people miss it",
        "depends_on": "Services that must be up before it",
        "objectives": "What may be lost, and how long being back may take",
        "assets": "Its data",
        "checks": "What a restored copy must show",
    },
    "Objectives": {
        "rpo": "Lose less than this, such as 13h (24 h unless set)",
        "rto": "Be back in less than this, such as 2h",
    },
    "Asset": {
        "files": "Folder or file",
        "sqlite": "SQLite database, copied while it is in use",
        "none": "Nothing persists, and why",
        "postgres": "PostgreSQL database (later)",
        "guest": "Guest, ENGINE/ID",
        "volumes": "Claims, ENGINE/NAMESPACE/NAME with *",
        "k3s": "Data directory of a K3s server, such as /var/lib/rancher/k3s",
        "share": "Network share (later)",
        "git": "Git repository (later)",
        "command": "Command, as a list of words, that writes the data (later)",
        "exclude": "Patterns left out of files",
        "policy": "Name of a policy",
        "accepted_loss": "Losing this is accepted, for a reason and until a day",
        "regenerable": "Can be made again from a source, until a day",
        "decision": "Why no tool of others saves this command's data, in words",
    },
    "Waiver": {"because": _BECAUSE, "until": _UNTIL},
    "Regenerable": {"from": "What it is made from", "until": _UNTIL},
    "Check": {
        "asset": "Asset of this service",
        "sql": "Statement that returns one number",
        "at_least": "The number must not be smaller",
        "canary": "The newest canary in the copy must be younger than this",
        "command": "Words of a command run in the restored folder; exit 0 is success",
        "console": "What a restored virtual machine must say on its serial console",
    },
    "Key": {
        "age": "Path of an age identity file",
        "secrets": "Secrets this stands for: ENGINE.password, ENGINE.environment",
        "opens": "What it decrypts: an engine, git:…, or an absolute path",
        "copies": "Where its copies are",
    },
    "KeyCopy": {
        "place": "The place, in words",
        "site": "The site it is at",
        "path": "Its path, when Phoenix can reach it",
        "in": "What of this estate it lies in: SERVICE/ASSET, SERVICE, HOST or ENGINE",
    },
    "Ignore": {"found": "What discovery named", "because": _BECAUSE, "until": _UNTIL},
}


def json_schema() -> Schema:
    """JSON schema (draft 2020-12) of the whole file."""
    form: Schema = shapes.Root.model_json_schema()
    models: tuple[type[BaseModel], ...] = (*engines.SPOKEN.values(), engines.LaterEngine)
    for model in models:
        part = model.model_json_schema()
        form["$defs"] |= part.pop("$defs", {}) | {model.__name__: part}
    kinds = [{"$ref": f"#/$defs/{model.__name__}"} for model in models]
    form["properties"]["engines"]["additionalProperties"] = {"anyOf": kinds}
    asset = form["$defs"]["Asset"]
    asset["anyOf"] = [{"required": [kind]} for kind in shapes.ASSET_KEYS]
    for name, described in DESCRIPTIONS.items():
        block = form if name == "Root" else form["$defs"][name]
        for key, text in described.items():
            block["properties"][key]["description"] = text
    return {"$schema": DRAFT, **form, "title": "phoenix.yaml"}
