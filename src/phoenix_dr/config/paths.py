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
    home = home_of(environ)
    asked = config or environ.get("PHOENIX_CONFIG")
    local = here / FILE
    found = Path(asked) if asked else (local if local.exists() else SYSTEM_FILE)
    return Settings(
        config_path=here / found,
        state_dir=here / (state or environ.get("PHOENIX_STATE") or _state(environ, home)),
        language=_language(language or environ.get("PHOENIX_LANGUAGE")),
        # Only 0700 folders of our own are made inside.
        drill_dir=here / environ.get("PHOENIX_DRILLS", "/var/tmp"),  # noqa: S108
        home=home,
    )


def home_of(environ: Mapping[str, str]) -> Path:
    """The home directory; the root directory for a user who has none."""
    home = Path(environ.get("HOME") or os.path.expanduser("~"))
    return home if home.is_absolute() else Path("/")


def _state(environ: Mapping[str, str], home: Path) -> Path:
    if os.geteuid() == 0:
        return SYSTEM_STATE
    return Path(environ.get("XDG_STATE_HOME") or home / ".local" / "state") / "phoenix"


def _language(asked: str | None) -> str | None:
    """Asked for by a person; a locale is not: it gives way to the estate's language."""
    if not asked:
        return None
    return "fr" if asked.lower().startswith("fr") else "en"


def require_safe(path: Path) -> None:
    """Raise ConfigError unless the file is there and only root or this user can change it.

    The configuration names programs and commands: who can write it can run them.
    """
    try:
        found = path.stat()
        # Of a link, too: who can replace it chooses the file.
        folders = [folder.stat() for folder in {path.absolute().parent, path.resolve().parent}]
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
    if any(each.st_mode & stat.S_IWOTH and not each.st_mode & stat.S_ISVTX for each in folders):
        raise ConfigError("config-folder-writable", path=str(path.parent))
