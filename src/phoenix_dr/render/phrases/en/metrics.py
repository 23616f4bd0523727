"""`phoenix metrics`, in English."""

PHRASES: dict[str, str] = {
    "short.metrics": "What the last audit measured, for Prometheus.",
    "help.metrics": "Print what the last audit measured in the text format of Prometheus, or write "
    "it into a file for the textfile collector of node_exporter. Asks no engine: run phoenix audit "
    "before it. What is not known has no sample.",
    "examples.metrics": "phoenix metrics\n"
    "phoenix audit ; phoenix metrics --textfile /var/lib/node_exporter/phoenix.prom",
    "option.textfile": "Write into this file, in one step, readable by everybody.",
    "cli.metrics.wrote": "Wrote {path}",
}
