"""What phoenix.yaml says of keys, in English."""

from __future__ import annotations

PHRASES: dict[str, str] = {
    "config.unknown-holder": "no service, host or engine is called {name}; closest: {known}",
}
