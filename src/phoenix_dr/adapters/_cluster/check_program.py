"""What runs in the pod of a check job: a constant text, the same for every claim.

It is no part of this process, so it stands here as text: Python 3.8 and its standard library are
all it may use. It writes one JSON object where its pod leaves a last message, and nothing else.
"""

from __future__ import annotations

DATA, LOG, SCRATCH = "/data", "/dev/termination-log", "/scratch"
"""Where the claim is mounted, where the report goes, where a database may be copied to."""

PROGRAM = r'''
import json, os, shutil, socket, sqlite3, stat, subprocess, sys, time
from urllib.parse import quote

ROOT, OUT, SCRATCH = sys.argv[1:4]
ASKED = json.loads(sys.argv[4])
UNTIL = time.monotonic() + ASKED["seconds"]
NAMES = []
COUNT = dict.fromkeys(
    ("files", "size", "read", "unreadable", "databases", "sound", "faulty"), 0)


def name(path):
    if len(NAMES) < 3:
        NAMES.append(os.fsencode(os.path.relpath(path, ROOT)).decode("ascii", "replace")[:100])


def reached():
    # A network policy may take a moment to hold: only what always gets through is open.
    host = os.environ.get("KUBERNETES_SERVICE_HOST")
    port = os.environ.get("KUBERNETES_SERVICE_PORT")
    if not host or not port:
        return None
    for turn in range(ASKED["knocks"]):
        try:
            socket.create_connection((host, int(port)), timeout=2).close()
        except OSError:
            return False
        time.sleep(ASKED["pause"])
    return True


def denied(error):
    COUNT["unreadable"] += 1
    name(error.filename or ROOT)


def walk():
    for folder, folders, files in os.walk(ROOT, onerror=denied):
        if folder == ROOT and "lost+found" in folders:
            folders.remove("lost+found")
        for each in files:
            path = os.path.join(folder, each)
            try:
                seen = os.lstat(path)
                if not stat.S_ISREG(seen.st_mode):
                    continue
                COUNT["files"] += 1
                COUNT["size"] += seen.st_size
                found = read(path)
            except OSError:
                COUNT["unreadable"] += 1
                name(path)
                continue
            if found:
                COUNT["databases"] += 1
                database(path)


def read(path):
    """Whether it begins as a SQLite database does; read to its end while there is time."""
    opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        head = piece = os.read(opened, 1 << 16)
        while piece and time.monotonic() < UNTIL:
            piece = os.read(opened, 1 << 20)
        COUNT["read"] += not piece
        return head.startswith(b"SQLite format 3\0")
    finally:
        os.close(opened)


def size(path):
    try:
        seen = os.lstat(path)
    except OSError:
        return 0
    return seen.st_size if stat.S_ISREG(seen.st_mode) else 0


def open_one(path):
    """A database that was in use has part of its data beside it: that is put together elsewhere."""
    beside = [end for end in ("-wal", "-journal") if size(path + end)]
    if not beside:
        return "file:" + quote(os.fsencode(path)) + "?mode=ro&immutable=1"
    if sum(size(path + end) for end in ["", *beside]) > ASKED["room"]:
        return None
    for end in ["", *beside]:
        shutil.copyfile(path + end, os.path.join(SCRATCH, "copy.db" + end))
    return "file:" + quote(os.path.join(SCRATCH, "copy.db"))


def database(path):
    try:
        where = open_one(path)
        if where is None or time.monotonic() >= UNTIL:
            return
        asked = sqlite3.connect(where, uri=True, timeout=1)
        try:
            asked.set_progress_handler(lambda: time.monotonic() >= UNTIL, 100000)
            asked.execute("PRAGMA trusted_schema=OFF")
            sound = asked.execute("PRAGMA integrity_check(1)").fetchall() == [("ok",)]
        finally:
            asked.close()
    except sqlite3.OperationalError as error:
        # A collation or module of the application's own, or no time left: nobody can say.
        if "malformed" not in str(error) and "disk image" not in str(error):
            return
        sound = False
    except sqlite3.DatabaseError:
        sound = False
    except OSError:
        return
    finally:
        for end in ("", "-wal", "-shm", "-journal"):
            if os.path.exists(os.path.join(SCRATCH, "copy.db" + end)):
                os.unlink(os.path.join(SCRATCH, "copy.db" + end))
    COUNT["sound" if sound else "faulty"] += 1
    if not sound:
        name(path)


def command(argv):
    paths = {"PATH": os.environ.get("PATH", "/usr/local/bin:/usr/bin:/bin"), "HOME": SCRATCH}
    try:
        return subprocess.run(
            argv, cwd=ROOT, env=paths, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, timeout=max(UNTIL - time.monotonic(), 1)).returncode & 255
    except subprocess.TimeoutExpired:
        return 124
    except OSError:
        return 127


open_way = reached()
code = None
if not ASKED["argv"]:
    walk()
elif open_way is False:
    code = command(ASKED["argv"])
told = dict(COUNT, names=NAMES, reached=open_way, code=code)
if len(json.dumps(told)) > 3500:
    told["names"] = []
with open(OUT, "w") as out:
    out.write(json.dumps(told))
'''
