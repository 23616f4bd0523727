"""Les alertes remises à Hawk, en français."""

PHRASES: dict[str, str] = {
    "hawk.request": "charger les alertes de sauvegarde (métrique {metric}), la route et le tableau de bord : {path}/ ({files} ; remise {digest})",
    "hawk.unready": "Préparé, et rien n’est demandé : ce qui n’a pas été vérifié n’est pas prêt. La ligne :",
    "hawk.no-project": "Préparé. Ni remis, ni appliqué, ni vérifié : pas de projet ici, à demander vous-même. La ligne :",
    "hawk.asked": "Préparé et remis : demandé à Hawk dans la mémoire du projet. Ni appliqué ni vérifié. La ligne :",
    "hawk.asked-before": "Préparé et remis : déjà demandé à Hawk dans la mémoire du projet. La ligne :",
    "hawk.loading.loaded": "Vérifié : Prometheus a chargé ces mêmes règles et les évalue sans erreur. Rien n’est demandé.",
    "hawk.loading.unhealthy": "Prometheus a chargé ces règles, et n’en évalue pas une sans erreur : pas encore vérifié.",
    "hawk.loading.different": "Prometheus a chargé d’autres règles sous ce nom : pas vérifié.",
    "hawk.loading.absent": "Prometheus n’a pas chargé ces règles.",
    "hawk.loading.unseen": "Prometheus n’a pas dit ce qu’il a chargé : inconnu.",
    "hawk.no-prometheus": "Aucun Prometheus n’est décrit : Phoenix ne verra pas que c’est fait, et ne cochera rien.",
    "hawk.closed": "Hawk : Prometheus a chargé les règles de la remise {digest} ; sa demande est cochée.",
    "hawk.seen": "Hawk : Prometheus a chargé les règles de la remise {digest}.",
}
