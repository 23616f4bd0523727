"""Alertes pour la supervision, en français. `{{{{ }}}}` sont à Prometheus."""

_ASSET, _SERVICE = "{{{{ $labels.asset }}}}", "{{{{ $labels.service }}}}"
PHRASES: dict[str, str] = {
    "short.generate-alerts": "Des règles pour Prometheus, une route, un tableau de bord.",
    "help.generate-alerts": "Écrire des règles d'alerte sur ce que dit phoenix metrics, leur test "
    "pour promtool, une route pour Alertmanager et un tableau de bord pour Grafana. Les règles "
    "sont vérifiées et jouées avec promtool, la route avec amtool, s'ils sont dans le PATH ; ce "
    "qui n'a pas été vérifié est dit tel.",
    "examples.generate-alerts": "phoenix generate alerts\n"
    "phoenix generate alerts --output monitoring --for 2",
    "option.alerts-for": "Heures que cela doit durer avant d'alerter : le temps d'un passage.",
    "alerts.head": "Alertes sur phoenix metrics. Écrit par phoenix generate alerts ; changez cela, pas ceci.",
    "alerts.checked": "vérifié par {program} : {path}",
    "alerts.unchecked": "NON vérifié, {program} n'est pas dans le PATH : {path}",
    "alerts.written": "écrit : {path}",
    "alerts.panel.score": "Résilience, sur 10",
    "alerts.panel.age": "Âge de la copie la plus récente",
    "alerts.panel.away": "Âge de la copie la plus récente sur un autre site",
    "alerts.panel.rpo": "RPO effectif",
    "alerts.panel.rto": "RTO mesuré",
    "alerts.panel.level": "Niveau de preuve, sur 6",
    "alerts.panel.drill": "Âge du dernier test de restauration",
    "alerts.panel.blind": "Ce qui n'a pas pu être vu",
    "alert.too-old.summary": f"{_ASSET} : la copie la plus récente dépasse son objectif",
    "alert.too-old.description": "On perdrait plus que convenu. Voyez phoenix audit, puis le journal du passage.",
    "alert.never.summary": f"{_ASSET} n'a jamais été sauvegardé",
    "alert.never.description": "phoenix.yaml le décrit, et aucune copie utilisable n'en est connue.",
    "alert.no-copy-away.summary": f"{_ASSET} n'a aucune copie sur un autre site",
    "alert.no-copy-away.description": "Un incendie ou un vol emporterait toutes les copies.",
    "alert.drill-failed.summary": f"{_ASSET} : le dernier test de restauration a échoué",
    "alert.drill-failed.description": "La copie n'est peut-être pas restaurable. Voyez phoenix drill report.",
    "alert.drill-old.summary": f"{_ASSET} n'a pas été restauré comme preuve depuis 30 jours",
    "alert.drill-old.description": "Lancez phoenix drill due.",
    "alert.never-drilled.summary": f"{_ASSET} n'a jamais été restauré comme preuve",
    "alert.never-drilled.description": "Un backup non testé n'est pas un backup. Lancez phoenix drill run.",
    "alert.rto-missed.summary": f"{_SERVICE} met plus de temps à revenir que son objectif",
    "alert.rto-missed.description": "Mesuré par les derniers tests ; voyez le plan de reprise.",
    "alert.blind.summary": "Phoenix ne voit pas {{{{ $labels.engine }}}}",
    "alert.blind.description": "Ce qui s'y trouve est inconnu, donc pas bon. Voyez phoenix audit.",
    "alert.silent.summary": "Phoenix ne dit plus rien",
    "alert.silent.description": "Pas d'audit en 26 heures, ou ses métriques ne sont pas lues. Toutes les autres alertes en dépendent.",
    "error.alerts-wrong": "{program} refuse {path} : {detail}",
    "hint.alerts-wrong": "Rien n'a été remplacé. C'est une erreur de Phoenix : signalez-la avec cette ligne.",
}
