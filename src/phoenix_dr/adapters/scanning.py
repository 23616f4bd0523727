"""What QR codes on a picture say, read by zbarimg."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from phoenix_dr.adapters._command import Limits, clean_env, run
from phoenix_dr.errors import EngineError, EngineUnreachable

_LIMITS = Limits(seconds=60, output=64 << 10)


def scanned(image: Path, *, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The text of each QR code on a picture.

    Raises EngineUnreachable image-missing, EngineError image-no-code.
    """
    if not image.is_file():
        raise EngineUnreachable("image-missing", path=str(image))
    # Only QR codes: other readers see barcodes in noise.
    line = ["zbarimg", "--quiet", "--raw", "--nodbus", "-Sdisable", "-Sqrcode.enable"]
    result = run([*line, str(image.absolute())], env=clean_env(environ, {}), limits=_LIMITS)
    found = tuple(
        filter(None, map(str.strip, result.stdout.decode("utf-8", "replace").split("\n")))
    )
    if not found:
        raise EngineError("image-no-code", path=str(image))
    return found
