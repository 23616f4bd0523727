"""Alerts as files for Prometheus, Alertmanager and Grafana, and a test of the rules themselves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta

from phoenix_dr.core.alerts import Alert
from phoenix_dr.core.hawk import GROUP
from phoenix_dr.core.metrics import NEWEST
from phoenix_dr.render import kube_yaml
from phoenix_dr.render.view import View

RULES, TESTS, ROUTE, BOARD = (
    "phoenix-backup.rules.yml", "phoenix-backup.test.yml", "alertmanager-route.yml",
    "grafana-dashboard.json",
)  # fmt: skip
SERVICE, ASSET = "wiki", "wiki/pages"
LABELS = f'service="{SERVICE}",asset="{ASSET}"'
STEP = timedelta(minutes=30)
STEPS = 200
"""Steps of the tests' series: four days."""


def files(alerts: Sequence[Alert], view: View) -> dict[str, str]:
    """Every file, by name."""
    head = str(view.say("alerts.head"))
    return {
        RULES: kube_yaml.documents([rules(alerts, view)], head=head),
        TESTS: kube_yaml.documents([tests(alerts, view)], head=head),
        ROUTE: kube_yaml.documents([route()], head=head),
        BOARD: json.dumps(dashboard(view), indent=2, ensure_ascii=False) + "\n",
    }


def rules(alerts: Sequence[Alert], view: View) -> dict[str, object]:
    """The rule file."""
    return {"groups": [{"name": GROUP, "rules": [_rule(each, view) for each in alerts]}]}


def route() -> dict[str, object]:
    """A route and a receiver to be filled in; critical ones are said again more often."""
    return {
        "route": {
            "receiver": "default",
            "routes": [
                {
                    "receiver": "backup",
                    "matchers": ['alertname=~"Phoenix.*"'],
                    "group_by": ["alertname", "service"],
                    "group_wait": "1m",
                    "repeat_interval": "24h",
                    "routes": [
                        {
                            "receiver": "backup",
                            "matchers": ['severity="critical"'],
                            "repeat_interval": "4h",
                        }
                    ],
                }
            ],
        },
        "receivers": [{"name": "default"}, {"name": "backup"}],
    }


def tests(alerts: Sequence[Alert], view: View) -> dict[str, object]:
    """What promtool plays through: an estate that is well, and the same without new backups."""
    by_code = {each.code: each for each in alerts}
    late, well = f"{4 * 24}h", "20h"
    stopped = [
        _fires(by_code[code], view, at=late)
        for code in ("too-old", "silent")
        if code in by_code
    ]  # fmt: skip
    quiet = [{"eval_time": well, "alertname": each.name, "exp_alerts": []} for each in alerts]
    bare = [_fires(by_code[code], view, at=late) for code in ("never", "no-copy-away")]
    return {
        "rule_files": [RULES],
        "evaluation_interval": "30m",
        "tests": [
            {"interval": "30m", "input_series": _series(new=True), "alert_rule_test": quiet},
            {"interval": "30m", "input_series": _series(new=False), "alert_rule_test": stopped},
            {
                "interval": "30m",
                "input_series": [_flat("phoenix_asset_info", LABELS, "1")],
                "alert_rule_test": bare,
            },
        ],
    }


def dashboard(view: View) -> dict[str, object]:
    """A board: the score, how old each copy is, what would be lost, drills, what is not seen."""
    asked = (
        ("score", "stat", "phoenix_score", "none"),
        ("age", "timeseries", f"time() - max by (asset) ({NEWEST})", "s"),
        ("away", "timeseries", f'time() - max by (asset) ({NEWEST}{{scope="site"}})', "s"),
        ("rpo", "bargauge", "phoenix_asset_rpo_seconds", "s"),
        ("rto", "bargauge", "phoenix_service_rto_seconds", "s"),
        ("level", "bargauge", "phoenix_asset_level", "none"),
        ("drill", "timeseries", "time() - phoenix_drill_timestamp_seconds", "s"),
        ("blind", "stat", "sum(phoenix_engine_blind_spots)", "none"),
    )
    panels = [
        {
            "id": number + 1,
            "type": kind,
            "title": str(view.say(f"alerts.panel.{code}")),
            "datasource": {"type": "prometheus", "uid": "${datasource}"},
            "targets": [{"refId": "A", "expr": expression, "legendFormat": _legend(expression)}],
            "fieldConfig": {"defaults": {"unit": unit}, "overrides": []},
            "gridPos": {"h": 8, "w": 12, "x": 12 * (number % 2), "y": 8 * (number // 2)},
        }
        for number, (code, kind, expression, unit) in enumerate(asked)
    ]
    source = {"name": "datasource", "type": "datasource", "query": "prometheus"}
    return {
        "title": "Phoenix",
        "uid": "phoenix-backup",
        "schemaVersion": 39,
        "tags": ["backup"],
        "time": {"from": "now-7d", "to": "now"},
        "refresh": "5m",
        "templating": {"list": [source]},
        "panels": panels,
    }


def _legend(expression: str) -> str:
    return "{{service}}" if "service_rto" in expression else "{{asset}}"


def _rule(alert: Alert, view: View) -> dict[str, object]:
    made: dict[str, object] = {"alert": alert.name, "expr": alert.expression}
    if alert.lasts:
        made["for"] = _duration(alert.lasts)
    made["labels"] = {"severity": alert.severity, "owner": "phoenix"}
    made["annotations"] = _annotations(alert, view)
    return made


def _annotations(alert: Alert, view: View) -> dict[str, str]:
    return {"summary": str(view.say(f"alert.{alert.code}.summary")),
            "description": str(view.say(f"alert.{alert.code}.description"))}  # fmt: skip


def _fires(alert: Alert, view: View, *, at: str) -> dict[str, object]:
    labels: dict[str, str] = {"severity": alert.severity, "owner": "phoenix"}
    if alert.code != "silent":
        labels = {"service": SERVICE, "asset": ASSET, **labels}
    told = {
        name: text.replace("{{ $labels.asset }}", ASSET).replace("{{ $labels.service }}", SERVICE)
        for name, text in _annotations(alert, view).items()
    }
    return {
        "eval_time": at,
        "alertname": alert.name,
        "exp_alerts": [{"exp_labels": labels, "exp_annotations": told}],
    }


def _series(*, new: bool) -> list[dict[str, object]]:
    """Samples of one asset: with `new` a copy every twelve hours, else only that of the start."""
    hours = [n * STEP.total_seconds() / 3600 for n in range(STEPS)]
    taken = [int(hour // 12 * 12 * 3600) if new else 0 for hour in hours]
    told = " ".join(map(str, taken))
    return [
        *(_flat(NEWEST, f'{LABELS},engine="restic",scope="{scope}"', told, once=False)
          for scope in ("file", "site")),
        _flat("phoenix_asset_info", LABELS, "1"),
        _flat("phoenix_asset_rpo_objective_seconds", LABELS, "86400"),
        _flat("phoenix_drill_timestamp_seconds", LABELS, "0"),
        _flat("phoenix_drill_ok", LABELS, "1"),
        _flat("phoenix_audit_timestamp_seconds", "", told, once=False),
        _flat("phoenix_engine_blind_spots", 'engine="restic"', "0"),
        _flat("phoenix_service_rto_seconds", f'service="{SERVICE}"', "60"),
        _flat("phoenix_service_rto_objective_seconds", f'service="{SERVICE}"', "7200"),
    ]  # fmt: skip


def _flat(name: str, labels: str, value: str, *, once: bool = True) -> dict[str, object]:
    series = f"{name}{{{labels}}}" if labels else name
    return {"series": series, "values": f"{value}x{STEPS}" if once else value}


def _duration(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"
