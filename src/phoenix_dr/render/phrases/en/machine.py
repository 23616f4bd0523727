"""Drills of machines and containers anywhere, in English."""

PHRASES: dict[str, str] = {
    "check.archive-content.ok": "unpacking compared every byte with the checksums of its packing",
    "check.archive-content.ko": "the content differs from the checksums of its packing",
    "check.archive-content.skipped": "nobody checked the content: this archive has no checksum over it, only over its headers",
    "check.guest-owners.ok": "files are of the owners the guest knows",
    "check.guest-owners.ko": "{path} should be root's and is of owner {owner}: the ids were shifted",
    "check.guest-owners.skipped": "owners were not looked at",
    "check.guest-privileged.ok": "privileged archive, run unprivileged",
    "check.guest-privileged.ko": "privileged archive, run privileged",
    "check.guest-privileged.skipped": "privileged archive, not run",
    "check.guest-programs.ok": "its own shell and libraries run; its service was not started",
    "check.guest-programs.ko": "not even its own shell runs: {detail}",
    "check.guest-programs.skipped": "its programs were not tried ({reason} {detail})",
    "check.vm-service.ok": "its console said “{mark}”",
    "check.vm-service.ko": "its console never said “{mark}”",
    "check.vm-service.skipped": "that its service answers is not known ({reason}): name a text it writes to the serial console",
}
