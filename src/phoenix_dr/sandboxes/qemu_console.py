"""What a machine says on its serial line, and what that means. Pure but for the clock.

It is the guest's word: an archive can say anything. Who must know more asks for a text only the
real service would write.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

USUAL_TEXT = "login:"
POLL = 0.5
"""Seconds between two looks at a machine that said it is up."""
RESTARTS = 3
"""How often a machine may start over; some do once after a restore."""
KEPT = 64 << 10
_OVERLAP = 512
_FIRMWARE = r"SeaBIOS \(version|BdsDxe: starting Boot"
_FATAL = {
    "no_bootable_device": r"No bootable device|BdsDxe: No bootable option|UEFI Interactive Shell",
    "boot_loader": r"grub rescue>|error: no such (?:partition|device)|Missing operating system",
    "kernel_panic": r"Kernel panic - not syncing",
    "no_root": r"\(initramfs\)|You are in emergency mode",
}
_ESCAPE = re.compile(rb"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|[()].|.)")


@dataclass(frozen=True, slots=True)
class Wanted:
    """When a machine counts as started: it says `text` within `seconds` and is then seen running
    `polls` times in a row. Without a text the usual prompt is waited for.
    """

    text: str = ""
    seconds: float = 180.0
    polls: int = 3


class Console:
    """Listens to one start; `reason` (a code) is set as soon as it has failed."""

    def __init__(self, wanted: Wanted) -> None:
        """Begin to measure."""
        self._wanted = wanted
        self._began = time.monotonic()
        self._up = 0.0
        self._starts = 0
        self._kept = b""
        self.reason = ""
        text = re.escape((wanted.text or USUAL_TEXT)[: _OVERLAP // 2])
        named = [f"(?P<{name}>{pattern})" for name, pattern in _FATAL.items()]
        # The firmware comes first: its own words never pass for the guest's.
        every = "|".join([f"(?P<firmware>{_FIRMWARE})", *named, f"(?P<text>{text})"])
        self._events = re.compile(every.encode())

    def hear(self, piece: bytes) -> None:
        """Take in what came."""
        before = self._kept[-_OVERLAP:]
        for match in self._events.finditer(before + piece):
            if match.end() > len(before) and match.lastgroup:
                self._note(match.lastgroup)
        self._kept = (self._kept + piece)[-KEPT:]

    def _note(self, event: str) -> None:
        if event == "firmware":
            self._starts += 1
            self._up = 0.0
            if self._starts > RESTARTS + 1:
                self.reason = self.reason or "reboot-loop"
        elif event == "text":
            self._up = self._up or time.monotonic()
        else:
            self.reason = self.reason or event.replace("_", "-")

    @property
    def is_up(self) -> bool:
        """Whether it said so, and went on without starting over for as long as asked."""
        lasted = time.monotonic() - self._up
        return not self.reason and self._up > 0 and lasted >= self._wanted.polls * POLL

    @property
    def is_decided(self) -> bool:
        """Whether there is nothing left to wait for."""
        return bool(self.reason) or self.is_up

    @property
    def seconds(self) -> float:
        """From the start to the text; to now where it never came."""
        return round((self._up or time.monotonic()) - self._began, 3)

    @property
    def said(self) -> str:
        """The end of what was said, without control characters."""
        text = _ESCAPE.sub(b"", self._kept).decode("utf-8", "replace")
        lines = ("".join(filter(str.isprintable, line)).strip() for line in text.splitlines())
        return "\n".join(line for line in lines if line)[-2000:]
