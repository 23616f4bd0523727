"""RBAC as an API server has it: rights of a token from the manifests of its account.

Nothing of ours in it: what is printed is read as YAML and judged by Kubernetes' own rules.
"""

from __future__ import annotations

from typing import Any

from ruamel.yaml import YAML

from adapters.kubernetes.fake_store import Object, Rule, Store

RBAC = "rbac.authorization.k8s.io"
REVIEW = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
WHO = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
QUESTIONS = frozenset({REVIEW, WHO})
"""Posts that create nothing: an API server answers them and forgets them."""


def documents(text: str) -> list[Object]:
    """The objects of a file with several documents."""
    return [each for each in YAML(typ="safe", pure=True).load_all(text) if each]


def install(store: Store, text: str, *, token: str = "") -> list[Object]:
    """Have an account with the rights of its manifests; `token` is what it shows."""
    found = documents(text)
    for each in found:
        assert set(each) <= {"apiVersion", "kind", "metadata", "rules", "roleRef", "subjects"}, each
    accounts = [each for each in found if each["kind"] == "ServiceAccount"]
    [account] = accounts
    who = account["metadata"]
    bindings = [each for each in found if each["kind"].endswith("Binding")]
    wide = frozenset(each.plural for each in store.served if not each.namespaced)
    rules = tuple(rule for each in bindings for rule in _bound(found, each, who, wide))
    name = token or who["name"]
    store.tokens[name] = rules
    store.accounts[name] = f"system:serviceaccount:{who['namespace']}:{who['name']}"
    for each in found:
        if each["kind"] == "Namespace":
            meta = each["metadata"]
            store.put("Namespace", meta["name"], metadata={"labels": meta.get("labels", {})})
    spaces = {each["metadata"]["name"] for each in store.list(store.named("Namespace"), "")}
    wanted = {each["metadata"].get("namespace", "") for each in found} - {""}
    assert wanted <= spaces, f"kubectl apply would fail: no namespace {wanted - spaces}"
    return found


def _bound(
    found: list[Object], binding: Object, who: Object, scoped: frozenset[str]
) -> tuple[Rule, ...]:
    assert binding["apiVersion"] == f"{RBAC}/v1"
    subject = {"kind": "ServiceAccount", "name": who["name"], "namespace": who["namespace"]}
    if subject not in binding["subjects"]:
        return ()
    ref = binding["roleRef"]
    assert ref["apiGroup"] == RBAC
    space = binding["metadata"].get("namespace")
    wide = binding["kind"] == "ClusterRoleBinding"
    assert wide is (space is None)
    [role] = [
        each
        for each in found
        if each["kind"] == ref["kind"]
        and each["metadata"]["name"] == ref["name"]
        and (ref["kind"] == "ClusterRole" or each["metadata"]["namespace"] == space)
    ]
    assert role["apiVersion"] == f"{RBAC}/v1"
    return tuple(_rule(each, None if wide else space, scoped) for each in role["rules"])


def _rule(said: Object, space: str | None, scoped: frozenset[str]) -> Rule:
    assert set(said) == {"apiGroups", "resources", "verbs"}, said
    resources = frozenset(said["resources"])
    # A Role gives no right to what lies in no namespace.
    kept = resources if space is None else resources - scoped
    return Rule(frozenset(said["verbs"]), frozenset(said["apiGroups"]), kept, space)


def answered(store: Store, token: str, path: str, body: Object) -> Any:
    """The answer to a question about oneself."""
    if path in store.answers:
        return store.answers[path]
    if path == WHO:
        return {**body, "status": {"userInfo": {"username": store.accounts.get(token, token)}}}
    asked = body["spec"]["resourceAttributes"]
    allowed = any(
        each.allows(
            asked["verb"], asked.get("group", ""), asked["resource"], asked.get("namespace", "")
        )
        for each in store.tokens[token]
    )
    return {**body, "status": {"allowed": allowed}}
