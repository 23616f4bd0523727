"""Ce que phoenix.yaml dit des clés, en français."""

from __future__ import annotations

PHRASES: dict[str, str] = {
    "config.unknown-holder": "rien ne s’appelle {name} parmi les services, les machines et les moteurs ; le plus proche : {known}",
}
