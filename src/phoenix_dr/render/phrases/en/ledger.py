"""Words of the ledger, in English."""

PHRASES: dict[str, str] = {
    "error.ledger-broken": "the ledger {path} is damaged or is not a ledger ({detail})",
    "hint.ledger-broken": "put it aside, restore phoenix/state from a backup and run `phoenix "
    "evidence verify --head` with the last head you printed; points still listed by the engines "
    "are found again by `phoenix observe`; drills and proofs are only in the ledger",
    "error.ledger-newer": "the ledger {path} was written by a newer Phoenix (format {found:d}; "
    "this one knows {known:d})",
    "hint.ledger-newer": "install the newer version again; nothing was changed",
    "error.ledger-unsafe": "anyone may write in the state directory {path}",
    "hint.ledger-unsafe": "if the directory is Phoenix's own: chmod 700 {path}",
    "error.ledger-unwritable": "the ledger {path} cannot be opened or written ({detail})",
    "hint.ledger-unwritable": "check that the user who runs Phoenix owns the state directory and "
    "that its disk is mounted writable",
    "error.ledger-full": "the disk of the ledger {path} is full; what was written before is safe",
    "hint.ledger-full": "make room and run the same command again: it goes on from the ledger",
    "error.ledger-busy": "another Phoenix keeps the ledger {path} locked",
    "hint.ledger-busy": "wait until it has ended; a writer normally needs less than a second",
    "error.busy": "{what} is already being worked on by process {pid:d}",
    "hint.busy": "wait until it has ended; the lock goes with its process, even after a crash: "
    "there is nothing to remove by hand",
    "error.row-unreadable": "row {seq:d} of the ledger does not hold what its kind says ({detail})",
    "hint.row-unreadable": "look at it with `phoenix evidence show {seq:d}`, and check the whole "
    "with `phoenix evidence verify`",
    "error.manifest-broken": "what point {point} must contain was changed after it was recorded",
    "hint.manifest-broken": "do not trust this comparison: run `phoenix evidence verify`, and "
    "restore phoenix/state from a backup made before the change",
}
