"""A hostile restored tree loses its teeth, and nothing outside it changes."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import threading
from pathlib import Path

import pytest

from build_trees import write
from phoenix_dr.adapters import _tree
from phoenix_dr.sandboxes.sanitize import NOBODY, sanitize
from tools import find

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices and owners")


def hostile(tmp_path: Path) -> tuple[Path, Path]:
    """A tree with everything in it that bites, and something outside for it to reach."""
    outside = tmp_path / "outside"
    write(outside / "file").chmod(0o4755)
    root = tmp_path / "tree"
    write(root / "setuid").chmod(0o4755)
    write(root / "setgid").chmod(0o2755)
    write(root / "locked" / "secret").chmod(0o000)
    (root / "locked").chmod(0o000)
    write(root / "new\nline")
    (root / "passwd").symlink_to("/etc/passwd")
    (root / "everything").symlink_to("/")
    (root / "out").symlink_to(outside)
    os.mkfifo(root / "fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.open(root, os.O_RDONLY)
        listener.bind(f"/proc/self/fd/{here}/socket")
        os.close(here)
    return root, outside


def picture(path: Path) -> list[tuple[str, int, int, int]]:
    found = [path, *sorted(path.rglob("*"))]
    return [(str(p), (s := p.lstat()).st_mode, s.st_uid, s.st_ino) for p in found]


def test_a_hostile_tree_is_made_harmless(tmp_path: Path) -> None:
    root, outside = hostile(tmp_path)
    before = picture(outside), Path("/etc/passwd").stat().st_uid, Path("/").stat().st_mode
    done = sanitize(root)
    assert (done.fifos, done.sockets, done.set_id, done.unread) == (1, 1, 2, 0)
    assert (picture(outside), Path("/etc/passwd").stat().st_uid, Path("/").stat().st_mode) == before
    for path in root.rglob("*"):
        found = path.lstat()
        assert stat.S_IFMT(found.st_mode) in {stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK}
        assert stat.S_ISLNK(found.st_mode) or not found.st_mode & 0o6000
        assert found.st_uid == (NOBODY if os.geteuid() == 0 else os.geteuid())
    assert (root / "locked" / "secret").stat().st_mode & 0o777 == 0o400
    assert (root / "new\nline").read_bytes() == b"content\n"
    assert os.readlink(root / "everything") == "/"


@needs_root
def test_devices_go(tmp_path: Path) -> None:
    root = tmp_path / "tree"
    root.mkdir()
    os.mknod(root / "null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    os.mknod(root / "disk", stat.S_IFBLK | 0o666, os.makedev(7, 0))
    assert sanitize(root).devices == 2
    assert os.listdir(root) == []


@needs_root
def test_file_capabilities_go(tmp_path: Path) -> None:
    if find("setcap") is None:
        pytest.skip("setcap is not installed")
    program = write(tmp_path / "tree" / "ping")
    subprocess.run(["setcap", "cap_net_raw+ep", program], check=True, timeout=10)
    assert "security.capability" in os.listxattr(program)
    sanitize(tmp_path / "tree")
    assert "security.capability" not in os.listxattr(program)


def test_a_link_in_place_of_the_tree_is_refused(tmp_path: Path) -> None:
    _, outside = hostile(tmp_path)
    before = picture(outside)
    (tmp_path / "link").symlink_to(outside)
    with pytest.raises(OSError, match=r"Not a directory|Too many levels"):
        sanitize(tmp_path / "link")
    with _tree.opened(tmp_path) as folder, pytest.raises(OSError, match=r"Not a dir|Too many"):
        _tree.remove(folder, "link")
    assert picture(outside) == before


def test_a_link_swapped_in_meanwhile_leads_nowhere(tmp_path: Path) -> None:
    """A folder and a link to the outside change places while we walk, clean and remove."""
    outside = tmp_path / "outside"
    for number in range(30):
        write(outside / f"f{number}").chmod(0o4755)
    root = tmp_path / "tree"
    root.mkdir()
    (root / "a").mkdir()
    (root / "b").symlink_to(outside)
    before = picture(outside)
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            for old, new in (("a", "c"), ("b", "a"), ("c", "b")):
                try:
                    os.rename(root / old, root / new)
                except OSError:
                    pass

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        for _ in range(300):
            try:
                sanitize(root)
            except FileNotFoundError:
                continue
        with _tree.opened(tmp_path) as folder:
            for _ in range(5):
                try:
                    _tree.remove(folder, "tree")
                except OSError:
                    pass
    finally:
        stop.set()
        thread.join()
    assert picture(outside) == before


def test_a_tree_that_cannot_be_removed_says_so(tmp_path: Path) -> None:
    write(tmp_path / "plain")
    with _tree.opened(tmp_path) as folder, pytest.raises(NotADirectoryError):
        _tree.remove(folder, "plain")
    assert (tmp_path / "plain").exists()
