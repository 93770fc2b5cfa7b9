"""The groups of commands, put together: only the asked one's modules are imported, as all of them take a while."""

import os
from collections.abc import Mapping
from importlib import import_module

import typer

from hub.cli.common import new_group
from hub.settings import refuse_unknown

MODULES: Mapping[str, str] = {
    "serve": "serve",
    "demo": "serve",
    "worker": "serve",
    "status": "operate",
    "account": "operate",
    "awaiting": "operate",
    "report": "report",
    "processing-log": "processing",
    "case": "case",
    "acts": "acts",
    "subject-access": "subject",
    "send": "exchange",
    "receive": "exchange",
    "sample": "contract",
    "schemas": "contract",
    "partner": "partners",
    "topology": "partners",
    "key": "keys",
    "radar": "radar",
    "quarantine": "quarantine",
    "recover": "recover",
}
"""Where each command stands: a module of this package with a function `add_to`."""


def application(asked: str | None = None) -> typer.Typer:
    """Every command; just one module's if `asked` is a command of it."""
    root = new_group(
        "Ketenhub: the message hub of the joint early approach to domestic violence and child abuse. "
        "Settings come from the environment: KETENHUB_HOME, KETENHUB_CONFIG, KETENHUB_OMGEVING, KETENHUB_AMQP_URL, "
        "KETENHUB_AMQP_ADMIN_URL, KETENHUB_AMQP_PARTNER_URL, KETENHUB_DATABASE_URL, KETENHUB_UNVERIFIED_CONNECTIONS, "
        "KETENHUB_ACCOUNT. Without URLs `serve` runs private servers in KETENHUB_HOME."
    )
    root.callback()(_known)  # also makes it a group where it has one command
    only = MODULES.get(asked or "")
    wanted = [only] if only else dict.fromkeys(MODULES.values())
    for name in wanted:
        import_module(f"hub.cli.{name}").add_to(root)
    return root


def _known() -> None:
    """Also for the commands that need no settings: a slip is found by the first that is tried."""
    refuse_unknown(os.environ)
