"""What is handed to Flow: schedules as timers, cron or workflows, and what shows that they run."""

PHRASES: dict[str, str] = {
    "short.generate-cron": "The same work as a file for /etc/cron.d.",
    "help.generate-cron": "Write a file for /etc/cron.d that does all regular work. It is read by "
    "crontab first, where that is on PATH. Installs nothing.",
    "examples.generate-cron": "phoenix generate cron --output ./cron\n"
    "phoenix generate cron --handoff handed",
    "short.generate-actions": "The same work as GitHub workflows on your own runner.",
    "help.generate-actions": "Write workflows of GitHub Actions that do all regular work on a "
    "runner of your own: no right, no secret and no action of anybody else in them. Times are said in "
    "UTC. They are read by check-jsonschema first, where that is on PATH. Installs nothing.",
    "examples.generate-actions": "phoenix generate actions --output ./workflows\n"
    "phoenix generate actions --handoff handed --runner backup --program /usr/local/bin/phoenix",
    "option.flow-handoff": "Hand over to Flow: files, a page and a request below DIR/flow.",
    "option.flow-textfile": "Also write the metrics into this file, every quarter of an hour.",
    "option.flow-expiry": "Also run phoenix retention apply daily, under standing approvals alone.",
    "option.flow-runner": "Label of the runner, beside self-hosted; may be repeated.",
    "timer.retention": "Phoenix: expire what standing approvals cover",
    "timer.metrics": "Phoenix: write the metrics",
    "flow.cron.head": "Belongs into /etc/cron.d/phoenix: owned by root, mode 0644, no dot in its name.\n"
    "Times are those of {zone}. Debian's cron ignores CRON_TZ and reads the machine's own zone:\n"
    "timedatectl show -p Timezone must say the same. A time that is skipped when clocks go\n"
    "forward runs right after; one that comes twice runs once.\n"
    "Two runs of one work do not meet: Phoenix has its own locks. Mail comes only of a failed run.",
    "flow.actions.same": "{expression} in {zone}, which is UTC{ahead} all year. GitHub knows UTC alone.",
    "flow.actions.late": "{expression} in {zone}. GitHub knows UTC alone, and one line of it cannot "
    "follow a change of clocks:\nsaid for UTC{ahead}, never earlier than asked; while clocks are "
    "forward it runs {late:duration} later.",
    "flow.title": "Phoenix' regular work, for Flow",
    "flow.head": "Written by phoenix generate timers, cron or actions.",
    "flow.intro": "Phoenix says what runs and when. This folder now belongs to **Flow**, who decides "
    "how, and may install it as it is. No file holds a secret. Phoenix then verifies.",
    "flow.heading.state": "Where it stands",
    "flow.heading.works": "What runs, and when",
    "flow.heading.install": "Install",
    "flow.heading.verify": "Verify",
    "flow.state.prepared": "**prepared**: {at}, by Phoenix. These files are written; nothing else "
    "happened.",
    "flow.state.checked": "read without a complaint by `{program}`",
    "flow.state.unchecked": "NOT checked: `{program}` was not there",
    "flow.state.handed": "**handed over**: when the request stands in the project's memory.",
    "flow.state.applied": "**applied**: when Phoenix saw the first start at a planned time.",
    "flow.state.verified": "**verified**: when each work was started at two planned times in a row, "
    "at no time between them, and did its work. Then Phoenix checks the request off itself.",
    "flow.column.work": "work",
    "flow.column.command": "command",
    "flow.column.when": "when",
    "flow.clock.timers": "Times are those of {zone}; systemd follows its changes of clocks.",
    "flow.clock.cron": "Times are those of {zone}: the machine must have that zone, for Debian's cron "
    "knows no other.",
    "flow.clock.actions": "Times are in UTC, for GitHub knows no other; each file says what becomes of "
    "the hour in {zone}.",
    "flow.install.timers": "On the machine Phoenix runs on:",
    "flow.install.cron": "On the machine Phoenix runs on:",
    "flow.install.actions": "In a repository whose self-hosted runner is the machine Phoenix runs on. "
    "GitHub starts schedules from the default branch alone, late when it is busy, and stops those of a "
    "public repository after 60 days without a commit. Never let a public repository use that runner:",
    "flow.keep-name": "If another form suits better: keep the commands, the times and "
    "`PHOENIX_TRIGGER`. By that name Phoenix knows a start of the schedule.",
    "flow.verify.look": "What the other side shows:",
    "flow.verify.phoenix": "What Phoenix believes is its own history. Every start under these names is "
    "noted; `phoenix observe`, `phoenix audit` and a repeated handover look whether each work came at "
    "two planned times in a row. A start by hand, at another time or more often does not count.",
    "flow.form.timers": "systemd timers",
    "flow.form.cron": "cron",
    "flow.form.actions": "GitHub Actions",
    "flow.request": "run the {count} regular works of Phoenix by {form} (files: {path}, schedule "
    "{digest})",
    "flow.prepared": "prepared: {path}",
    "flow.checked": "checked by {program}",
    "flow.unchecked": "NOT checked, {program} is not there",
    "flow.to-install": "To install:",
    "flow.program-away": "There is no program {path} on this machine; that it starts is not checked.",
    "flow.other-zone": "This machine's clock is not that of {zone}: cron here would run at other times.",
    "flow.standing.waiting": "{work}: no planned time is over yet (verified at the earliest {from})",
    "flow.standing.missed": "{work}: not started at {at} (verified at the earliest {from})",
    "flow.standing.failed": "{work}: started at {at}, but did not do its work",
    "flow.standing.once": "{work}: started once as planned, at {at} (verified at the earliest {from})",
    "flow.standing.astray": "{work}: started at other times too, before {at}: another schedule",
    "flow.standing.verified": "{work}: started as planned twice in a row, last at {at}",
    "flow.changed": "phoenix.yaml asks for another schedule since: hand it over again.",
    "flow.stage.prepared": "Prepared. Not handed over, not applied, not verified.",
    "flow.stage.handed": "Handed over. Not applied, not verified.",
    "flow.stage.applied": "Applied. Not verified.",
    "flow.stage.verified": "Verified.",
    "flow.no-project": "This is no project with a memory. The request:",
    "flow.asked": "Asked in the project's memory:",
    "flow.asked-before": "Asked before:",
    "flow.closed": "Flow: the schedule is verified, its request checked off",
    "flow.seen": "Flow: the schedule is verified",
    "error.schedule-refused": "{program} refuses the schedule: {detail}",
    "hint.schedule-refused": "Nothing was written. This is a mistake of Phoenix: please report it with "
    "this line.",
    "error.cron-line-too-long": "the line of {work} is longer than the {most} bytes cron reads",
    "hint.cron-line-too-long": "Use systemd units, or fewer schedules, so that none names its services.",
    "error.path-not-for-actions": "GitHub would read the path {path} as an expression",
    "hint.path-not-for-actions": "Use a path without ${{{{.",
    "error.schedule-not-utc": "the schedule “{expression}” in {timezone} cannot be said in UTC",
    "hint.schedule-not-utc": "Its day begins on another day in UTC. Choose a later hour, a day of the "
    "week, or another form (timers, cron).",
}
