"""Single values of engines that hold guests: names as Proxmox takes them, where dumps lie."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from phoenix_dr.config.scalars import as_path, as_text

FIRST, LAST = 100, 999_999_999
"""Numbers a Proxmox gives to guests."""
MOST_NUMBERS = 1000
"""How many numbers may be kept for drills; more are a slip of the keyboard."""
_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
_PLACE = rf"{_NAME}(/{_NAME}){{0,8}}"
"""PBS nests namespaces eight deep."""
_JOB = r"[A-Za-z][A-Za-z0-9_-]{1,49}"
_LOGIN = r"[^\s:/@!]+@[A-Za-z][A-Za-z0-9._-]*"
_NUMBERS = r"([1-9][0-9]{2,8})(-[1-9][0-9]{2,8})?"
_RCLONE = r"rclone:[A-Za-z0-9_.+@][A-Za-z0-9_.+@ -]*:[^\x00-\x1f\x7f]*"
_SSH = (
    r"ssh://[A-Za-z0-9_][A-Za-z0-9_.-]*@([A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\])"
    r"(:[1-9][0-9]{0,4})?/[^\x00-\x1f\x7f]*"
)
_DUMP = re.compile(rf"{_RCLONE}|{_SSH}", re.ASCII)
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+-]*:")
_MARK = r"(?=.*\S)[^\x00-\x1f\x7f]{1,200}"
NOTES = 1024
"""Characters of notes a job may have."""


def _like(form: str, code: str, *, shown: bool = True) -> BeforeValidator:
    pattern = re.compile(form, re.ASCII)

    def checked(given: object) -> str:
        text = as_text(given)
        if not pattern.fullmatch(text):
            raise PydanticCustomError(code, "form", {"given": text} if shown else {})
        return text

    return BeforeValidator(checked)


def _numbers(given: object) -> tuple[int, int]:
    found = re.fullmatch(_NUMBERS, str(given).strip(), re.ASCII)
    first, last = (int(found[1]), int((found[2] or f"-{found[1]}")[1:])) if found else (0, -1)
    if not FIRST <= first <= last <= LAST or last - first >= MOST_NUMBERS:
        raise PydanticCustomError("bad-numbers", "numbers", {"given": str(given)})
    return first, last


def is_dataplace(given: str) -> bool:
    """Whether this names a datastore of PBS, or a namespace in it."""
    return re.fullmatch(_PLACE, given, re.ASCII) is not None


def _notes(given: object) -> str:
    text = as_text(given)
    if len(text) > NOTES:
        raise PydanticCustomError("long-notes", "notes", {"most": NOTES})
    return text


def _dump(given: object) -> str:
    text = as_text(given)
    if not _ADDRESS.match(text):
        return as_path(text)
    if not _DUMP.fullmatch(text):
        # Never the value: a password may stand in an address.
        raise PydanticCustomError("bad-dump", "dump", {})
    return text


def _form(form: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^{form}$"})


PveName = Annotated[str, _like(_NAME, "bad-pve-name"), _form(_NAME)]
"""A node, storage or bridge; none of them may hold what separates properties."""
Pool = Annotated[str, _like(rf"{_NAME}(/{_NAME}){{0,2}}", "bad-pve-name"), _form(_PLACE)]
JobId = Annotated[str, _like(_JOB, "bad-job-id"), _form(_JOB)]
Login = Annotated[str, _like(_LOGIN, "bad-login", shown=False), _form(_LOGIN)]
"""`USER@REALM`; the name of a token would have a `!`."""
Numbers = Annotated[
    tuple[int, int],
    BeforeValidator(_numbers),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "pattern": rf"^{_NUMBERS}$"}, {"type": "integer"}]}
    ),
]
"""The first and last number of a range of guests."""
Notes = Annotated[str, BeforeValidator(_notes), WithJsonSchema({"type": "string"})]
Dump = Annotated[str, BeforeValidator(_dump), _form(r"(/|~/|~$|rclone:|ssh://).*")]
"""A folder of archives: a path, `rclone:REMOTE:PATH` or `ssh://USER@HOST[:PORT]/PATH`."""
Mark = Annotated[
    str, _like(_MARK, "console-long"), WithJsonSchema({"type": "string", "pattern": f"^{_MARK}$"})
]
"""What a machine says on its console: one line, short enough to be heard in pieces."""
