"""`key`: key pairs for partners, partners' keys in the directory, and the hub's own keys."""

import asyncio
import os
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from hub.app import adoption, partners
from hub.app.hub import Hub
from hub.app.keyfiles import write_private
from hub.app.rotation import KINDS
from hub.app.servers import served
from hub.canonical.partners import Directory, KeyUse, Suite
from hub.cli import hub_keys, period_keys
from hub.cli.common import AsJson, console, log_to_stderr, new_group, print_json, read_text, settings, table
from hub.cli.recording import act
from hub.cli.running import on_hub, working
from hub.envelope.keys import generate, public
from hub.errors import OperatorError

Name = Annotated[str, typer.Argument(metavar="P", help="The partner.")]


def add_to(root: typer.Typer) -> None:
    made = new_group("Make key pairs; add, revoke and list partners' keys; show the hub's own.")
    for command in (new, add, revoke, list_, hub, adopt):
        made.command(command.__name__.rstrip("_"))(command)
    for kind in KINDS:
        made.add_typer(hub_keys.group(kind), name=kind.value)
    made.add_typer(period_keys.group(), name="period")
    root.add_typer(made, name="key")


def new(
    suite: Annotated[Suite, typer.Argument(help="S1 (P-256, for every stack) or S1X (X25519 and Ed25519).")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Made if it is not there.")],
) -> None:
    """Make a key pair: sig.json and enc.json stay with the partner, the .pub.json go to the hub."""
    pairs = generate(suite)
    for name, text in (("sig", pairs.signing), ("enc", pairs.encryption)):
        if not write_private(folder / f"{name}.json", text):
            raise OperatorError("key-exists", f"{folder / name}.json is there already: choose another folder.")
        (folder / f"{name}.pub.json").write_text(public(text) + os.linesep)
    print_json({"sig": str(folder / "sig.pub.json"), "enc": str(folder / "enc.pub.json")})


def add(
    partner: Name,
    file: Annotated[Path, typer.Argument(help="A public JWK with kid.")],
    use: Annotated[KeyUse, typer.Option(help="sig or enc.")],
    suite: Annotated[Suite | None, typer.Option(help="Only where the key leaves it open.")] = None,
) -> None:
    """Add a key to a partner; the hub seals with the newest encryption key from now on. Hand over what it prints."""
    added = act("key add", partner)
    print_json(on_hub(lambda hub: partners.enrol_key(hub, partner, read_text(file), use, suite), added))


def revoke(
    partner: Name, kid: Annotated[str, typer.Argument(help="The key's id; write -- before one that begins with -.")]
) -> None:
    """Revoke a key: from now on it counts for nothing that is not committed yet."""
    on_hub(lambda hub: partners.revoke(hub, partner, kid), act("key revoke", partner, kid))
    print_json({"partner": partner, "kid": kid, "state": "revoked"})


def list_(partner: Annotated[str | None, typer.Argument(metavar="[P]")] = None, as_json: AsJson = False) -> None:
    """Partners' keys: use, suite, from when, until when."""
    directory = on_hub(_directory)
    rows = [
        {
            "partner": one.id,
            "kid": key.kid,
            "use": key.use.value,
            "suite": key.suite.value,
            "validFrom": key.valid_from.isoformat(),
            "validTo": key.valid_to.isoformat() if key.valid_to else None,
            "revokedAt": key.revoked_at.isoformat() if key.revoked_at else None,
        }
        for one in directory.partners.values()
        for key in one.keys
        if partner in (None, one.id)
    ]
    if as_json:
        print_json(rows)
        return
    shown = table("partner", "kid", "use", "suite", "valid from", "valid to", "revoked")
    for row in rows:
        shown.add_row(*(str(value or "") for value in row.values()))
    console().print(shown)


def hub() -> None:
    """The hub's public keys that partners are given, by suite, as JSON; `sig` is a list while that key changes."""
    directory = on_hub(_directory)
    found = {suite.value: partners.hub_jwks(directory, suite) for suite in Suite}
    print_json({suite: {"sig": sig, "enc": enc} for suite, (sig, enc) in found.items()})


def adopt(
    without: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A machine that is no more, as the refusal names it.")
    ] = None,
) -> None:
    """Once, for a database of an earlier version: name the keys of this home as the hub's. Nothing else may run."""
    log_to_stderr()
    with served(settings(), lambda line: typer.echo(line, err=True)) as running:
        work = partial(adoption.adopt, without=without or ())
        changed = asyncio.run(working(running, work, act("key adopt")))
    console().print(f"The keys of this home are the hub's (directory {changed.version}).")


async def _directory(hub: Hub) -> Directory:
    return await hub.database.store.directory()
