"""What a rule keeps over the coming year, in English."""

PHRASES: dict[str, str] = {
    "short.retention-simulate": "What stays recoverable over the coming year under a rule.",
    "help.retention-simulate": "Carry out every run of the coming year, cleaning up after each as "
    "the tool does, and show what can then still be restored: how far back, with which holes, day "
    "by day. With --against or --against-engine, two rules or two tools side by side. Begins with "
    "the points of ASSET (service/asset) when one is named, else with nothing. Changes nothing.",
    "examples.retention-simulate": "phoenix retention simulate\n"
    'phoenix retention simulate wiki/pages --against "last=7"\n'
    'phoenix retention simulate --rule "daily=7,weekly=4" --engine restic --against-engine pve\n'
    'phoenix retention simulate --rule "within=30d" --engine prometheus\n'
    "phoenix retention simulate wiki/pages --svg year.svg",
    "option.simulate-rule": "Rule to simulate instead of the policy's own: last, hourly, daily, "
    "weekly, monthly, yearly, within; nothing keeps everything.",
    "option.simulate-against": "A second rule to compare with the first.",
    "option.simulate-engine": "Whose reading of the rule: restic, borg, pve, pbs, longhorn, velero, "
    "prometheus, loki, or an engine of phoenix.yaml.",
    "option.simulate-against-engine": "Whose reading to compare with; with the same rule unless "
    "--against gives another.",
    "option.simulate-schedule": "When it runs: cron, or a calendar event for pve and pbs.",
    "option.simulate-from-scratch": "Begin with no points even when the asset has some.",
    "option.simulate-days": "Days to look ahead.",
    "option.simulate-svg": "Also write a drawing there; never over a file that is none.",
    "simulate.from-scratch": "Simulated from {since} to {until}, beginning with no points",
    "simulate.from-points": "Simulated from {since} to {until}, beginning with what {engine} holds of "
    "{asset} (points: {count})",
    "simulate.side": "{engine}, rule: {rule}; runs: {runs}",
    "simulate.samples": "samples all the time",
    "simulate.end": "In the end: {count} points; back {reach}, to {oldest}; largest hole {hole}",
    "simulate.end-recent": "In the end: {count} points; back {reach}, to {oldest}; largest hole "
    "{hole}, in the last 30 days {recent}",
    "simulate.end-samples": "In the end: every moment of the last {reach}, from {oldest} on",
    "simulate.nothing": "In the end: nothing can be restored",
    "simulate.worst": "At worst, from {since} on: back {reach}; largest hole {hole}",
    "simulate.worst-samples": "At worst, from {since} on: back {reach}",
    "simulate.steady": "Steady from {day} on: every part of the rule is filled",
    "simulate.growing": "Not steady yet in the end, so these figures are not its last word; not "
    "filled: {parts}",
    "simulate.for-ever": "Nothing is ever removed: it only grows",
    "simulate.by-week": "reach by week",
    "simulate.legend-one": "{both} can be restored   {neither} cannot",
    "simulate.legend-two": "{both} both   A only A   B only B   {neither} neither",
    "simulate.older": "Older days that {name} keeps: {count}, from {day} on.",
    "simulate.keeps": "{one} keeps {count} days that {other} does not: {days}",
    "simulate.keeps-one": "{one} keeps {count} day that {other} does not: {days}",
    "simulate.keeps-none": "{one} keeps no day that {other} does not.",
    "simulate.both": "Days both keep: {count}.",
    "simulate.same": "No difference: both keep the same days ({count}).",
    "simulate.stretch": "{first} to {last}",
    "simulate.more": "older: {count}",
    "simulate.wrote": "Drawing written to {path}",
    "simulate.part.last": "last",
    "simulate.part.hourly": "hourly",
    "simulate.part.daily": "daily",
    "simulate.part.weekly": "weekly",
    "simulate.part.monthly": "monthly",
    "simulate.part.yearly": "yearly",
    "simulate.part.within": "duration",
    "simulate.svg-title": "What can be restored on {until}",
    "simulate.svg-chart": "How far back one can go, week by week (days)",
    "simulate.svg-both": "both",
    "simulate.svg-only": "only {name}",
    "simulate.svg-held": "can be restored",
    "simulate.svg-neither": "cannot",
    "error.simulate-rule": "{rule} is not a retention rule",
    "hint.simulate-rule": "Write it as daily=7,weekly=4,monthly=6 or last=7 or within=30d.",
    "error.simulate-count": "that is no number a rule can keep: {part}",
    "hint.simulate-count": "Give a number from 1 up, or leave that part out.",
    "error.simulate-days": "a simulation needs at least one day",
    "hint.simulate-days": "Give --days a number from 1 up.",
    "error.simulate-too-many": "{expression} runs more than {most} times in that period",
    "hint.simulate-too-many": "Take fewer --days, or a less frequent schedule.",
    "error.simulate-engine": "how {engine} reads a rule is not known",
    "hint.simulate-engine": "Known are: {known}.",
    "error.simulate-empty": "{engine} does not keep everything when no rule is given",
    "hint.simulate-empty": "Give the rule it runs under: last=… for longhorn, within=… for velero.",
    "error.simulate-which": "it is not clear which rule is meant",
    "hint.simulate-which": "Name an asset, or give --rule. Policies: {policies}.",
    "error.simulate-asset": "there is no asset {asset}",
    "hint.simulate-asset": "Known are: {known}.",
    "error.simulate-svg": "{path} is there already, and is no drawing",
    "hint.simulate-svg": "It stays as it is. Give --svg another name.",
}
