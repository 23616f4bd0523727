"""VMA, the archive Proxmox makes of a virtual machine: read as a stream, never trusted."""

from phoenix_dr.adapters.vma.disks import Extracted, extract, read_header, verify
from phoenix_dr.adapters.vma.form import Config, Device, Header, header_size
from phoenix_dr.adapters.vma.source import Source, opened, stream

__all__ = [
    "Config",
    "Device",
    "Extracted",
    "Header",
    "Source",
    "extract",
    "header_size",
    "opened",
    "read_header",
    "stream",
    "verify",
]
