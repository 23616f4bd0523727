"""VMA, the archive Proxmox makes of a virtual machine: read as a stream, never trusted."""

from phoenix_dr.adapters.vma.disks import Extracted, extract, read_header, verify
from phoenix_dr.adapters.vma.form import Config, Device, Header
from phoenix_dr.adapters.vma.source import Source, opened

__all__ = [
    "Config",
    "Device",
    "Extracted",
    "Header",
    "Source",
    "extract",
    "opened",
    "read_header",
    "verify",
]
