"""A disk of one sector that starts as a guest: prints to the serial line, then does one thing."""

from __future__ import annotations

from pathlib import Path

from phoenix_dr.sandboxes.qemu_conf import Machine
from phoenix_dr.sandboxes.qemu_line import Accelerator, Start

CONF = b"boot: order=scsi0\nscsihw: virtio-scsi-single\nmemory: 64\nscsi0: local:x,size=1M\n"
HOSTILE = b"""args: -drive file=/etc/shadow -netdev user,id=x -chardev socket,path=/run/x
hookscript: local:snippets/evil.sh
hostpci0: 0000:01:00.0
usb0: host=1234:5678
serial0: /dev/ttyS0
net0: virtio=AA:BB:CC:DD:EE:FF,bridge=vmbr0
name: x,file=/etc/passwd
machine: pc -drive file=/etc/shadow
cpu: host,flags=+x -netdev user
scsihw: virtio-scsi-pci,file=/etc/shadow
boot: order=scsi0;net0;../../etc/shadow
memory: 99999999
cores: 4096
scsi0: /dev/sda,size=1M,file=/etc/shadow
scsi99: /dev/sdb
virtio0/../x: /dev/sdc
"""
TEXT = b"PHOENIX-GUEST-UP"
SIZE = 1 << 20
SIGNATURE = 510
"""Where the two bytes lie by which a BIOS knows a disk to start from."""
# cli; xor ax,ax; mov ds,ax; mov si,TEXT; mov dx,0x3f8; 1: lodsb; test al,al; jz 2; out dx,al; jmp 1
_PRINT = bytes.fromhex("fa 31c0 8ed8 be0000 baf803 ac 84c0 7403 ee ebf8")
_TEXT_AT = 6
ENDS = {
    "idle": bytes.fromhex("f4 ebfd"),  # 2: hlt; jmp 2
    "fault": bytes.fromhex("0f011e007d cc"),  # lidt of nothing; int3: a triple fault
    # BIOS disk write of sector 2 from 0x7c00 (ah=03, al=1, cx=2, dx=0x80), then hlt; jmp
    "write": bytes.fromhex("31c0 8ec0 bb007c b80103 b90200 ba8000 cd13 f4 ebfd"),
    "off": bytes.fromhex("ba0406 b80020 ef f4 ebfd"),  # ACPI power off of the pc machine
}


def disk(end: str = "idle", *, text: bytes = TEXT, size: int = SIZE) -> bytes:
    """A raw disk whose guest says `text` and ends as named in ENDS."""
    code = bytearray(_PRINT + ENDS[end])
    code[_TEXT_AT : _TEXT_AT + 2] = (0x7C00 + len(code)).to_bytes(2, "little")
    sector = (bytes(code) + text + b"\r\n\0").ljust(SIGNATURE, b"\0") + b"\x55\xaa"
    assert len(sector) == 512
    return sector.ljust(size, b"\0")


def flipped(disk: bytes, at: int, bit: int = 0) -> bytes:
    """The disk with one bit changed."""
    return disk[:at] + bytes([disk[at] ^ 1 << bit]) + disk[at + 1 :]


def start(machine: Machine, keys: tuple[str, ...] = (), name: str = "tcg") -> Start:
    """How a machine is started, of files that need not exist."""
    disks = {key: Path("/drill", f"drive-{key}.raw") for key in keys or machine.disks}
    return Start(machine, disks, Path("/drill/overlay"), Accelerator(name), 60)
