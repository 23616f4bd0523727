"""Why a restore drill could not run, and what to do, in English."""

PHRASES: dict[str, str] = {
    "error.asset-missing": "the data to save does not exist: {path}",
    "hint.asset-missing": "correct the path in phoenix.yaml, or mount the volume that holds it",
    "error.asset-unreadable": "not allowed to read {path}",
    "hint.asset-unreadable": "run Phoenix as a user who may read this file",
    "error.not-sqlite": "{path} is not a SQLite database",
    "hint.not-sqlite": "an empty or encrypted file is none; check the path, or declare it as "
    "“files”",
    "error.sqlite-busy": "the database {path} stayed locked: {detail}",
    "hint.sqlite-busy": "run again at a calmer hour; WAL mode avoids the wait",
    "error.sqlite-failed": "the database {path} could not be copied: {detail}",
    "hint.sqlite-failed": "check the database (PRAGMA integrity_check) and the free space",
    "error.drill-name": "{path} is not the name of a drill",
    "hint.drill-name": "such a name begins with phx-, in lower case and digits",
    "error.drill-running": "drill {drill} already has a journal",
    "hint.drill-running": "wait for its end, or run phoenix drill gc if it was interrupted",
    "error.drill-folder-exists": "{path} exists already and is not this drill's",
    "hint.drill-folder-exists": "run phoenix drill gc, or choose another folder",
    "error.drill-journal-failed": "the drill's journal could not be written: {detail}",
    "hint.drill-journal-failed": "without a journal nothing is restored; check the state directory",
    "error.drill-dir-inside": "{path} lies inside {inside}: restoring there would touch data or "
    "copies",
    "hint.drill-dir-inside": "choose a folder away from data and repositories",
    "error.drill-dir-unsafe": "{path} is not yours, or others can write to it",
    "hint.drill-dir-unsafe": "chown and chmod 700 this folder, or choose another one",
    "error.drill-dir-unusable": "{path} cannot be used for drills: {detail}",
    "hint.drill-dir-unusable": "choose a folder you can write to",
    "error.no-space-for-drill": "restoring needs {needed:size} free in {path}, there are "
    "{free:size}",
    "hint.no-space-for-drill": "make room, or choose another file system",
    "error.drill-copy-failed": "the working copy could not be made: {detail}",
    "hint.drill-copy-failed": "check the free space of the drill folder",
    "error.not-isolated": "nothing isolates commands on this machine ({reason} {detail})",
    "hint.not-isolated": "install bubblewrap and allow user namespaces; until then the level "
    "stops at L3",
}
