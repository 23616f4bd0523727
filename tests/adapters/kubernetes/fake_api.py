"""A Kubernetes API server that speaks real HTTPS on loopback; nothing of ours in it.

Lists come in pages (`limit`, `continue`), writes are checked against the schema of their kind,
`dryRun=All` stores nothing, server-side apply merges by field manager as far as tests need it:
what a manager applied before and no longer names goes away.
"""

from __future__ import annotations

import copy
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from adapters.kubernetes.fake_rbac import QUESTIONS, answered
from adapters.kubernetes.fake_schema import Kind
from adapters.kubernetes.fake_store import Object, Refusal, Store
from adapters.proxmox.fake_pve import certificate

LONGEST = 10.0
APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"


@dataclass
class Fake:
    """A running fake: its cluster, its address and certificate, and what it was asked."""

    store: Store
    url: str
    certificate: Path
    asked: list[tuple[str, str]] = field(default_factory=list)

    def writes(self) -> list[tuple[str, str]]:
        """Requests that change something; dry runs and questions about oneself are left out."""
        return [
            each
            for each in self.asked
            if each[0] != "GET"
            and "dryRun=All" not in each[1]
            and urlsplit(each[1]).path not in QUESTIONS
        ]


@dataclass(frozen=True)
class Where:
    """The resource a path names."""

    kind: Kind
    namespace: str = ""
    name: str = ""
    part: str = ""


@contextmanager
def running(store: Store) -> Iterator[Fake]:
    """The fake on a free port until the block ends."""
    made, key = certificate("k3s.lan")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    fake = Fake(store, f"https://127.0.0.1:{server.server_port}", made)
    server.fake = fake  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def where(store: Store, path: str) -> Where:
    """What a path names; 404 for a kind that is not served."""
    parts = [part for part in path.split("/") if part]
    if parts[:1] == ["api"]:
        group, rest = "", parts[2:]
    elif parts[:1] == ["apis"]:
        group, rest = parts[1] if len(parts) > 1 else "", parts[3:]
    else:
        raise Refusal(404, "NotFound", "the server could not find the requested resource")
    namespace = ""
    if rest[:1] == ["namespaces"] and len(rest) > 2:
        namespace, rest = rest[1], rest[2:]
    kind = store.kind(group, rest[0]) if rest else None
    if kind is None:
        raise Refusal(404, "NotFound", "the server could not find the requested resource")
    padded = [*rest[1:], "", ""]
    return Where(kind, namespace, padded[0], padded[1])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = LONGEST

    def handle(self) -> None:
        try:
            super().handle()
        except (OSError, ssl.SSLError):
            self.close_connection = True

    def _any(self) -> None:
        fake: Fake = self.server.fake  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fake.asked.append((self.command, self.path))
        parts = urlsplit(self.path)
        fault = fake.store.faults.get(parts.path)
        if fault is not None and fault.times > 0:
            fault.times -= 1
            time.sleep(fault.delay)
            if fault.drop:
                self.close_connection = True
                return
            if fault.code is not None:
                self._status(Refusal(fault.code, "InternalError", "a fault"))
                return
        try:
            answer = self._answered(fake.store, parts.path, dict(parse_qsl(parts.query)), body)
        except Refusal as refusal:
            self._status(refusal)
            return
        self._send(200, answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any  # noqa: N815 - http.server's names

    def _answered(self, store: Store, path: str, query: dict[str, str], body: bytes) -> Any:
        if path == "/version":
            return {"gitVersion": store.version}
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in store.tokens:
            raise Refusal(401, "Unauthorized", "Unauthorized")
        if path in QUESTIONS and self.command == "POST":
            return answered(store, token, path, json.loads(body))
        at = where(store, path)
        request = _Request(store, token, at, query, json.loads(body) if body else {})
        request.content_type = self.headers.get("Content-Type", "")
        return getattr(request, self.command.lower())()

    def _status(self, refusal: Refusal) -> None:
        status = {
            "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": refusal.code,
            "reason": refusal.reason, "message": refusal.message, "metadata": {},
        }  # fmt: skip
        self._send(refusal.code, status)

    def _send(self, code: int, answer: Any) -> None:
        data = json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@dataclass
class _Request:
    store: Store
    token: str
    at: Where
    query: dict[str, str]
    body: Object
    content_type: str = ""

    def get(self) -> Any:
        kind, at = self.at.kind, self.at
        self._may("get" if at.name else "list")
        for step in self.store.steps:
            step(self.store)
        if at.name:
            return self.store.get(kind, at.namespace, at.name)
        found = [each for each in self.store.list(kind, at.namespace) if self._chosen(each)]
        start, limit = int(self.query.get("continue", 0)), int(self.query.get("limit", 0))
        page = found[start : start + limit] if limit else found[start:]
        meta: Object = {"resourceVersion": str(self.store.revision)}
        if start + len(page) < len(found):
            meta["continue"] = str(start + len(page))
            meta["remainingItemCount"] = len(found) - start - len(page)
        return {
            "kind": f"{kind.kind}List",
            "apiVersion": f"{kind.group}/{kind.version}".lstrip("/"),
            "metadata": meta,
            "items": page,
        }

    def post(self) -> Object:
        self._may("create")
        made = self._whole(self.body)
        key = (self.at.kind.group, self.at.kind.plural, self.at.namespace, made["metadata"]["name"])
        if key in self.store.objects:
            message = f'{self.at.kind.plural} "{key[3]}" already exists'
            raise Refusal(409, "AlreadyExists", message)
        if self.at.kind.status:
            made.pop("status", None)
        return self._kept("create", made)

    def put(self) -> Object:
        self._may("update")
        old = self.store.get(self.at.kind, self.at.namespace, self.at.name)
        given = self.body.get("metadata", {}).get("resourceVersion")
        if given is not None and given != old["metadata"]["resourceVersion"]:
            raise Refusal(409, "Conflict", "the object has been modified")
        return self._kept("update", self._with_part(old, self._whole(self.body)))

    def patch(self) -> Object:
        self._may("patch")
        key = (self.at.kind.group, self.at.kind.plural, self.at.namespace, self.at.name)
        old = self.store.objects.get(key)
        if self.content_type.startswith(APPLY):
            if old is None:
                # What apply makes needs both rights.
                self._may("create")
            return self._applied(old)
        if old is None:
            self.store.get(self.at.kind, self.at.namespace, self.at.name)
        merged = _merged(copy.deepcopy(old), self.body)
        return self._kept("patch", self._with_part(old or {}, self._whole(merged)))

    def delete(self) -> Object:
        self._may("delete")
        found = self.store.get(self.at.kind, self.at.namespace, self.at.name)
        wanted = (self.body.get("preconditions") or {}).get("uid")
        if wanted is not None and wanted != found["metadata"]["uid"]:
            message = f"Precondition failed: UID in precondition: {wanted}"
            raise Refusal(409, "Conflict", message)
        if "dryRun" not in self.query:
            kind, at = self.at.kind, self.at
            del self.store.objects[kind.group, kind.plural, at.namespace, at.name]
            self.store.happened("delete", found)
        return found

    def _applied(self, old: Object | None) -> Object:
        """Server-side apply: fields another manager set stay, fields we dropped go."""
        manager = self.query.get("fieldManager")
        if not manager:
            raise Refusal(400, "BadRequest", "fieldManager is required for apply patch")
        kind, at = self.at.kind, self.at
        given = self.body.get("metadata", {}).get("resourceVersion")
        if given and (old is None or given != old["metadata"]["resourceVersion"]):
            raise Refusal(409, "Conflict", "the object has been modified")
        key = (kind.group, kind.plural, at.namespace, at.name, manager)
        before = self.store.applied.get(key, {})
        self._require_own(key, old or {}, before)
        made = self._whole(_merged(_without(copy.deepcopy(old or {}), before), self.body))
        if "dryRun" not in self.query:
            self.store.applied[key] = copy.deepcopy(self.body)
        return self._kept("patch" if old else "create", made)

    def _require_own(self, key: tuple[str, ...], old: Object, before: Object) -> None:
        """409 where another manager set a field to another value, unless it is taken."""
        mine, named = _leaves(before), _leaves(self.body)
        there = {path: had for path, had in _leaves(old).items() if path not in mine}
        applied = self.store.applied.items()
        others = [(other[-1], _leaves(body)) for other, body in applied
                  if other[:-1] == key[:-1] and other != key]  # fmt: skip
        for other, body in (*others, ("kubectl-edit", there)):
            both = [path for path, had in body.items() if named.get(path, had) != had]
            if both and self.query.get("force") != "true":
                told = ", ".join("." + ".".join(path) for path in both)
                message = f'Apply failed with {len(both)} conflict: conflict with "{other}": {told}'
                raise Refusal(409, "Conflict", message)

    def _may(self, verb: str) -> None:
        part = f"/{self.at.part}" if self.at.part else ""
        kind = self.at.kind
        if part:
            kind = Kind(kind.group, kind.version, kind.kind, f"{kind.plural}{part}")
        self.store.may(self.token, verb, kind, self.at.namespace, name=self.at.name)

    def _whole(self, made: Object) -> Object:
        made = copy.deepcopy(made)
        meta = made.setdefault("metadata", {})
        meta.setdefault("name", self.at.name)
        if self.at.kind.namespaced:
            meta["namespace"] = self.at.namespace
        strict = self.query.get("fieldValidation") == "Strict"
        return self.store.checked(self.at.kind, made, strict=strict)

    def _with_part(self, old: Object, made: Object) -> Object:
        """`/status` changes the status alone; the rest leaves it alone."""
        if self.at.part == "status":
            return {**old, "status": made.get("status", {})}
        if self.at.kind.status and "status" in old:
            made["status"] = old["status"]
        return made

    def _kept(self, verb: str, made: Object) -> Object:
        if "dryRun" in self.query:
            return made
        kept = self.store.keep(self.at.kind, made)
        self.store.happened(verb, kept)
        return kept

    def _chosen(self, found: Object) -> bool:
        labels = found["metadata"].get("labels") or {}
        wanted = [each for each in self.query.get("labelSelector", "").split(",") if each]
        return all(labels.get(key) == value for key, _, value in (w.partition("=") for w in wanted))


def _leaves(made: Any, at: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """Values of an object by their paths, its name and kind left out."""
    if not isinstance(made, dict) or (at and at[0] in ("apiVersion", "kind")):
        return {}
    found: dict[tuple[str, ...], Any] = {}
    for key, value in made.items():
        if isinstance(value, dict):
            found |= _leaves(value, (*at, key))
        elif at != ("metadata",):
            found[(*at, key)] = value
    return found


def _merged(old: Any, new: Any) -> Any:
    if not isinstance(new, dict) or not isinstance(old, dict):
        return copy.deepcopy(new)
    made = dict(old)
    for key, value in new.items():
        if value is None:
            made.pop(key, None)
        else:
            made[key] = _merged(made.get(key), value)
    return made


def _without(base: Any, named: Any) -> Any:
    """The object without the leaves that were named."""
    if not isinstance(base, dict) or not isinstance(named, dict):
        return base
    made = {}
    for key, value in base.items():
        if key not in named:
            made[key] = value
        elif isinstance(value, dict) and isinstance(named[key], dict):
            made[key] = _without(value, named[key])
    return made
