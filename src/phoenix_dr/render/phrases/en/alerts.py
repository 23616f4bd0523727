"""Alerts for monitoring, in English. `{{{{ }}}}` are Prometheus' own."""

_ASSET, _SERVICE = "{{{{ $labels.asset }}}}", "{{{{ $labels.service }}}}"
PHRASES: dict[str, str] = {
    "short.generate-alerts": "Rules for Prometheus, a route, a dashboard.",
    "help.generate-alerts": "Write alert rules on what phoenix metrics tells, a test of them for "
    "promtool, a route for Alertmanager and a dashboard for Grafana. The rules are checked and "
    "played through with promtool, the route with amtool, where these are on PATH; what was not "
    "checked is called so.",
    "examples.generate-alerts": "phoenix generate alerts\n"
    "phoenix generate alerts --output monitoring --for 2",
    "option.alerts-for": "Hours something must last before it fires: as long as a run takes.",
    "alerts.head": "Alerts on phoenix metrics. Written by phoenix generate alerts; change that, not this.",
    "alerts.checked": "checked by {program}: {path}",
    "alerts.unchecked": "NOT checked, {program} is not on PATH: {path}",
    "alerts.written": "written: {path}",
    "alerts.panel.score": "Resilience, of 10",
    "alerts.panel.age": "Age of the newest copy",
    "alerts.panel.away": "Age of the newest copy at another site",
    "alerts.panel.rpo": "Effective RPO",
    "alerts.panel.rto": "Measured RTO",
    "alerts.panel.level": "Level of proof, of 6",
    "alerts.panel.drill": "Age of the last restore drill",
    "alerts.panel.blind": "What could not be seen",
    "alert.too-old.summary": f"{_ASSET}: the newest copy is older than its objective",
    "alert.too-old.description": "More would be lost than was agreed. See phoenix audit, then the log of the run.",
    "alert.never.summary": f"{_ASSET} was never backed up",
    "alert.never.description": "It is described in phoenix.yaml, and no usable copy of it is known.",
    "alert.no-copy-away.summary": f"{_ASSET} has no copy at another site",
    "alert.no-copy-away.description": "Fire or theft would take all copies along.",
    "alert.drill-failed.summary": f"{_ASSET}: the last restore drill failed",
    "alert.drill-failed.description": "The copy may not be restorable. See phoenix drill report.",
    "alert.drill-old.summary": f"{_ASSET} was not restored for proof in 30 days",
    "alert.drill-old.description": "Run phoenix drill due.",
    "alert.never-drilled.summary": f"{_ASSET} was never restored for proof",
    "alert.never-drilled.description": "A backup not tested is not a backup. Run phoenix drill run.",
    "alert.rto-missed.summary": f"{_SERVICE} takes longer to come back than its objective",
    "alert.rto-missed.description": "Measured by the last drills; see the recovery plan.",
    "alert.blind.summary": "Phoenix cannot see {{{{ $labels.engine }}}}",
    "alert.blind.description": "What is there is unknown, which is not well. See phoenix audit.",
    "alert.silent.summary": "Phoenix says nothing any more",
    "alert.silent.description": "No audit in 26 hours, or its metrics are not read. All other alerts rest on them.",
    "error.alerts-wrong": "{program} refuses {path}: {detail}",
    "hint.alerts-wrong": "Nothing was written over. This is a mistake of Phoenix: please report it with this line.",
}
