"""Empty restic repositories for whole estates, whose keys open in no time.

restic makes each key as dear as this machine allows (half a second of scrypt at every start).
Here a repository made by restic gets one more key of the same format, with a cheap scrypt, and
loses its first one: nothing else differs. Format: restic's docs/design.rst, "Keys, Encryption
and MAC".
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from build_restic import PASSWORD
from tools import program

ENGINES = ("home", "offsite")
COST = {"N": 16, "r": 1, "p": 1}


@cache
def empty() -> Path:
    """A folder with an empty repository per engine, made once per test process."""
    # The tests' own home, which pytest clears away.
    root = Path(tempfile.mkdtemp(prefix="repositories-", dir=os.environ["HOME"]))
    with ThreadPoolExecutor() as pool:
        for begun in [pool.submit(_begin_empty, root / name) for name in ENGINES]:
            begun.result()
    return root


def _begin_empty(repository: Path) -> None:
    begin(
        program("restic"),
        {
            "PATH": os.environ["PATH"],
            "HOME": str(repository.parent),
            "RESTIC_PASSWORD": PASSWORD,
            "RESTIC_REPOSITORY": str(repository),
        },
    )


def begin(restic: str, environ: dict[str, str]) -> None:
    """`restic init`, then a cheap key in place of the dear one."""
    calm = environ | {"RESTIC_CACHE_DIR": environ.get("RESTIC_CACHE_DIR", environ["HOME"])}
    subprocess.run([restic, "init"], env=calm, check=True, stdout=subprocess.DEVNULL, timeout=60)
    password = environ.get("RESTIC_PASSWORD") or Path(environ["RESTIC_PASSWORD_FILE"]).read_text()
    _replace_key(restic, calm, password.strip())


def rekey(repository: Path, was: str, now: str) -> None:
    """Another password for a repository, as `restic key passwd`; the new key is cheap too."""
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(repository.parent),
        "RESTIC_CACHE_DIR": str(repository.with_name("cache")),
        "RESTIC_PASSWORD": was,
        "RESTIC_REPOSITORY": str(repository),
    }
    _replace_key(program("restic"), environ, now)


def _replace_key(restic: str, environ: dict[str, str], password: str) -> None:
    told = subprocess.run(
        [restic, "--no-lock", "cat", "masterkey"], env=environ, check=True, capture_output=True,
        timeout=60,
    )  # fmt: skip
    keys = Path(environ["RESTIC_REPOSITORY"], "keys")
    [before] = keys.iterdir()
    text = _key_file(json.loads(before.read_text()), password, told.stdout)
    (keys / hashlib.sha256(text).hexdigest()).write_bytes(text)
    before.unlink()


def cheap_init(folder: Path) -> None:
    """A program `restic` in `folder`: the real one, but repositories begin with a cheap key."""
    real = program("restic")
    begin_here = f"exec {sys.executable} {Path(__file__)} {real}"
    put_shim(folder, f'case " $* " in *" init "*) {begin_here};; esac\nexec {real} "$@"')


def put_shim(folder: Path, script: str) -> None:
    """A program named restic in `folder`: a shell script."""
    folder.mkdir(exist_ok=True)
    shim = folder / "restic"
    shim.write_text(f"#!/bin/sh\n{script}\n")
    shim.chmod(0o755)


def _key_file(dear: dict[str, object], password: str, master: bytes) -> bytes:
    salt, nonce = os.urandom(64), os.urandom(16)
    derived = hashlib.scrypt(
        password.encode(), salt=salt, n=COST["N"], r=COST["r"], p=COST["p"], dklen=64
    )
    stream = b"".join(_blocks(derived[:32], nonce, len(master)))
    sealed = bytes(a ^ b for a, b in zip(master, stream, strict=False))
    mac = _poly1305(sealed, r=derived[48:], s=_aes(derived[32:48], nonce))
    data = {"salt": salt, "data": nonce + sealed + mac}
    coded = {name: base64.b64encode(value).decode() for name, value in data.items()}
    return json.dumps({**dear, **COST, **coded}).encode()


def _blocks(key: bytes, nonce: bytes, length: int) -> Iterator[bytes]:
    first = int.from_bytes(nonce, "big")
    for number in range(-(-length // 16)):
        yield _aes(key, ((first + number) % (1 << 128)).to_bytes(16, "big"))


def _poly1305(message: bytes, *, r: bytes, s: bytes) -> bytes:
    clamped = int.from_bytes(r, "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total = 0
    for at in range(0, len(message), 16):
        piece = int.from_bytes(message[at : at + 16] + b"\1", "little")
        total = (total + piece) * clamped % ((1 << 130) - 5)
    return ((total + int.from_bytes(s, "little")) % (1 << 128)).to_bytes(16, "little")


def _twice(byte: int) -> int:
    return (byte << 1 ^ (0x11B if byte & 0x80 else 0)) & 0xFF


@cache
def _box() -> bytes:
    power, powers = 1, []
    for _ in range(255):
        powers.append(power)
        power ^= _twice(power)
    found = bytearray(256)
    for value in range(256):
        inverse = powers[-powers.index(value) % 255] if value else 0
        turned = [(inverse << n | inverse >> (8 - n)) & 0xFF for n in range(5)]
        found[value] = turned[0] ^ turned[1] ^ turned[2] ^ turned[3] ^ turned[4] ^ 0x63
    return bytes(found)


def _aes(key: bytes, block: bytes) -> bytes:
    """One block of AES (FIPS 197), for keys of 16 or 32 bytes."""
    box, size = _box(), len(key) // 4
    words = [key[at : at + 4] for at in range(0, len(key), 4)]
    constant = 1
    for index in range(size, 4 * (size + 7)):
        word = words[-1]
        if index % size == 0:
            word = bytes(box[b] for b in word[1:] + word[:1])
            word = bytes([word[0] ^ constant]) + word[1:]
            constant = _twice(constant)
        elif size > 6 and index % size == 4:
            word = bytes(box[b] for b in word)
        words.append(bytes(a ^ b for a, b in zip(words[-size], word, strict=True)))
    keys = [b"".join(words[at : at + 4]) for at in range(0, len(words), 4)]
    state = bytes(a ^ b for a, b in zip(block, keys[0], strict=True))
    for last, round_key in zip([False] * (size + 5) + [True], keys[1:], strict=True):
        # The rows of the column-wise state are shifted.
        state = bytes(box[state[(at + 4 * (at % 4)) % 16]] for at in range(16))
        if not last:
            state = b"".join(_mixed(state[at : at + 4]) for at in range(0, 16, 4))
        state = bytes(a ^ b for a, b in zip(state, round_key, strict=True))
    return state


def _mixed(column: bytes) -> bytes:
    whole = column[0] ^ column[1] ^ column[2] ^ column[3]
    return bytes(column[at] ^ whole ^ _twice(column[at] ^ column[(at + 1) % 4]) for at in range(4))


if __name__ == "__main__":
    begin(sys.argv[1], dict(os.environ))
