"""Folders of archives behind ssh or rclone, in English."""

PHRASES: dict[str, str] = {
    "error.dump-away": "engine {engine} does not reach {path}: {detail}",
    "hint.dump-away": "The words are those of ssh or rclone. What lies there stays unknown, and nothing was judged.",
    "error.dump-cut": "{path} broke off after {read:size} of {size:size}",
    "hint.dump-cut": "That says nothing about the archive. Try again once the connection holds.",
    "error.dump-host-key": "engine {engine}: {path} shows another host key than the known one, or one nobody knows",
    "hint.dump-host-key": "Nothing was sent. If the machine was set up anew, compare its key at the machine itself, then put it into known_hosts. If not, somebody stands in between.",
    "error.dump-login": "engine {engine}: {path} refuses the login",
    "hint.dump-login": "Try it as the user who runs Phoenix: “sftp -o BatchMode=yes USER@HOST”. A key with a passphrase must lie in an agent.",
    "error.dump-many": "engine {engine} has more files than are read in {path} ({most})",
    "hint.dump-many": "Nothing is said of a part of a folder. Keep archives in a folder of their own.",
    "error.dump-odd": "engine {engine} gets answers from {path} that fit nothing",
    "hint.dump-odd": "A login script that prints something does that; so does a server that is none. What lies there stays unknown.",
    "error.dump-said": "engine {engine} cannot read {path}: {detail}",
    "hint.dump-said": "The server failed without saying why: look at its log.",
    "error.dump-silent": "engine {engine} waits for {path} in vain",
    "hint.dump-silent": "The connection stands and nothing comes: a disk there hangs, or a login script waits. What lies there stays unknown.",
}
