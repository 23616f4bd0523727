"""What borg refuses or cannot do, and how removing points can end. English."""

PHRASES = {
    "error.points-changed": "engine {engine} no longer holds the point {point} for this asset: "
    "nothing was removed",
    "hint.points-changed": "Make the plan again: phoenix retention plan",
    "error.forget-incomplete": "engine {engine} did not remove exactly the points named: {count} "
    "differ, among them {point}",
    "hint.forget-incomplete": "“phoenix observe {engine}” shows what is there. Does another "
    "program remove points of this repository too?",
    "error.archive-not-sayable": "the archive of point {point} on engine {engine} has a name borg "
    "could take for another one: nothing was removed",
    "hint.archive-not-sayable": "Give it a name without {{ }} / or :: (borg rename), then make the "
    "plan again.",
    "error.borg-key-missing": "engine {engine} has no key for its repository: {detail}",
    "hint.borg-key-missing": "Import it for the account that runs Phoenix: borg key import",
    "error.repository-unknown": "the repository of engine {engine} is not encrypted, and this "
    "account's borg has never seen it",
    "hint.repository-unknown": "If it is the right one, run “borg list” on it once by hand, as the "
    "account that runs Phoenix, and answer borg's question.",
    "error.repository-moved": "the repository of engine {engine} was at another address before",
    "hint.repository-moved": "If you moved it, run “borg list” on it once by hand, as the account "
    "that runs Phoenix, and answer borg's question.",
    "error.repository-replaced": "the repository of engine {engine} is not as borg last saw it: "
    "{detail}",
    "hint.repository-replaced": "An old copy put back, two copies with one id, or an attack: find "
    "out which before anything is written there.",
}
