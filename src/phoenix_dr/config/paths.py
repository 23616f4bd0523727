"""Where configuration, state and drills lie, from options and environment; reads no content."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from phoenix_dr.errors import ConfigError

FILE = "phoenix.yaml"
SYSTEM_FILE = Path("/etc/phoenix") / FILE
SYSTEM_STATE = Path("/var/lib/phoenix")


@dataclass(frozen=True, slots=True)
class Settings:
    """Absolute paths, and the language when a person asked for one.

    `config_path` may not exist yet; `drill_dir` is the folder below which drills restore.
    """

    config_path: Path
    state_dir: Path
    language: str | None
    drill_dir: Path
    home: Path


def settings(
    environ: Mapping[str, str],
    *,
    cwd: Path | None = None,
    config: str | None = None,
    state: str | None = None,
    language: str | None = None,
) -> Settings:
    """Options first, then the environment, then what the system expects."""
    here = cwd or Path.cwd()
    home = Path(environ.get("HOME") or "~").expanduser()
    asked = config or environ.get("PHOENIX_CONFIG")
    local = here / FILE
    found = Path(asked) if asked else (local if local.exists() else SYSTEM_FILE)
    return Settings(
        config_path=here / found,
        state_dir=here / (state or environ.get("PHOENIX_STATE") or _state(environ, home)),
        language=language or _language(environ),
        # Only 0700 folders of our own are made inside.
        drill_dir=here / environ.get("PHOENIX_DRILLS", "/var/tmp"),  # noqa: S108
        home=home,
    )


def _state(environ: Mapping[str, str], home: Path) -> Path:
    if os.geteuid() == 0:
        return SYSTEM_STATE
    return Path(environ.get("XDG_STATE_HOME") or home / ".local" / "state") / "phoenix"


def _language(environ: Mapping[str, str]) -> str | None:
    asked = environ.get("PHOENIX_LANGUAGE", "").lower()[:2]
    return asked if asked in {"fr", "en"} else None


def require_safe(path: Path) -> None:
    """Raise ConfigError unless the file is there and only root or this user can change it.

    The configuration names programs and commands: who can write it can run them.
    """
    try:
        found, folder = path.stat(), path.resolve().parent.stat()
    except FileNotFoundError:
        raise ConfigError("config-missing", path=str(path)) from None
    except OSError as error:
        reason = error.strerror or ""
        raise ConfigError("config-unreadable", path=str(path), reason=reason) from error
    if not stat.S_ISREG(found.st_mode):
        raise ConfigError("config-not-a-file", path=str(path))
    if found.st_uid not in {0, os.geteuid()}:
        raise ConfigError("config-foreign", path=str(path), owner=found.st_uid)
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise ConfigError("config-writable", path=str(path), mode=f"{found.st_mode & 0o7777:04o}")
    if folder.st_mode & stat.S_IWOTH and not folder.st_mode & stat.S_ISVTX:
        raise ConfigError("config-folder-writable", path=str(path.parent))
