"""The groups of commands, put together."""

import typer

from hub.cli import contract, exchange, keys, operate, partners, quarantine, serve
from hub.cli.common import new_group


def application() -> typer.Typer:
    """Every command of CONTRACT, "Command line"."""
    root = new_group(
        "Ketenhub: the message hub of the joint early approach to domestic violence and child abuse. "
        "Settings come from the environment: KETENHUB_HOME, KETENHUB_CONFIG, KETENHUB_OMGEVING, KETENHUB_AMQP_URL, "
        "KETENHUB_AMQP_ADMIN_URL, KETENHUB_DATABASE_URL. Without URLs `serve` runs private servers in KETENHUB_HOME."
    )
    for module in (serve, operate, exchange, contract):
        module.add_to(root)
    root.add_typer(partners.group(), name="partner")
    root.add_typer(keys.group(), name="key")
    root.add_typer(quarantine.group(), name="quarantine")
    root.add_typer(partners.topology_group(), name="topology")
    return root
