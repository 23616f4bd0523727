"""Words of the command line, in English."""

PHRASES: dict[str, str] = {
    "cli.heading.options": "Options:",
    "cli.heading.commands": "Commands:",
    "cli.heading.examples": "Examples:",
    "cli.no-such-command-close": "there is no command {command}; did you mean {close}?",
    "option.version": "Show the version and leave.",
    "cli.usage": "Usage:",
    "cli.hint": "→",
    "cli.see-help": "see {command}",
    "cli.interrupted": "phoenix: interrupted; what was under way is recorded as such",
    "cli.no-such-option": "there is no option {option}",
    "cli.no-such-command": "there is no command {command}",
    "cli.extra-argument": "one argument too many",
    "cli.missing-parameter": "{parameter} is missing",
    "cli.bad-parameter": "{message}",
    "cli.bad-number": "{parameter} wants a number from {least:d} to {most:d}",
    "cli.bad-choice": "{parameter} wants one of: {known}",
    "cli.no-number": "{parameter} wants a whole number",
    "option.help": "Show this help and leave.",
    "option.json": "Print the result as JSON.",
    "option.language": "Words in French or English.",
    "option.config": "Configuration to use (else $PHOENIX_CONFIG, ./phoenix.yaml, "
    "/etc/phoenix/phoenix.yaml).",
    "option.state": "State directory (else $PHOENIX_STATE, or the system's own place).",
    "short.phoenix": "Backup and disaster recovery, proven by real restores.",
    "help.phoenix": "Back up, audit, restore for proof, and know what you would lose and how long "
    "you would be down.",
    "examples.phoenix": "phoenix demo            see everything at work on a small estate of its own\n"
    "phoenix init            describe this machine in phoenix.yaml\n"
    "phoenix audit           what is covered, what is not, a score out of 10\n"
    "phoenix drill run       restore for real, in isolation, and measure",
    "short.init": "Look at this machine and write a commented phoenix.yaml.",
    "help.init": "Look at this machine (databases, SQLite files in use, compose files, "
    "repositories, timers, keys by path) and write a commented phoenix.yaml. Changes nothing "
    "else, and never overwrites a file.",
    "examples.init": "phoenix init\nphoenix init --defaults --output /etc/phoenix/phoenix.yaml",
    "short.config": "Check phoenix.yaml, or print its schema for editors.",
    "help.config": "Check phoenix.yaml, or print its schema for editors.",
    "short.config-check": "Every fault of phoenix.yaml at once, with its place.",
    "help.config-check": "Read phoenix.yaml and name every fault at once with line, column and "
    "what would be right; then the TODO values left, and what this version does not do yet.",
    "examples.config-check": "phoenix config check\nphoenix config check --json",
    "short.config-schema": "The JSON schema of phoenix.yaml, for editors.",
    "help.config-schema": "Print the JSON schema of phoenix.yaml. Editors use it for completion.",
    "examples.config-schema": "phoenix config schema > .phoenix/schema.json",
    "short.status": "The last audit, its age first; reads nothing else.",
    "help.status": "Show the last stored audit, its age first. Starts no engine.",
    "examples.status": "phoenix status\nphoenix status --json",
    "short.observe": "Ask the engines what they hold, and record what changed.",
    "help.observe": "Ask the engines what they hold and record what appeared and what is gone. "
    "An unchanged repository is not opened again for a day, unless --force.",
    "examples.observe": "phoenix observe\nphoenix observe restic-home --force",
    "short.audit": "What is covered and what is not, with a score out of 10.",
    "help.audit": "Observe the engines, judge every service (effective RPO, 3-2-1, tested or "
    "not), and explain every missing tenth of the score. Writes the report under the documents "
    "directory. Exit code 3 when something is wrong.",
    "examples.audit": "phoenix audit\nphoenix audit --since 2026-11-01\n"
    "phoenix audit --json | jq .score",
    "short.backup": "Make a recovery point of each asset, on each of its destinations.",
    "help.backup": "Make a recovery point of each asset of the named services (all by default) "
    "on each destination of its policy, then save Phoenix's own state beside them. SQLite is "
    "copied through its online backup API. Exit code 3 when a point is missing or incomplete.",
    "examples.backup": "phoenix backup\nphoenix backup wiki dns",
    "short.engine": "The engines: do they open, is their data whole.",
    "help.engine": "The engines: do they open, is their data whole.",
    "short.engine-check": "Open engines with their keys; re-read part of their data.",
    "help.engine-check": "Open each engine with its key and count its points. With --read, have it "
    "re-read part of its stored data and check it: next/10 reads another tenth each time, so that "
    "ten runs have read everything. Exit code 3 when an engine stays shut or data is damaged.",
    "examples.engine-check": "phoenix engine check\nphoenix engine check restic-home --read next/10",
    "short.canary": "Write a heartbeat into data that asked for one.",
    "help.canary": "Write a heartbeat into data that asked for one.",
    "short.canary-beat": "Write one heartbeat per asset with a canary check.",
    "help.canary-beat": "Write the time into each asset that has a canary check: a row in a table "
    "of its own (SQLite) or a file of its own. A busy database is skipped, never blocked. Read "
    "back from a restored copy, it tells how much data a loss would really cost.",
    "examples.canary-beat": "phoenix canary beat\nphoenix canary beat --every 5 --count 12",
    "short.drill": "Restore for real, in isolation, check, measure.",
    "help.drill": "Restore for real, in isolation, check, measure.",
    "short.drill-run": "Restore services into a sandbox and verify what came back.",
    "help.drill-run": "Restore a point of each asset of the named services (all by default) into "
    "a directory of its own, compare it with what was saved, open the databases and run the "
    "checks as nobody without network, measure the time, and clean up. A guest that a Proxmox "
    "holds is restored there, in the place its `drills` name. Never touches production. Exit code 3 when a drill is KO (with --mutate: when the twin is not caught).",
    "examples.drill-run": "phoenix drill run\nphoenix drill run wiki --from offsite\n"
    "phoenix drill run wiki --random-older\n"
    "phoenix drill run wiki --mutate     prove that the drill can fail",
    "short.drill-gc": "Remove what a killed drill left behind.",
    "help.drill-gc": "Remove directories and journals of drills that no longer run. Never touches "
    "a running drill, or anything without Phoenix's own mark.",
    "examples.drill-gc": "phoenix drill gc",
    "short.drill-report": "The drills run so far.",
    "help.drill-report": "The last drills: point, level, measured RTO, OK or KO.",
    "examples.drill-report": "phoenix drill report\nphoenix drill report wiki --json",
    "short.drill-due": "Drill what waited longest, within a time budget.",
    "help.drill-due": "Drill the services whose proof is missing or oldest, until the budget of "
    "minutes is spent. Meant for a timer.",
    "examples.drill-due": "phoenix drill due --minutes 30",
    "short.dr": "The disaster-recovery plan.",
    "help.dr": "The disaster-recovery plan.",
    "short.dr-plan": "Write or update the disaster-recovery plan.",
    "help.dr-plan": "Write or update disaster-recovery-plan.md: restore order, steps that work "
    "without Phoenix, measured times, keys and their places. What people wrote in it stays. The "
    "plan is then saved to every destination, so that it survives the house.",
    "examples.dr-plan": "phoenix dr plan\nphoenix dr plan --no-save",
    "short.keys": "Which key opens what, and where its copies are.",
    "help.keys": "Which key opens what, and where its copies are.",
    "short.keys-show": "Keys, what depends on them, copies, and last proofs.",
    "help.keys-show": "List the keys by name, what would be lost with each, where copies lie and "
    "when one was last proven to open something. Never shows a secret.",
    "examples.keys-show": "phoenix keys show",
    "short.keys-prove": "Open a repository or file with a copy of a key.",
    "help.keys-prove": "Open what the key opens with one of its copies (not with the one in "
    "daily use), and record the result.",
    "examples.keys-prove": "phoenix keys prove sops-age\n"
    'phoenix keys prove repositories --copy "USB stick in the safe"\n'
    "phoenix keys prove --kit kit.age --identity file:/mnt/usb/age.txt",
    "short.evidence": "The history Phoenix keeps, and whether it is whole.",
    "help.evidence": "The history Phoenix keeps, and whether it is whole.",
    "short.evidence-list": "The newest rows of the ledger.",
    "help.evidence-list": "List the newest rows of the ledger, filtered by kind or subject.",
    "examples.evidence-list": "phoenix evidence list --kind drill --limit 20",
    "short.evidence-show": "One row of the ledger, whole.",
    "help.evidence-show": "Show one row of the ledger with its content and hash.",
    "examples.evidence-show": "phoenix evidence show 42",
    "short.evidence-verify": "Recompute the chain of the ledger.",
    "help.evidence-verify": "Recompute the chain of hashes. With --head, also check that the row "
    "with this hash (printed in a plan or an older report) is still part of it. Exit code 1 when "
    "the chain is broken.",
    "examples.evidence-verify": "phoenix evidence verify\nphoenix evidence verify --head 3f2a…",
    "short.evidence-export": "The ledger as JSON lines.",
    "help.evidence-export": "Write every row as one JSON line, oldest first.",
    "examples.evidence-export": "phoenix evidence export > ledger.jsonl",
    "short.generate": "Write configuration for other tools.",
    "help.generate": "Write configuration for other tools.",
    "short.generate-timers": "Systemd timers or a crontab for all regular work.",
    "help.generate-timers": "Write systemd units and timers (or a crontab) for backup, canary, "
    "observe, audit and drill, from the schedules of phoenix.yaml. Units are read by systemd-analyze "
    "first, where that is on PATH. Installs nothing.",
    "examples.generate-timers": "phoenix generate timers --output ./units\n"
    "phoenix generate timers --crontab",
    "short.demo": "See everything at work on a small estate of its own.",
    "help.demo": "Build a small estate in ~/phoenix-demo, audit it, back it up, prove that a "
    "corrupted copy is caught, restore everything, prove a key, write the plan, audit again. "
    "Under a minute; touches nothing else. Exit code 1 when the corrupted copy is not caught.",
    "examples.demo": "phoenix demo\nphoenix demo --remove",
    "short.completion": "Shell completion for bash, zsh or fish.",
    "help.completion": "Print the completion script of a shell.",
    "examples.completion": 'eval "$(phoenix completion bash)"',
}
