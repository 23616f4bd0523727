"""The house as a kit describes it: engines opened with what is in the kit, nothing of here."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from phoenix_dr import config
from phoenix_dr.adapters.base import Places
from phoenix_dr.app.context import Context
from phoenix_dr.app.kit_open import Opened
from phoenix_dr.core import kit
from phoenix_dr.core.model import EngineSpec, Estate, SecretRef, Service

PREFIX = "PHOENIX_KIT_"
"""Names under which engines find the kit's secrets; no child inherits them under these."""
_KEPT = ("PATH", "TMPDIR", "SSH_AUTH_SOCK")


class KitContext(Context):
    """A context whose estate and secrets come from a kit; ledger and drill folder are this house's.

    Engines keep their caches in a folder of their own, so none of the house's answers for them. The
    key file of a borg repository is written there, too: it is locked with the passphrase.
    """

    def __init__(self, ctx: Context, opened: Opened, folder: Path) -> None:
        """`folder` is private and goes when the kit is closed; no secret is written to it."""
        self._secrets: dict[str, str] = {}
        self._folder = folder
        self._opened = opened
        environ = {name: ctx.environ[name] for name in _KEPT if name in ctx.environ}
        super().__init__(ctx.settings, environ, clock=ctx.now, watch=ctx.watch)
        self.__dict__["ledger"] = ctx.ledger
        self.cancel = ctx.cancel

    @cached_property
    def estate(self) -> Estate:
        """The kit's phoenix.yaml with the kit's addresses and secrets in place of references."""
        path = self._folder / "phoenix.yaml"
        path.write_bytes(self._opened.members[kit.ESTATE])
        path.chmod(0o600)
        estate = config.load(path, home=self.settings.home)
        engines = {name: self._of_kit(spec) for name, spec in estate.engines.items()}
        self.environ = {**self.environ, **self._secrets}
        services = {name: self._at_home(each) for name, each in estate.services.items()}
        return replace(
            estate, engines=MappingProxyType(engines), services=MappingProxyType(services)
        )

    @cached_property
    def places(self) -> Places:
        """Locations of the kit's estate, and a cache of our own."""
        return replace(super().places, cache_dir=self._folder / "cache")

    def _at_home(self, service: Service) -> Service:
        """The service with paths where they were in the house, not beside this phoenix.yaml."""
        was = self._opened.manifest.folder if self._opened.manifest else ""
        here = f"{self._folder}/"
        assets = (
            replace(asset, source=asset.source.replace(here, f"{was}/", 1))
            if asset.source.startswith(here)
            else asset
            for asset in service.assets
        )
        return replace(service, assets=tuple(assets))

    def _of_kit(self, spec: EngineSpec) -> EngineSpec:
        names = set(kit.elements_of(spec)) & set(self._opened.members)
        variables = {
            name: self._kept(kit.environment(spec.id, name), ref, names)
            for name, ref in spec.environment.items()
        }
        password = spec.password and self._kept(kit.password(spec.id), spec.password, names)
        if kit.has_key_file(spec):
            variables |= self._own_borg(kit.borg_key(spec.id), names)
        address = kit.address(spec.id)
        found = self._opened.text(address) if address in names else spec.repository
        return replace(spec, repository=found, password=password, environment=variables)

    def _own_borg(self, element: str, names: set[str]) -> dict[str, SecretRef]:
        """A borg home of its own with the kit's key, so that none of this account's helps it.

        Nothing for a repository that was not encrypted: borg opens those it remembers alone.
        """
        text = self._opened.members[element] if element in names else b""
        if element in names and not text.strip():
            return {}
        home = self._folder / f"borg-{len(self._secrets)}"
        keys = home / "keys"
        keys.mkdir(parents=True, mode=0o700)
        if text:
            path = keys / "borg-key"
            path.touch(mode=0o600)
            path.write_bytes(text)
        return {
            "BORG_BASE_DIR": self._said(str(home)),
            "BORG_KEYS_DIR": self._said(str(keys)),
        }

    def _kept(self, element: str, ref: SecretRef, names: set[str]) -> SecretRef:
        """A reference into the kit; to nothing at all where the kit lacks it."""
        return self._said(self._opened.text(element) if element in names else "")

    def _said(self, text: str) -> SecretRef:
        name = f"{PREFIX}{len(self._secrets)}"
        self._secrets[name] = text
        return SecretRef("env", name)


@contextmanager
def house_of(ctx: Context, opened: Opened) -> Iterator[KitContext]:
    """The house a kit describes, closed and its folder removed at the end."""
    with tempfile.TemporaryDirectory(prefix=f"phx-kit-{os.getpid()}-") as folder:
        house = KitContext(ctx, opened, Path(folder))
        with house:
            yield house
