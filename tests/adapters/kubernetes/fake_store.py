"""What the fake API server holds: objects by kind, and what each token may do with them."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from adapters.kubernetes.fake_schema import CORE, Kind, faults, kinds, pruned

Object = dict[str, Any]
Key = tuple[str, str, str, str]
"""Group, plural, namespace ("" for none), name."""


class Refusal(Exception):
    """An answer that is no success: the Status of the API."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.code, self.reason, self.message = code, reason, message


@dataclass(frozen=True)
class Rule:
    """What a token may do, as RBAC has it; `namespace` None is everywhere."""

    verbs: frozenset[str]
    groups: frozenset[str]
    resources: frozenset[str]
    namespace: str | None = None

    def allows(self, verb: str, group: str, resource: str, namespace: str) -> bool:
        """Whether one request falls under it."""
        return (
            bool({verb, "*"} & self.verbs)
            and bool({group, "*"} & self.groups)
            and bool({resource, "*"} & self.resources)
            and self.namespace in (None, namespace)
        )


def rule(verbs: str, group: str, resources: str, namespace: str | None = None) -> Rule:
    """A rule written with spaces; group `core` is ""."""
    groups = frozenset("" if each == "core" else each for each in group.split())
    return Rule(frozenset(verbs.split()), groups, frozenset(resources.split()), namespace)


ADMIN = (rule("*", "*", "*"),)
READER = (rule("get list watch", "*", "*"),)


@dataclass
class Fault:
    """What a path does instead: a status, late, or a cut connection; `times` of them."""

    code: int | None = None
    delay: float = 0.0
    drop: bool = False
    times: int = 1_000_000


@dataclass
class Store:
    """The cluster. `hooks` are webhooks and controllers: they see every write after it.

    `steps` are controllers, too: they go one step on before every read. `accounts` are the names
    of tokens, `used` the rights they asked for: token, namespace, group, resource, verb;
    `answers` are those given to questions whatever is asked.
    """

    served: tuple[Kind, ...] = ()
    objects: dict[Key, Object] = field(default_factory=dict)
    tokens: dict[str, tuple[Rule, ...]] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)
    hooks: list[Callable[[Store, str, Object], None]] = field(default_factory=list)
    steps: list[Callable[[Store], None]] = field(default_factory=list)
    applied: dict[tuple[str, ...], Object] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    used: set[tuple[str, str, str, str, str]] = field(default_factory=set)
    answers: dict[str, Object] = field(default_factory=dict)
    version: str = "v1.33.4+k3s1"
    revision: int = 100

    def kind(self, group: str, plural: str) -> Kind | None:
        """The resource served under a name."""
        return next((k for k in self.served if (k.group, k.plural) == (group, plural)), None)

    def named(self, name: str) -> Kind:
        """The resource of a kind such as `RecurringJob`."""
        return next(kind for kind in self.served if kind.kind == name)

    def put(self, kind: str, name: str, namespace: str = "", **parts: Any) -> Object:
        """Have an object there, status and all; wrong ones are a mistake in the test."""
        resource = self.named(kind)
        version = f"{resource.group}/{resource.version}".lstrip("/")
        made: Object = {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **parts}
        made["metadata"] = {"name": name, **parts.get("metadata", {})}
        if namespace:
            made["metadata"]["namespace"] = namespace
        wrong = faults(made, resource.schema)
        assert not wrong, wrong
        return self.keep(resource, made)

    def keep(self, kind: Kind, made: Object) -> Object:
        """Store an object with the facts a server adds."""
        self.revision += 1
        meta = made["metadata"]
        key = (kind.group, kind.plural, meta.get("namespace", ""), meta["name"])
        before = self.objects.get(key)
        meta["resourceVersion"] = str(self.revision)
        old = before["metadata"] if before else {}
        meta["uid"] = old.get("uid") or str(uuid.uuid4())
        stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        meta.setdefault("creationTimestamp", old.get("creationTimestamp", stamp))
        self.objects[key] = made
        return made

    def list(self, kind: Kind, namespace: str) -> list[Object]:
        """Objects of a kind in their order, in one namespace or in all."""
        return [
            each
            for key, each in sorted(self.objects.items())
            if key[:2] == (kind.group, kind.plural) and namespace in ("", key[2])
        ]

    def get(self, kind: Kind, namespace: str, name: str) -> Object:
        """One object, or 404."""
        found = self.objects.get((kind.group, kind.plural, namespace, name))
        if found is None:
            raise Refusal(404, "NotFound", f'{_resource(kind)} "{name}" not found')
        return found

    def checked(self, kind: Kind, made: Object, *, strict: bool) -> Object:
        """The object as it will be stored; 422 for a wrong one, 400 for unknown fields."""
        wrong = faults(made, kind.schema)
        unknown = [each for each in wrong if each.startswith("unknown field")]
        if strict and unknown:
            raise Refusal(400, "BadRequest", f"strict decoding error: {'; '.join(unknown)}")
        bad = [each for each in wrong if not each.startswith("unknown field")]
        if bad:
            name = made.get("metadata", {}).get("name", "")
            raise Refusal(422, "Invalid", f'{kind.kind} "{name}" is invalid: {"; ".join(bad)}')
        meta = made["metadata"]
        kept: Object = pruned(copy.deepcopy(made), kind.schema)
        kept["metadata"] = copy.deepcopy(meta)
        return kept

    def happened(self, verb: str, made: Object) -> None:
        """Tell controllers."""
        for hook in self.hooks:
            hook(self, verb, made)

    def may(self, token: str, verb: str, kind: Kind, namespace: str, *, name: str = "") -> None:
        """403 unless a rule of the token allows it."""
        rules = self.tokens[token]
        self.used.add((token, namespace, kind.group, kind.plural, verb))
        if not any(each.allows(verb, kind.group, kind.plural, namespace) for each in rules):
            where = f' in the namespace "{namespace}"' if namespace else " at the cluster scope"
            what = f'{kind.plural} "{name}"' if name else kind.plural
            raise Refusal(
                403,
                "Forbidden",
                f'{what} is forbidden: User "system:serviceaccount:phoenix:audit" cannot {verb} '
                f'resource "{kind.plural}" in API group "{kind.group}"{where}',
            )


def store(*excerpts: str, tokens: Iterable[tuple[str, tuple[Rule, ...]]] = ()) -> Store:
    """A cluster with the core kinds and those of these excerpts."""
    served = (*CORE, *(kind for name in excerpts for kind in kinds(name)))
    return Store(served, tokens=dict(tokens))


def _resource(kind: Kind) -> str:
    return f"{kind.plural}.{kind.group}" if kind.group else kind.plural
