"""Small change of every text, in English."""

PHRASES: dict[str, str] = {
    "unit.now": "just now",
    "unit.ago": "{duration} ago",
    "unit.ahead": "in {duration}",
    "list.between": "; ",
    "list.named": "{name}: {text}",
    "list.more": "… and {count} more in the report",
}
