"""`phoenix metrics`, en français."""

PHRASES: dict[str, str] = {
    "short.metrics": "Ce que le dernier audit a mesuré, pour Prometheus.",
    "help.metrics": "Afficher ce que le dernier audit a mesuré, au format texte de Prometheus, ou "
    "l'écrire dans un fichier pour le collecteur textfile de node_exporter. N'interroge aucun "
    "moteur : lancez d'abord phoenix audit. Ce qui est inconnu n'a pas d'échantillon.",
    "examples.metrics": "phoenix metrics\n"
    "phoenix audit ; phoenix metrics --textfile /var/lib/node_exporter/phoenix.prom",
    "option.textfile": "Écrire dans ce fichier, d'un seul coup, lisible par tous.",
    "cli.metrics.wrote": "{path} écrit",
}
