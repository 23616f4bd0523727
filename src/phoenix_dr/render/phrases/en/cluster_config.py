"""Faults of engines in a Kubernetes cluster in phoenix.yaml, in English."""

PHRASES: dict[str, str] = {
    "config.bad-kube-name": "“{given}” is no name of a namespace: small letters, digits and -",
    "config.bad-volumes": "“{given}” names no claims; write ENGINE/NAMESPACE/NAME, such as longhorn/media/*",
    "config.volumes-elsewhere": "{engine} is of kind {kind} and holds no claims; name an engine of kind longhorn or velero",
}
