"""What phoenix.yaml describes, as a table: services, data, destinations, dependencies."""

from __future__ import annotations

from phoenix_dr.core.model import Asset, Estate, Service
from phoenix_dr.render import table, units
from phoenix_dr.render.view import View

COLUMNS = ("service", "criticality", "data", "destinations", "objectives", "after")


def terminal(estate: Estate, view: View) -> str:
    """One row per service, in the file's order."""
    headers = [view.say(f"report.inventory.{name}") for name in COLUMNS]
    rows = [_row(estate, service, view) for service in estate.services.values()]
    return "\n".join(table.terminal(headers, rows, columns=view.width))


def _row(estate: Estate, service: Service, view: View) -> list[str]:
    nothing = view.say("word.nothing")
    places = dict.fromkeys(
        place for asset in service.assets for place in estate.destinations(asset) if asset.has_data
    )
    objectives = service.objectives
    return [
        view.safe(service.name),
        view.say(f"word.criticality.{service.criticality.value}"),
        view.join(_data(asset, view) for asset in service.assets) or nothing,
        view.join(places) or nothing,
        f"RPO {units.objective(objectives.rpo)}, RTO {units.objective(objectives.rto)}",
        view.join(service.depends_on) or nothing,
    ]


def _data(asset: Asset, view: View) -> str:
    facts = {"name": asset.name, "kind": asset.kind.value, "source": asset.source}
    return view.say("report.inventory.asset", facts)
