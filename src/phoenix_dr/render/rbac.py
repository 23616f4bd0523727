"""The account of a role in a cluster, as the manifests that make it: data, and YAML to be piped.

Nothing is written by Phoenix: an administrator reads it and hands it to kubectl.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from phoenix_dr.core.cluster_roles import Grant, Rule
from phoenix_dr.render.text import indent
from phoenix_dr.render.view import View
from phoenix_dr.render.yaml_text import scalar

API = "rbac.authorization.k8s.io"
HOME = "phoenix"
"""The namespace of the accounts: nothing runs in it, so nobody there can use them."""
ENFORCED = "pod-security.kubernetes.io/enforce"
BASELINE = "baseline"
"""What a drill's pods may be: no host's network, no host's folders, none that rules the node."""
MARK = "phoenix.io/account"
"""The label of everything that makes an account, so that it can be removed by it."""
FILE = "phoenix.kubeconfig"
HELD = "2160h"
"""How long a token holds: 90 days. The server may give less."""
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Account:
    """One account: its name, what it may do, and the namespaces to be made for drills.

    `notes` are phrases `rbac.note.CODE` with parameters: what RBAC cannot say.
    """

    name: str
    grants: tuple[Grant, ...]
    drills: tuple[str, ...] = ()
    notes: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()


def documents(account: Account) -> tuple[Document, ...]:
    """The objects, each after those it names."""
    made: list[Document] = [_plain("Namespace", HOME)]
    made += [_plain("Namespace", name, labels={ENFORCED: BASELINE}) for name in account.drills]
    marks = {MARK: account.name}
    made.append(_plain("ServiceAccount", account.name, namespace=HOME, labels=marks))
    for grant in account.grants:
        made += _bound(account.name, grant)
    return tuple(made)


def _plain(kind: str, name: str, **meta: Any) -> Document:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, **meta}}


def _bound(name: str, grant: Grant) -> Iterator[Document]:
    where: Document = {"namespace": grant.namespace} if grant.namespace else {}
    where["labels"] = {MARK: name}
    kind = "Role" if grant.namespace else "ClusterRole"
    version, meta = f"{API}/v1", {"name": name, **where}
    rules = [_rule(each) for each in grant.rules]
    yield {"apiVersion": version, "kind": kind, "metadata": meta, "rules": rules}
    yield {
        "apiVersion": version,
        "kind": f"{kind}Binding",
        "metadata": meta,
        "roleRef": {"apiGroup": API, "kind": kind, "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": HOME}],
    }


def _rule(rule: Rule) -> Document:
    return {
        "apiGroups": [rule.group],
        "resources": list(rule.resources),
        "verbs": list(rule.verbs),
    }


def text(account: Account, typed: str, view: View) -> str:
    """One file for `kubectl apply -f -`; what to do with it, and what it cannot say, as comments.

    `typed` is the command that printed it.
    """
    said = [*_head(account, typed, view), ""]
    for each in documents(account):
        said += ["---", *_lines(each)]
    return "\n".join(said)


def _head(account: Account, typed: str, view: View) -> Iterator[str]:
    yield from _comment(view.say("rbac.head", {"account": account.name}), view)
    for code, parameters in account.notes:
        yield from _comment(view.say(f"rbac.note.{code}", parameters), view, bullet=True)
    yield "#"
    for code, line in (
        ("install", f"{typed} | kubectl apply -f -"),
        ("kubeconfig", f"{typed} --kubeconfig | sh"),
        ("token", _token(account.name)),
    ):
        yield from _comment(view.say(f"rbac.{code}", {"file": FILE}), view)
        yield f"#   {view.safe(line)}"


def _comment(said: str, view: View, *, bullet: bool = False) -> Iterator[str]:
    first, rest = ("# - ", "#   ") if bullet else ("# ", "# ")
    yield from indent(said, first=first, rest=rest, columns=view.width)


def _token(account: str) -> str:
    return f"kubectl -n {HOME} create token {account} --duration={HELD}"


def kubeconfig(account: str) -> str:
    """Lines of a shell that write a kubeconfig for its owner alone; no secret is an argument."""
    cluster = "kubectl config view --minify --flatten --raw -o jsonpath="
    return f"""\
umask 077
server="$({cluster}'{{.clusters[0].cluster.server}}')" || exit 1
trusted="$({cluster}'{{.clusters[0].cluster.certificate-authority-data}}')" || exit 1
token="$({_token(account)})" || exit 1
rm -f {FILE}
cat > {FILE} <<END
apiVersion: v1
kind: Config
current-context: phoenix
contexts:
- name: phoenix
  context: {{cluster: phoenix, user: phoenix}}
users:
- name: phoenix
  user: {{token: "$token"}}
clusters:
- name: phoenix
  cluster: {{server: "$server", certificate-authority-data: "$trusted"}}
END"""


def _lines(value: Document, depth: int = 0) -> Iterator[str]:
    """A mapping in block style; lists of words stay on their line."""
    room = "  " * depth
    for name, each in value.items():
        key = f"{room}{scalar(name)}:"
        if isinstance(each, str):
            yield f"{key} {scalar(each)}"
        elif isinstance(each, dict):
            yield key
            yield from _lines(each, depth + 1)
        elif all(isinstance(item, str) for item in each):
            yield f"{key} {_flow(each)}"
        else:
            yield key
            for item in each:
                first, *rest = _lines(item, depth + 1)
                yield f"{room}- {first.lstrip()}"
                yield from rest


def _flow(words: Iterable[str]) -> str:
    return f"[{', '.join(scalar(each) for each in words)}]"
