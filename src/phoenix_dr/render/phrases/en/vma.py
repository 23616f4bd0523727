"""VMA archives. English."""

PHRASES = {
    "help.vma": "Read the archives Proxmox makes of virtual machines, without Proxmox.",
    "short.vma": "Look into a Proxmox VM archive, take its disks out.",
    "help.vma-list": "Show what a VMA archive (plain, gzip, lzo or zstd) holds: configuration and disks. "
    "--verify reads it to the end: every cluster of every disk is there once. VMA has"
    " no checksum over data, so this proves that the archive is whole, not that its "
    "content is right.",
    "short.vma-list": "What is in an archive; --verify reads all of it.",
    "examples.vma-list": "phoenix vma list vzdump-qemu-100-2026_11_20-03_00_00.vma.zst\nphoenix vma list "
    "--verify vzdump-qemu-100-2026_11_20-03_00_00.vma.zst",
    "help.vma-extract": "Write the disks as sparse raw files, and the configuration beside them, into an "
    "empty folder. Nothing is ever overwritten.",
    "short.vma-extract": "Disks and configuration as files.",
    "examples.vma-extract": "phoenix vma extract vzdump-qemu-100-2026_11_20-03_00_00.vma.zst "
    "restored\nphoenix vma extract archive.vma restored --disk drive-scsi0",
    "option.vma-verify": "Read the archive to its end and check that every disk is whole.",
    "option.vma-disk": "Only this disk (may be repeated).",
    "vma.made": "made {moment}",
    "vma.wrote": "wrote {path}",
    "vma.whole": "whole: every cluster of every disk is there ({size} stored); says nothing about "
    "the content",
    "error.vma-not-one": "this is not a VMA archive",
    "hint.vma-not-one": "Proxmox names them vzdump-qemu-NUMBER-….vma, with .zst, .gz or .lzo when packed.",
    "error.vma-header": "the head of the archive is damaged ({detail})",
    "error.vma-extent": "the archive is damaged or cut short ({detail})",
    "error.vma-cluster": "the archive contradicts itself: device {device:d}, cluster {number:d}",
    "error.vma-incomplete": "the archive is not whole: {missing} clusters of {name} are missing",
    "hint.vma-incomplete": "It was cut between two blocks. Take an older archive; this one restores a disk "
    "with holes.",
    "error.vma-no-device": "the archive has no disk {name}",
    "hint.vma-no-device": "“phoenix vma list ARCHIVE” names its disks.",
    "error.vma-too-big": "the disks take {size:size}, and {most:size} are free",
    "error.vma-file-exists": "{path} is there already; nothing is overwritten",
    "error.folder-not-empty": "{path} is not empty",
    "hint.folder-not-empty": "Name a new folder: it is made.",
    "error.archive-missing": "there is no archive at {path}",
    "error.archive-damaged": "{path} cannot be unpacked: {detail}",
}
