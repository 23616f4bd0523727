"""What goes wrong with engines, their programs and their secrets, in English."""

PHRASES: dict[str, str] = {
    "error.program-missing": "the program {program} is not installed, or not on the PATH",
    "hint.program-missing": "Install {program}, or give its path in the engine's program line.",
    "error.program-broken": "{program} does not start: {reason}",
    "hint.program-broken": "Start it by hand to see what it lacks.",
    "error.command-timeout": "{program} did not answer within {seconds:duration} and was stopped",
    "hint.command-timeout": "Can the repository be reached? Do network and disk answer?",
    "error.cancelled": "{program} was stopped at your request",
    "hint.cancelled": "Nothing is lost: run the command again when you like.",
    "error.answer-too-long": "{program} answered more than {limit:size}; the rest is refused",
    "hint.answer-too-long": "No sound repository answers that much. Check who writes to it.",
    "error.line-too-long": "{program} wrote a line of more than {limit:size}; it is refused",
    "hint.line-too-long": "Check the version of {program}, then the repository.",
    "error.answer-confused": "the answer of engine {engine} does not have the expected shape",
    "hint.answer-confused": "Compare the engine's version with those docs/engines calls tested.",
    "error.secret-missing": "the secret {secret} is absent, empty or unreadable",
    "hint.secret-missing": "Create it, or correct the reference in phoenix.yaml.",
    "error.secret-readable": "the secret {secret} is open to every account of this machine",
    "hint.secret-readable": "Run “chmod o=” on the file; change the secret if others may have "
    "read it.",
    "error.secret-foreign": "the secret {secret} leads through another account's symbolic link",
    "hint.secret-foreign": "Name the file itself, without the link.",
    "error.secret-too-long": "the secret {secret} is longer than {limit:size}",
    "hint.secret-too-long": "Is this the right file?",
    "error.secret-scheme": "the secret {secret} is neither file:… nor env:…",
    "hint.secret-scheme": "Write file:/path or env:NAME.",
    "error.engine-not-yet": "engine {engine} is of kind {kind}, which this version does not speak "
    "yet",
    "hint.engine-not-yet": "Its data stays unknown: it does not count as protected.",
    "error.not-yet": "engine {engine} cannot do {verb} yet",
    "hint.not-yet": "Do it with the tool itself; Phoenix will see the result.",
    "error.wrong-engine": "the action is for engine {asked}, not {engine}",
    "hint.wrong-engine": "Make the plan again.",
    "error.wrong-password": "engine {engine} refuses the password: {detail}",
    "hint.wrong-password": "“phoenix keys show” says where the copies of this key are.",
    "error.password-not-named": "engine {engine} has no password in phoenix.yaml",
    "hint.password-not-named": "Add password: file:/path or password: env:NAME.",
    "error.no-right": "engine {engine} has no right to do this: {detail}",
    "hint.no-right": "Check the account that runs Phoenix, and the rights on the repository.",
    "error.read-only": "engine {engine} cannot write into {path}",
    "hint.read-only": "Nothing was written there: on purpose, a failing disk, or a missing right?",
    "error.no-space": "there is no space left: {detail}",
    "hint.no-space": "Free space at the destination; the points already made are still good.",
    "error.network": "engine {engine} cannot be reached: {detail}",
    "hint.network": "Check the network, the repository's address and the machine behind it.",
    "error.not-mounted": "{mount} is not mounted: engine {engine} is left alone",
    "hint.not-mounted": "Mount {mount}. Without it the copy would go to the system disk.",
    "error.parent-missing": "the directory {path}, where the repository of engine {engine} would "
    "be made, does not exist",
    "hint.parent-missing": "Plug in or mount what is missing, or make the directory yourself.",
    "error.directory-in-use": "{path} holds something that is no repository; engine {engine} will "
    "not write there",
    "hint.directory-in-use": "Give engine {engine} an empty or new directory.",
    "error.repository-missing": "engine {engine} finds no repository: {detail}",
    "hint.repository-missing": "On the first day “phoenix backup” makes a local repository. "
    "Otherwise a disk is missing: make nothing in its place.",
    "error.repository-locked": "the repository of engine {engine} has been locked for {minutes} "
    "min by {holder}",
    "hint.repository-locked": "Wait for it to end. If you are sure that program no longer runs, "
    "the engine's own command for it removes stale locks; Phoenix never touches them.",
    "error.data-damaged": "data of engine {engine} is damaged: {detail}",
    "hint.data-damaged": "Delete nothing. Restore from another copy, then look for the cause: "
    "disk, memory, cable.",
    "error.snapshot-unreadable": "engine {engine} leaves out {detail} point(s) it can no longer "
    "read",
    "hint.snapshot-unreadable": "The repository is damaged: delete nothing, and run “restic "
    "check”.",
    "error.point-missing": "engine {engine} does not have this point: {detail}",
    "hint.point-missing": "“phoenix observe {engine}” reads the list of points again.",
    "error.engine-failed": "engine {engine} failed (code {exit:d}): {detail}",
    "hint.engine-failed": "The message is the engine's own.",
    "error.source-missing": "{path} does not exist: nothing was backed up",
    "hint.source-missing": "An unmounted disk, a service that moved? Correct phoenix.yaml or the "
    "machine.",
    "error.source-empty": "{path} is empty: nothing was backed up",
    "hint.source-empty": "An empty copy would pass for a good one. If there is nothing to keep, "
    "say so with none: and the reason.",
    "error.restore-not-empty": "{path} is not an empty directory: nothing is restored into it",
    "hint.restore-not-empty": "Restore into a new directory; data in place is never overwritten.",
    "error.twin-needs-local": "the repository of engine {engine} is remote: no corrupted twin can "
    "be made of it",
    "hint.twin-needs-local": "Try the drill on an engine with a local repository.",
    "error.twin-no-data": "point {point} of engine {engine} has no file to corrupt",
    "hint.twin-no-data": "Choose a point that holds files with content.",
    "error.twin-too-large": "{path} is larger than {limit:size} and on another disk than the "
    "drills",
    "hint.twin-too-large": "Put the drill directory on the repository's disk.",
}
