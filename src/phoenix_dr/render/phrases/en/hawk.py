"""Alerts handed to Hawk, in English."""

PHRASES: dict[str, str] = {
    "hawk.request": "load the backup alerts (metric {metric}), the route and the dashboard: {path}/ ({files}; handover {digest})",
    "hawk.unready": "Prepared, and nothing is asked: what was not checked is not ready. The line:",
    "hawk.no-project": "Prepared. Not handed over, applied or verified: no project here, ask it yourself. The line:",
    "hawk.asked": "Prepared and handed over: asked of Hawk in the project's memory. Neither applied nor verified. The line:",
    "hawk.asked-before": "Prepared and handed over: asked of Hawk before, in the project's memory. The line:",
    "hawk.loading.loaded": "Verified: Prometheus has loaded these very rules and evaluates them without an error. Nothing is asked.",
    "hawk.loading.unhealthy": "Prometheus has loaded these rules and does not evaluate all of them without an error: not verified yet.",
    "hawk.loading.different": "Prometheus has loaded other rules under this name: not verified.",
    "hawk.loading.absent": "Prometheus has not loaded these rules.",
    "hawk.loading.unseen": "Prometheus did not say what it has loaded: unknown.",
    "hawk.no-prometheus": "No Prometheus is described: Phoenix will not see that it is done, and check off nothing.",
    "hawk.closed": "Hawk: Prometheus has loaded the rules of handover {digest}; its request is checked off.",
    "hawk.seen": "Hawk: Prometheus has loaded the rules of handover {digest}.",
}
