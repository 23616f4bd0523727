"""What is kept how long and why: the table of stores, the policy document, proposals. English."""

PHRASES: dict[str, str] = {
    "help.retention-show": "Show every store that expires data: its rule, how far back that lets "
    "one go, why, what it takes, and whether the rule is in force. From what was last observed; "
    "changes nothing.",
    "short.retention-show": "Every rule: how far back, why, how big, in force or not.",
    "examples.retention-show": "phoenix retention show\nphoenix retention show --write",
    "option.write-policy": "Also write retention-policy.md below the documents directory.",
    "error.policy-unreadable": "cannot read {path}: {reason}",
    "hint.policy-unreadable": "It is brought up to date, not replaced: make it readable.",
    "policy.wrote": "Written: {path}",
    "policy.no-store": "No store that expires data is described.",
    "policy.column.store": "Store",
    "policy.column.asset": "Data",
    "policy.column.stream": "Stream",
    "policy.all-streams": "all others",
    "policy.only-stream": "everything",
    "policy.group": "{engine} ({policy}): {rule} — covers {covers}",
    "policy.group-none": "{engine}: no rule, all is kept",
    "policy.group-samples": "{engine} ({kind})",
    "policy.group-dark": "{engine} ({kind}): ? — this version cannot read it",
    "policy.column.rule": "Rule",
    "policy.column.covers": "Covers",
    "policy.column.since": "Since",
    "policy.column.held": "Points",
    "policy.column.size": "Size",
    "policy.column.reason": "Why",
    "policy.column.status": "State",
    "policy.legend": "Covers: how far back the rule reaches once it is filled, at the worst moment, "
    "first and last day counted. Since: the oldest held now. Points: held, and how many the rule lets go. "
    "Size: now (the newest point's data, or what the store takes) → estimated when filled. "
    "State: prepared (in phoenix.yaml), applied (carried out), verified (and seen afterwards).",
    "policy.legend-file": "Covers: how far back the rule reaches once it is filled, at the worst "
    "moment, first and last day counted. Size: now → estimated when filled.",
    "policy.head.reasons": "Why so long:",
    "policy.head.sizes": "What sizes rest on:",
    "policy.head.needs": "What such stores usually need:",
    "policy.head.proposals": "Better:",
    "policy.in-force": "{wanted}; in force: {found}",
    "policy.no-rule": "none: all is kept",
    "policy.size": "{now} → ~{later}",
    "policy.size-cost": "{now} → ~{later}, ~{cost} a month",
    "policy.held": "{held} (−{going})",
    "policy.status.prepared": "prepared",
    "policy.status.applied": "applied",
    "policy.status.verified": "verified {date}",
    "policy.status.unknown": "?",
    "policy.reason": "{policy} ({when}): {because}",
    "policy.reason-store": "{store}: {because}",
    "policy.no-reason": "nobody said",
    "policy.borrowed": "{store} follows {policy}, the first policy that names this engine",
    "policy.growth-runs": "{store}: {growth:size} a day, measured on {runs} runs since {date} (the "
    "first, which stores everything, not counted); ~{later} when filled (estimate)",
    "policy.growth-held": "{store}: {growth:size} a day, measured on what is held since {date}; "
    "~{later} when filled (estimate)",
    "policy.cost": "— ~{cost} a month at the price of its location",
    "policy.unmeasured": "Growth unknown, less than a day of it measured; stores: {count}",
    "policy.need.restic": "restic: at least 7 days, and twice the RPO of the service",
    "policy.need.borg": "borg: at least 7 days, and twice the RPO of the service",
    "policy.need.prometheus": "Prometheus: 30 days. It does not downsample; for longer, record "
    "coarse series (recording rules) or send them elsewhere (Thanos, Mimir)",
    "policy.need.loki": "Loki: 14 days, and 90 days for the streams of alerts, as a stream rule",
    "policy.need.longhorn": "Longhorn: 7 days of local snapshots, 30 days of external backups",
    "policy.need.proxmox": "Proxmox (vzdump): 7 rolling points",
    "policy.need.pbs": "Proxmox Backup Server: 7 rolling points",
    "policy.dark": "This version cannot read {engines}: their real rules are unknown",
    "policy.no-proposal": "Nothing to lengthen or to reduce on what is known.",
    "policy.lengthen": "keep longer — {store}: {before} → {after}. {why}",
    "policy.reduce": "keep less — {store}: {before} → {after}. {why}",
    "proposal.reach-short": "It covers {days} days, {needed} are needed; then {after}.",
    "proposal.gap-wide": "In the newest day {gap:duration} lie between two points, objective under "
    "{objective:duration}; then {after:duration}.",
    "proposal.in-force-shorter": "The rule in force is shorter than the one wanted: what is missing is gone for "
    "ever, day by day.",
    "proposal.in-force-longer": "The rule in force is longer than the one wanted: what lies beyond costs and "
    "serves nobody.",
    "proposal.size-first": "At the measured growth {size:size} are full after {days} days, long "
    "before {needed}.",
    "proposal.keeps-all": "Everything is kept for ever: {growth:size} more a month.",
    "proposal.crowded": "{points} points of one hour are kept only for being recent.",
    "policy.title": "Retention policy — {estate}",
    "policy.intro": "Written by Phoenix on {moment} ({zone}) from phoenix.yaml and from what it "
    "last saw. Rules change in phoenix.yaml; this file then follows by `phoenix retention show "
    "--write`.",
    "policy.yours": "Lines you add stay where you put them.",
    "policy.words": "**Prepared**: the rule is declared in phoenix.yaml. **Applied**: the engine "
    "runs under it, or Phoenix removed points by it. **Verified**: looked at afterwards, on the "
    "day given, and what is held agrees. `?`: nobody could tell.",
    "plan.section.retention-stores": "What is kept how long",
    "plan.section.retention-reasons": "Why so long",
    "plan.section.retention-sizes": "What sizes rest on",
    "plan.section.retention-needs": "What such stores usually need",
    "plan.section.retention-proposals": "To lengthen, to reduce",
    "plan.section.retention-words": "Prepared, applied, verified",
}
