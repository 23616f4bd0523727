"""Metric and log stores: their answers, and the files that say how long they keep, in English."""

PHRASES: dict[str, str] = {
    "error.url-missing": "engine {engine} has no address in phoenix.yaml",
    "hint.url-missing": "Add url: http://HOST:PORT to see what it holds.",
    "error.web-error": "engine {engine} answers with an error: {detail}",
    "hint.web-error": "Is the url the service's own address, with the path it is served under?",
    "error.web-redirect": "engine {engine} sends elsewhere, and Phoenix does not follow: {detail}",
    "hint.web-redirect": "Give the final address as url; the token goes nowhere else.",
    "error.web-too-long": "engine {engine} answers without end; the rest is refused: {detail}",
    "hint.web-too-long": "Check that the url leads to the service itself.",
    "error.token-unfit": "the token {secret} of engine {engine} holds characters that cannot be "
    "sent",
    "hint.token-unfit": "The file must hold the token and nothing else, on one line.",
    "error.settings-missing": "engine {engine}: the file {path} is not there, or is no file",
    "hint.settings-missing": "Correct its path in phoenix.yaml, or leave the line out when the "
    "service runs on another machine.",
    "error.settings-too-large": "engine {engine}: the file {path} is too large for a configuration",
    "hint.settings-too-large": "Is this the right file?",
    "error.settings-linked": "engine {engine}: the file {path} has several names (hard links)",
    "hint.settings-linked": "An edit would part it from the others: make it a file of its own, or "
    "a symbolic link.",
    "error.settings-changed": "engine {engine}: the file {path} changed since the plan was made",
    "hint.settings-changed": "Nothing was written. Make the plan again.",
    "error.retention-no-file": "engine {engine} has no file in phoenix.yaml where its retention is "
    "set",
    "hint.retention-no-file": "Name it with arguments: or config:, on the machine where it is.",
    "error.retention-twice": "engine {engine}: both files set a retention, and only one counts",
    "hint.retention-twice": "Remove it from one of the two by hand, then run the command again.",
    "error.retention-unread": "engine {engine} keeps by a limit Phoenix cannot read: {detail}",
    "hint.retention-unread": "A limit in percent of the disk cannot be weighed: set a time or a "
    "size.",
    "error.retention-unfit": "engine {engine} cannot keep by this rule",
    "hint.retention-unfit": "One rule for everything, two hours or more; a size must be above "
    "zero.",
    "error.arguments-unclear": "engine {engine}: {path} does not say plainly how it is started",
    "hint.arguments-unclear": 'One line ARGS="…" or ExecStart=… must hold the arguments. Nothing '
    "was written: set the retention there by hand.",
    "error.config-refused": "promtool refuses the new configuration of engine {engine}: {detail}",
    "hint.config-refused": "Nothing was written. An older Prometheus knows no retention in this "
    "file: name the file of its arguments with arguments:.",
    "error.yaml-broken": "the YAML cannot be read (line:column {detail})",
    "hint.yaml-broken": "Tags, several documents, and tabs before a key are refused too. Correct "
    "it by hand.",
    "error.yaml-duplicate": "a key stands twice in the YAML: {detail}",
    "hint.yaml-duplicate": "Tools disagree which of the two counts: keep one.",
    "error.yaml-too-large": "the YAML is too large for a configuration: more than {detail} "
    "characters, or too many values",
    "hint.yaml-too-large": "Is this the right file, or the right address?",
    "error.loki-unclear": "engine {engine}: Loki's configuration has a value Phoenix cannot read: "
    "{detail}",
    "hint.loki-unclear": "A value filled in at start (${{…}}) counts among them: write it out.",
    "error.loki-rules-elsewhere": "engine {engine}: logs also go by what stands elsewhere: {detail}",
    "hint.loki-rules-elsewhere": "Limits of single tenants and the table manager are not read: "
    "what is really kept stays unknown.",
    "error.loki-tenants": "engine {engine}: Loki keeps tenants apart ({detail}), and Phoenix asks "
    "for none",
    "hint.loki-tenants": "What each tenant holds stays unknown.",
    "error.loki-older": "engine {engine}: Loki holds, or hides, logs older than the {detail} days "
    "that were looked at",
    "hint.loki-older": "Its oldest entry stays unknown. max_query_lookback hides old entries from "
    "queries.",
    "error.loki-rule-unfit": "engine {engine}: Loki cannot keep {stream} by this rule",
    "hint.loki-rule-unfit": "One rule for everything and one for each selector, 24 hours or more, "
    "no size; only everything can be kept for ever.",
    "error.loki-cannot-delete": "engine {engine}: with this {key}, Loki's compactor deletes nothing",
    "hint.loki-cannot-delete": "It takes an index of tsdb or boltdb-shipper and a period of 24h. "
    "Nothing was written.",
    "error.loki-key-unknown": "engine {engine}: {key} must be set, and the file does not say to what",
    "hint.loki-key-unknown": "Set it by hand, then run the command again. Nothing was written.",
}
