"""`phoenix engine rbac`."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import click

from phoenix_dr import codec
from phoenix_dr.app import engine_roles
from phoenix_dr.app.engine_roles import Asked
from phoenix_dr.core.cluster_roles import BY_CLASS, BY_VOLUME, ROLES
from phoenix_dr.errors import UsageError
from phoenix_dr.render import capabilities
from phoenix_dr.render import rbac as shown
from phoenix_dr.render.rbac import Account
from phoenix_dr.render.view import View
from phoenix_dr.surfaces.cli import speech
from phoenix_dr.surfaces.cli.base import command, emit
from phoenix_dr.surfaces.cli.engine import engine
from phoenix_dr.surfaces.cli.session import session, view


@command("rbac", engine)
@click.argument("names", nargs=-1, required=True, metavar="ENGINE...")
@click.option(
    "--role", "roles", multiple=True, type=click.Choice(ROLES), help=speech.t("option.role")
)
@click.option("--way", type=click.Choice((BY_CLASS, BY_VOLUME)), help=speech.t("option.way"))
@click.option("--namespaces", metavar="NAME,...", help=speech.t("option.namespaces"))
@click.option("--kubeconfig", is_flag=True, help=speech.t("option.kubeconfig"))
def rbac(
    names: tuple[str, ...],
    roles: tuple[str, ...],
    way: str | None,
    namespaces: str | None,
    *,
    kubeconfig: bool,
) -> int:
    spaces = tuple(each.strip() for each in (namespaces or "").split(",") if each.strip())
    asked = Asked(tuple(dict.fromkeys(roles)), way, tuple(sorted(set(spaces))))
    with session() as ctx:
        first = engine_roles.spec(ctx, names[0])
        if len(names) == 1 and first.kind not in engine_roles.CLUSTERS:
            found = engine_roles.other_roles(ctx, first.id)
            emit(
                lambda: {"engine": first.id, "roles": codec.encode(found)},
                lambda: "\n".join(capabilities.role_lines(found, first.kind, view(ctx))),
            )
            return 0
        if not asked.roles:
            raise UsageError("rbac-role-missing", engine=names[0], known=", ".join(ROLES))
        made = engine_roles.account(ctx, names, asked)
        emit(
            lambda: _form(names, asked, made),
            lambda: _text(names, asked, made, view(ctx), kubeconfig=kubeconfig),
        )
    return 0


def _form(names: Sequence[str], asked: Asked, made: Account) -> dict[str, object]:
    return {
        "engines": list(names),
        "roles": list(asked.roles),
        "account": made.name,
        "namespace": shown.HOME,
        "manifests": list(shown.documents(made)),
        "kubeconfig": shown.kubeconfig(made.name),
    }


def _text(
    names: Sequence[str], asked: Asked, made: Account, seen: View, *, kubeconfig: bool
) -> str:
    if kubeconfig:
        return shown.kubeconfig(made.name)
    words = ["phoenix", "engine", "rbac", *names]
    words += [word for role in asked.roles for word in ("--role", role)]
    words += ["--way", asked.way] if asked.way else []
    words += ["--namespaces", ",".join(asked.namespaces)] if asked.namespaces else []
    return shown.text(made, shlex.join(words), seen)
