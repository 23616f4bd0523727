"""An estate with one virtual machine's archive, drilled as a person would: no Proxmox anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from build_guest import Estate
from build_guest_image import CONF, TEXT, disk
from build_vma import Vma
from phoenix_dr.core.evidence import DrillRecord
from tools import program

NAME = "vzdump-qemu-210-2026_11_20-03_00_00.vma"
COMMAND = "{asset: adguard, command: [/bin/wget, -qO-, http://127.0.0.1:3000/health]}"


def require_qemu() -> None:
    """Fail in CI, and skip elsewhere, where no machine can be started."""
    for name in ("qemu-system-x86_64", "bwrap"):
        program(name)


@dataclass
class Machines(Estate):
    """The estate of `build_guest`, its guest 210 a virtual machine."""

    check: str = f"{{asset: adguard, console: {TEXT.decode()}}}"
    """The check of phoenix.yaml; without one there is none."""

    def __post_init__(self) -> None:
        """Write phoenix.yaml."""
        super().__post_init__()
        text = self.config.read_text()
        assert COMMAND in text
        old, new = (
            (COMMAND, self.check) if self.check else (f"    checks:\n      - {COMMAND}\n", "")
        )
        self.config.write_text(text.replace(old, new))

    @property
    def archive(self) -> Path:
        """Where its one archive lies."""
        return self.dump / NAME

    def write(self, content: bytes | None = None, conf: bytes | None = CONF) -> None:
        """Write the archive of a machine with one disk."""
        configs = {} if conf is None else {"qemu-server.conf": conf}
        self.archive.write_bytes(Vma({"drive-scsi0": content or disk()}, configs).archive())


def facts(record: DrillRecord, code: str) -> Mapping[str, str | int]:
    """What the one check of a code says."""
    [found] = [each for each in record.checks if each.code == code]
    return dict(found.parameters)


def why(record: DrillRecord) -> str:
    """Codes of the checks that did not pass, with their reason."""
    odd = [each for each in record.checks if each.ok is not True and each.code != "archive-content"]
    return " ".join(f"{c.code} {dict(c.parameters).get('reason', '')}".strip() for c in odd)
