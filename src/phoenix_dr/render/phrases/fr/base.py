"""Small change of every text, in French."""

PHRASES: dict[str, str] = {
    "unit.now": "à l’instant",
    "unit.ago": "il y a {duration}",
    "unit.ahead": "dans {duration}",
    "list.between": " ; ",
    "list.named": "{name} : {text}",
    "list.more": "… et {count} de plus dans le rapport",
}
