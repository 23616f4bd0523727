"""Drills of guests on their own Proxmox."""

from __future__ import annotations

PHRASES: dict[str, str] = {
    "report.skipped.no-place-for-drills": "{asset}: {engine} has no place for drills; set `drills:` in phoenix.yaml",
    "report.skipped.no-twin-there": "{asset}: a copy on {engine} cannot be corrupted on purpose; drill an archive "
    "folder for that",
    "check.guest-restored.ok": "restored as {guest}, its network cut off or shut in",
    "check.guest-restored.ko": "not restored",
    "check.guest-restored.skipped": "not restored",
    "check.guest-disk-here.ok": "{disk} came back",
    "check.guest-disk-here.ko": "{disk} did not come back",
    "check.guest-disk-here.skipped": "{disk} was not looked at",
    "check.guest-disk-empty.ok": "{disk} holds its data",
    "check.guest-disk-empty.ko": "{disk} is not in the backup: it came back empty, and the service would start "
    "on nothing",
    "check.guest-disk-empty.skipped": "{disk} was not looked at",
    "check.guest-network.ok": "the guest had a network of its own, shut in",
    "check.guest-network.ko": "the guest had no network",
    "check.guest-network.skipped": "its line was cut: it boots, and nobody could ask its service (give `drills` a "
    "closed bridge)",
    "check.guest-agent.ok": "it could be asked",
    "check.guest-agent.ko": "it could not be asked",
    "check.guest-agent.skipped": "its service was not asked: no guest agent to do so ({kind})",
    "error.drill-bridge-open": "production is on {bridge}, so no drill on {engine} may use it",
    "hint.drill-bridge-open": "Name a bridge that leads nowhere in `drills`, or none.",
    "error.drill-no-place": "{engine} has no place for drills",
    "hint.drill-no-place": "Set `drills: {{numbers: 9000-9099, storage: …}}` on that engine.",
    "error.drill-numbers-used": "every number kept for drills on {engine} is in use",
    "hint.drill-numbers-used": "Run `phoenix drill gc`, or keep more numbers.",
    "error.drill-number-outside": "{guest} is not a number kept for drills on {engine}",
    "hint.drill-number-outside": "Nothing was touched. Drills use only the numbers in `drills`.",
    "error.drill-number-taken": "{guest} is in use on {engine}",
    "hint.drill-number-taken": "The next free number is tried.",
    "error.drill-tag-missing": "guest {guest} on {engine} does not carry this drill's mark, so it was left "
    "alone",
    "hint.drill-tag-missing": "Keep the numbers and the pool in `drills` for drills alone.",
    "error.drill-guest-gone": "guest {guest} on {engine} is gone",
    "hint.drill-guest-gone": "Somebody removed it while the drill ran; drill again.",
    "error.drill-root-only": "{engine}: only root@pam may do that: {detail}",
    "hint.drill-root-only": "The copy was not judged. `phoenix engine check {engine}` prints the role "
    "drills need.",
    "error.drill-no-probe": "a container on {engine} has no way to be asked from outside",
    "hint.drill-no-probe": "Drill its archive on a machine with LXC to have its service asked.",
    "error.restore-failed": "{engine} could not restore guest {guest}: {detail}",
    "hint.restore-failed": "The task log on that node tells more.",
    "error.start-failed": "{engine} could not start guest {guest}: {detail}",
    "hint.start-failed": "The task log on that node tells more.",
    "error.destroy-failed": "{engine} could not destroy guest {guest}: {detail}",
    "hint.destroy-failed": "`phoenix drill gc` tries again.",
    "error.guest-not-shut-in": "{engine} did not shut in guest {guest} as asked ({names}), so it was not "
    "started",
    "hint.guest-not-shut-in": "It was destroyed again. Look at the role of the token and at that node.",
    "error.proxmox-no-node": "no node of {engine} is online",
    "hint.proxmox-no-node": "Look at the cluster.",
}
