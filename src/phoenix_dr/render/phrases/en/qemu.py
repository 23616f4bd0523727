"""Drills of virtual machines in QEMU, in English."""

PHRASES: dict[str, str] = {
    "check.vm-disks.ok": "{disks} disks came out whole ({size:size})",
    "check.vm-disks.ko": "the disks did not come out whole ({disks}, {size:size})",
    "check.vm-disks.skipped": "no disk was taken out ({disks}, {size:size})",
    "check.vm-disk-here.ok": "disk {disk} is in the archive",
    "check.vm-disk-here.ko": "disk {disk} should be in the archive and is not",
    "check.vm-disk-here.skipped": "disk {disk} is left out of backups (backup=0): the machine is not whole without it",
    "check.vm-starts.ok": "the machine started in {seconds} s on {accelerator} and stayed up",
    "check.vm-starts.ko": "the machine did not start ({reason}, {seconds} s on {accelerator}); it last said: {said}",
    "check.vm-starts.skipped": "whether the machine starts is not known ({reason} {said})",
    "error.vm-conf-missing": "{path} holds no qemu-server.conf: nobody knows what machine its disks were of",
    "hint.vm-conf-missing": "vzdump always writes one: the archive is damaged, or something else. Use another one.",
    "error.vm-conf-no-disk": "the machine's configuration names no disk",
    "hint.vm-conf-no-disk": "There is nothing to start. Look at the machine on its Proxmox.",
}
