"""Kubernetes : ce qui empêche de le lire."""

from __future__ import annotations

PHRASES: dict[str, str] = {
    "error.kube-config": "{engine} : le kubeconfig {path} est inutilisable ({detail})",
    "hint.kube-config": "Donnez un kubeconfig lisible, et un contexte qui s'y trouve.",
    "error.kube-config-unsupported": "{engine} : le kubeconfig utilise {detail}, inconnu de cette version",
    "hint.kube-config-unsupported": "Prenez un contexte qui s'en passe, comme le kubeconfig de K3s.",
    "error.kube-not-in-cluster": "{engine} : Phoenix ne tourne pas dans un pod de ce cluster",
    "hint.kube-not-in-cluster": "Donnez le chemin d'un kubeconfig au lieu de `in-cluster`.",
    "error.kube-exec": "{engine} : {program} n'a remis aucun identifiant ({detail})",
    "hint.kube-exec": "Lancez-le à la main sous le même compte ; il ne doit rien demander.",
    "error.kube-exec-version": "{engine} : le kubeconfig demande un identifiant par {detail}, inconnu ici",
    "hint.kube-exec-version": "Les versions v1 et v1beta1 de client.authentication.k8s.io sont connues.",
    "error.kube-credential": "{engine} : le cluster ne connaît pas cet identifiant ({detail})",
    "hint.kube-credential": "Il a peut-être expiré : refaites-en un avec `kubectl create token`.",
    "error.kube-right": "{engine} : droit refusé : {detail}",
    "hint.kube-right": "`phoenix engine rbac {engine}` affiche les droits de chaque rôle.",
    "error.kube-no-kind": "{engine} : le cluster ne sert pas ce genre d'objet ({detail})",
    "hint.kube-no-kind": "Ce qui s'y trouverait est inconnu ; le composant n'est peut-être pas installé.",
    "error.kube-not-found": "{engine} : introuvable : {detail}",
    "hint.kube-not-found": "Regardez à nouveau : il a pu être retiré entre-temps.",
    "error.kube-exists": "{engine} : existe déjà : {detail}",
    "hint.kube-exists": "Quelqu'un l'a créé entre-temps ; regardez avant de recommencer.",
    "error.kube-conflict": "{engine} : un autre le possède ou l'a modifié : {detail}",
    "hint.kube-conflict": "Rien n'a été écrit. Voyez qui l'a modifié, puis recommencez.",
    "error.kube-list-expired": "{engine} : la liste a changé pendant sa lecture",
    "hint.kube-list-expired": "Redemandez ; ce qui a été lu n'a pas servi.",
    "error.kube-invalid": "{engine} : le cluster refuse cet objet : {detail}",
    "hint.kube-invalid": "Les versions de Longhorn ou de Velero diffèrent peut-être de celles connues ici.",
    "error.kube-busy": "{engine} : le cluster est occupé ou en panne ({detail})",
    "hint.kube-busy": "Réessayez plus tard ; on ne sait rien de lui pour l'instant.",
}
