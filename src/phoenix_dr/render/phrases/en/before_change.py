"""`phoenix before-change`, in English."""

PHRASES: dict[str, str] = {
    "short.before-change": "May this be changed now? Yes, no or unknown, with the copy.",
    "help.before-change": "Ask before a change that may destroy data (an upgrade, a migration, a "
    "deletion): is there a copy to come back to, young enough and sound? NAME is a service, an "
    "asset, a guest (215, pve1/215) or a claim (media/jellyfin-config). The engines that hold it "
    "are asked first. Exit code 0 means yes and nothing else does.",
    "examples.before-change": "phoenix before-change wiki\n"
    "phoenix before-change pve1/215 --level L4\n"
    "phoenix before-change media/jellyfin-config --within 2 && kubectl apply -f new.yaml\n"
    "phoenix before-change --requests",
    "option.before-level": "What must have been proved of its copies.",
    "option.before-within": "How old the copy may be, in hours (else the RPO of the service).",
    "option.before-offline": "Ask no engine: judge from what was seen before.",
    "before.yes": "Yes: there is a good copy of everything.",
    "before.no": "No: of something there is no good copy.",
    "before.unknown": "Unknown: that is no yes.",
    "before.word.yes": "yes",
    "before.word.no": "NO",
    "before.word.unknown": "?",
    "before.with": "{word}  {asset}: {why} · {point} on {engine}, {age} ({moment}), {level}",
    "before.without": "{word}  {asset}: {why}",
    "before.untested": "never restored for proof: phoenix drill run",
    "before.pin": "Hold it fast while you work: phoenix points pin {point}",
    "before.why.covered": "covered",
    "before.why.needs-none": "nothing of it has to be saved",
    "before.why.loss-accepted": "its loss was accepted",
    "before.why.no-point": "no copy is known",
    "before.why.drill-failed": "the last restore drill failed",
    "before.why.unusable": "the newest copy cannot be used",
    "before.why.in-the-future": "its newest copy carries a date in the future",
    "before.why.too-old": "its newest copy is not younger than {objective}",
    "before.why.suspect": "its newest copy is suspect, perhaps not whole",
    "before.why.unjudged": "nothing tells whether its newest copy holds data",
    "before.why.not-proven": "not enough was proved of its copies",
    "before.why.not-seen": "an engine could not be asked",
    "option.before-requests": "Answer the open requests of the project's siblings instead; what a "
    "copy or a drill shows is checked off.",
    "error.before-what": "say what is to be changed, or --requests, and not both",
    "hint.before-what": "For example: phoenix before-change wiki",
    "inbox.empty": "No open request.",
    "inbox.person": "Open: it names nothing of phoenix.yaml, or asks for what only a person can do.",
    "inbox.yes": "Checked off: there is a good copy.",
    "inbox.no": "Open: there is no good copy.",
    "inbox.unknown": "Open: nobody can tell, and that is no yes.",
    "inbox.served": "Checked off: [{source}] {text}",
    "error.means-nothing": "“{name}” is no service, asset, guest or claim of phoenix.yaml",
    "hint.means-nothing": "Known: {known}",
}
