"""Where Prometheus' retention is written: its arguments, or prometheus.yml where that may."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from phoenix_dr.adapters import _command, _yaml
from phoenix_dr.adapters._command import Limits, clean_env
from phoenix_dr.adapters._settings import SettingsFile
from phoenix_dr.adapters.prometheus import amounts, arguments
from phoenix_dr.core.model import SpanRule
from phoenix_dr.errors import EngineError

KEY = ("storage", "tsdb", "retention")
PROMTOOL_SECONDS = 60
TOLD = 300
"""Characters shown of what promtool says."""
_QUOTED = re.compile(r"`[^`]*`|\"[^\"]*\"")


@dataclass(frozen=True, slots=True)
class Files:
    """The two files a retention may stand in; each may be absent."""

    engine: str
    arguments: str | None
    config: str | None
    environ: Mapping[str, str]
    program: str = "promtool"

    def place(self) -> SettingsFile:
        """The file to edit: where the rule stands, else the arguments, else prometheus.yml.

        Raises EngineError: retention-no-file, retention-twice (it stands in both),
        arguments-unclear.
        """
        in_config = self.config is not None and _in_config(self._file(self.config).text())
        if in_config and self.arguments is not None and self._in_arguments(self.arguments):
            raise EngineError("retention-twice", engine=self.engine)
        path = self.config if in_config else self.arguments or self.config
        if path is None:
            raise EngineError("retention-no-file", engine=self.engine)
        return self._file(path)

    def written(self) -> SpanRule | None:
        """The rule the files ask for; None without files. Raises as `place`."""
        if self.arguments is None and self.config is None:
            return None
        place = self.place()
        return self._rule(place, place.text())

    def write(self, wanted: SpanRule, *, seen: str, cancel: threading.Event) -> bool:
        """Set the rule; False when the file says so already and nothing was done.

        Raises PlanStale (settings-changed), EngineError (as `place`, config-refused) and
        EngineUnreachable (program-missing) before anything is replaced.
        """
        place = self.place()
        before = place.require(seen)
        if self._is_config(place):
            after, check = _in_yaml(before, wanted), self._promtool(place, cancel)
        else:
            with _clear(self.engine, place):
                after, check = arguments.edited(before, wanted), _nothing
        if after == before:
            return False
        if amounts.words(self._rule(place, after)) != amounts.words(wanted):
            raise EngineError("arguments-unclear", engine=self.engine, path=str(place.path))
        place.replace(after, seen=seen, check=check)
        return True

    def _file(self, path: str) -> SettingsFile:
        return SettingsFile(self.engine, Path(path))

    def _is_config(self, place: SettingsFile) -> bool:
        return str(place.path) == str(Path(self.config or "")) and self.config is not None

    def _in_arguments(self, path: str) -> bool:
        place = self._file(path)
        with _clear(self.engine, place):
            return arguments.stands(place.text())

    def _rule(self, place: SettingsFile, text: str) -> SpanRule:
        if not self._is_config(place):
            with _clear(self.engine, place):
                return arguments.read(text)
        said = _retention(text)
        try:
            return amounts.rule(*(_word(said.get(name)) for name in ("time", "size")))
        except ValueError:
            raise EngineError(
                "retention-unread", engine=self.engine, detail=str(place.path)
            ) from None

    def _promtool(self, place: SettingsFile, cancel: threading.Event) -> Callable[[Path], None]:
        def check(fresh: Path) -> None:
            result = _command.run(
                [self.program, "check", "config", str(fresh)],
                env=clean_env(self.environ, {}),
                limits=Limits(seconds=PROMTOOL_SECONDS, output=1 << 20),
                cancel=cancel,
            )
            if result.code != 0:
                said = _told(result.stderr + result.stdout, fresh, place.path)
                raise EngineError("config-refused", engine=self.engine, detail=said)

        return check


@contextmanager
def _clear(engine: str, place: SettingsFile) -> Iterator[None]:
    try:
        yield
    except arguments.Unclear:
        raise EngineError("arguments-unclear", engine=engine, path=str(place.path)) from None


def _nothing(fresh: Path) -> None:
    """Arguments were checked word by word already; no tool reads such a file."""


def _told(output: bytes, fresh: Path, real: Path) -> str:
    """What promtool complains of, in one line; values it quotes may be secrets and stay out."""
    text = output.decode("utf-8", "replace").replace(str(fresh), str(real))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith(("Checking ", "SUCCESS"))]
    return _QUOTED.sub("…", " ".join(lines).removeprefix("FAILED: "))[:TOLD]


def _in_config(text: str) -> bool:
    # Reading YAML is slow; most files never say the word.
    return "retention" in text and bool(_retention(text))


def _retention(text: str) -> dict[str, object]:
    found: object = _yaml.read(text) if text.strip() else {}
    for part in KEY:
        found = found.get(part) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _word(value: object) -> str | None:
    return None if value is None else str(value)


def _in_yaml(text: str, wanted: SpanRule) -> str:
    said = _retention(text)
    if unknown := said.keys() - {"time", "size"}:
        raise EngineError("edit-cannot-keep", key=_yaml.shown((*KEY, min(unknown))))
    for name, word in zip(("time", "size"), amounts.words(wanted), strict=True):
        if word is not None and _word(said.get(name)) != word:
            text = _yaml.assigned(text, (*KEY, name), word)
        elif word is None and name in said:
            text = _yaml.removed(text, (*KEY, name))
    return text
