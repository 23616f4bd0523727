"""Where things lie, who may change the configuration, and what is not loaded to find out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from build_config import GOOD, written
from phoenix_dr import config
from phoenix_dr.config import Settings
from phoenix_dr.config.paths import SYSTEM_FILE, SYSTEM_STATE
from phoenix_dr.errors import ConfigError
from phoenix_dr.render.errors import explain
from phoenix_dr.render.phrases import LANGUAGES

HOME = {"HOME": "/home/ada"}


def found(environ: dict[str, str], cwd: Path, **options: str) -> Settings:
    return config.settings({**HOME, **environ}, cwd=cwd, **options)


def test_the_configuration_is_looked_for_in_order(tmp_path: Path) -> None:
    environ = {"PHOENIX_CONFIG": "named.yaml"}
    assert found({}, tmp_path).config_path == SYSTEM_FILE
    written(tmp_path, GOOD)
    assert found({}, tmp_path).config_path == tmp_path / "phoenix.yaml"
    assert found(environ, tmp_path).config_path == tmp_path / "named.yaml"
    assert found(environ, tmp_path, config="/o.yaml").config_path == Path("/o.yaml")


def test_the_state_is_roots_or_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environ = {"PHOENIX_STATE": "own"}
    assert found(environ, tmp_path, state="/s").state_dir == Path("/s")
    assert found(environ, tmp_path).state_dir == tmp_path / "own"
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert found({}, tmp_path).state_dir == Path("/home/ada/.local/state/phoenix")
    assert found({"XDG_STATE_HOME": "/x"}, tmp_path).state_dir == Path("/x/phoenix")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert found({"XDG_STATE_HOME": "/x"}, tmp_path).state_dir == SYSTEM_STATE


@pytest.mark.parametrize(
    ("environ", "option", "language"),
    [
        ({}, None, None),
        ({"LC_ALL": "fr_FR.UTF-8", "LANG": "fr_FR"}, None, None),
        ({"PHOENIX_LANGUAGE": "fr_FR"}, None, "fr"),
        ({"PHOENIX_LANGUAGE": "de"}, None, "en"),
        ({"PHOENIX_LANGUAGE": "fr"}, "en", "en"),
        ({}, "FR", "fr"),
    ],
)
def test_a_language_asked_for_is_known_and_a_locale_leaves_it_to_the_estate(
    tmp_path: Path, environ: dict[str, str], option: str | None, language: str | None
) -> None:
    assert config.settings(environ, cwd=tmp_path, language=option).language == language


def test_drills_and_home(tmp_path: Path) -> None:
    assert found({}, tmp_path).drill_dir == Path("/var/tmp")
    assert found({"PHOENIX_DRILLS": "d"}, tmp_path).drill_dir == tmp_path / "d"
    assert found({}, tmp_path).home == Path("/home/ada")
    assert config.settings({"HOME": "nowhere"}, cwd=tmp_path).home == Path("/")


def test_settings_load_no_parser() -> None:
    script = """
import sys
from pathlib import Path
from phoenix_dr import config
config.settings({"HOME": "/"}, cwd=Path("/"))
try:
    config.require_safe(Path("/no/such/phoenix.yaml"))
except Exception as error:
    print(error)
print(sorted({name.split(".")[0] for name in sys.modules} & {"pydantic", "ruamel"}))
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30)
    assert ran.stdout == "config-missing(path='/no/such/phoenix.yaml')\n[]\n", ran.stderr


def refused(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        config.load(path)
    for language in LANGUAGES:
        assert str(path.parent) in explain(caught.value, language)[0]
    return caught.value.code


def test_a_private_file_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    for mode in (0o400, 0o600, 0o644):
        path.chmod(mode)
        assert config.load(path)


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666, 0o664])
def test_a_file_others_can_write_is_refused(tmp_path: Path, mode: int) -> None:
    path = written(tmp_path, GOOD)
    path.chmod(mode)
    assert refused(path) == "config-writable"
    with pytest.raises(ConfigError):
        config.check(path)


def test_a_folder_in_which_others_can_replace_it_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    path = written(folder, GOOD)
    folder.chmod(0o777)
    assert refused(path) == "config-folder-writable"
    folder.chmod(0o1777)
    assert config.load(path)


def test_a_link_in_an_open_folder_is_refused(tmp_path: Path) -> None:
    closed, folder = tmp_path / "closed", tmp_path / "open"
    closed.mkdir()
    folder.mkdir()
    link = folder / "phoenix.yaml"
    link.symlink_to(written(closed, GOOD))
    assert config.load(link)
    folder.chmod(0o777)
    assert refused(link) == "config-folder-writable"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_file_of_another_user_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    os.chown(path, 12345, 0)
    assert refused(path) == "config-foreign"


def test_what_is_not_there_or_no_file_is_told(tmp_path: Path) -> None:
    assert refused(tmp_path / "phoenix.yaml") == "config-missing"
    (tmp_path / "phoenix.yaml").mkdir()
    assert refused(tmp_path / "phoenix.yaml") == "config-not-a-file"
    link = tmp_path / "loop.yaml"
    link.symlink_to(link)
    assert refused(link) == "config-unreadable"


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, "")
    os.truncate(path, 5 << 20)
    assert refused(path) == "config-too-large"


def test_aliases_cannot_multiply_without_end(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9)]
    assert refused(written(tmp_path, "\n".join(lines))) == "config-too-large"
