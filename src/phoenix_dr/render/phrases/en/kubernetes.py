"""Kubernetes: what keeps it from being read."""

from __future__ import annotations

PHRASES: dict[str, str] = {
    "error.kube-config": "{engine}: the kubeconfig {path} cannot be used ({detail})",
    "hint.kube-config": "Give a readable kubeconfig, and a context that is in it.",
    "error.kube-config-unsupported": "{engine}: the kubeconfig uses {detail}, which this version does not know",
    "hint.kube-config-unsupported": "Use a context without it, such as K3s' own kubeconfig.",
    "error.kube-not-in-cluster": "{engine}: Phoenix does not run in a pod of that cluster",
    "hint.kube-not-in-cluster": "Give the path of a kubeconfig instead of `in-cluster`.",
    "error.kube-exec": "{engine}: {program} handed out no credential ({detail})",
    "hint.kube-exec": "Run it by hand as the same user; it must not ask anything.",
    "error.kube-exec-version": "{engine}: the kubeconfig asks for a credential by {detail}, which is not known",
    "hint.kube-exec-version": "Versions v1 and v1beta1 of client.authentication.k8s.io are.",
    "error.kube-credential": "{engine}: the cluster does not know this credential ({detail})",
    "hint.kube-credential": "It may have expired: make a new one with `kubectl create token`.",
    "error.kube-right": "{engine}: no right to that: {detail}",
    "hint.kube-right": "`phoenix engine rbac {engine}` prints the rights each role needs.",
    "error.kube-no-kind": "{engine}: the cluster does not serve that kind of object ({detail})",
    "hint.kube-no-kind": "What would be listed there is unknown; the component may not be installed.",
    "error.kube-not-found": "{engine}: not there: {detail}",
    "hint.kube-not-found": "Look again: it may have been removed meanwhile.",
    "error.kube-exists": "{engine}: it is there already: {detail}",
    "hint.kube-exists": "Somebody made it meanwhile; look before trying again.",
    "error.kube-conflict": "{engine}: somebody else owns or changed it: {detail}",
    "hint.kube-conflict": "Nothing was written. Look at who changed it, then try again.",
    "error.kube-list-expired": "{engine}: the list changed while it was read",
    "hint.kube-list-expired": "Ask again; what was read so far was not used.",
    "error.kube-invalid": "{engine}: the cluster refuses that object: {detail}",
    "hint.kube-invalid": "The versions of Longhorn or Velero may differ from those known here.",
    "error.kube-busy": "{engine}: the cluster is busy or failing ({detail})",
    "hint.kube-busy": "Try again later; nothing is known about it now.",
}
