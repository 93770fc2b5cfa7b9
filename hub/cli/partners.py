"""`partner` and `topology`: who is connected, and what stands in the broker for them."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from hub.app import partners
from hub.app.hub import Hub
from hub.app.keyfiles import write_private
from hub.broker.topology import EXCHANGE, INTAKE, PARTNER, Argument, Limits, policies, queues
from hub.canonical.partners import Contact, Directory, Life, Partner, PartnerLimits, Role, Suite
from hub.cli.common import AsJson, console, new_group, print_json, read_text, settings, table
from hub.cli.recording import act
from hub.cli.running import on_hub
from hub.errors import OperatorError

Name = Annotated[str, typer.Argument(metavar="P", help="The partner: 2 to 40 of a-z, 0-9 and -.")]


def add_to(root: typer.Typer) -> None:
    root.add_typer(_partners(), name="partner")
    root.add_typer(_topology(), name="topology")


def _partners() -> typer.Typer:
    made = new_group("Connect partners to the running hub, list them, end them.")
    for command in (add, change, list_, contact, retire):
        made.command(command.__name__.rstrip("_"))(command)
    return made


def _topology() -> typer.Typer:
    made = new_group("What stands in each partner's virtual host.")
    made.command("show")(show)
    made.command("apply")(apply)
    return made


def add(
    partner: Name,
    oin: Annotated[str, typer.Option(help="Its OIN, 20 digits.")],
    role: Annotated[str, typer.Option(help=f"Its role: {', '.join(Role)}.")],
    region: Annotated[list[str], typer.Option(help="Its region; more than one: repeat.")],
    sig: Annotated[Path, typer.Option(help="Its public signing key, a JWK with kid.")],
    enc: Annotated[Path, typer.Option(help="Its public encryption key, a JWK with kid.")],
    suite: Annotated[Suite | None, typer.Option(help="Only where the keys leave it open.")] = None,
    organisation: Annotated[str, typer.Option(help="Its name, for the directory.")] = "",
    succeeds: Annotated[str | None, typer.Option(help="The partner that ends now, and whose place it takes.")] = None,
) -> None:
    """Connect a partner, without a restart. Prints what its system needs, with its password, as JSON.

    Run again for a partner that is connected already, it makes a new password, and adds regions. With --succeeds the
    other ends in that moment: this one has its cases and, in the place of a triage desk, its regions' reports. Where
    KETENHUB_HOME/partners/P holds the partner's private keys, the same is put there, for `send` and `receive`.
    """
    application = partners.Application(partner, oin, role, region, read_text(sig), read_text(enc), suite, organisation)
    added = act("partner add", partner, succeeds)
    welcome = on_hub(lambda hub: partners.connect_partner(hub, application, succeeds), added)
    folder = settings().home / "partners" / partner
    if (folder / "sig.json").exists():
        write_private(folder / "partner.json", json.dumps({"id": partner, "oin": oin, "role": role}), replace=True)
        write_private(folder / "hub.json", json.dumps(welcome), replace=True)
    print_json(welcome)


def change(
    partner: Name,
    add_region: Annotated[list[str] | None, typer.Option(help="One region more; several: repeat.")] = None,
    remove_region: Annotated[list[str] | None, typer.Option(help="One region less; several: repeat.")] = None,
    connections: Annotated[int | None, typer.Option(min=0, help="That its system may have.")] = None,
    channels: Annotated[int | None, typer.Option(min=0, help="That its system may have.")] = None,
    queue_messages: Annotated[int | None, typer.Option(min=0, help="That each of its queues may hold.")] = None,
    queue_bytes: Annotated[int | None, typer.Option(min=0, help="That each of its queues may hold.")] = None,
) -> None:
    """Give a partner other regions or limits, without ending it. What is under way goes on.

    A limit of 0 is what the configuration says. Other contacts: `partner contact`; keys: `key`; another OIN or role is
    another partner.
    """
    given = {
        "connections": connections,
        "channels": channels,
        "queue_messages": queue_messages,
        "queue_bytes": queue_bytes,
    }
    limits = {name: number for name, number in given.items() if number is not None}
    asked = partners.Change(add_region or (), remove_region or (), limits)
    if asked == partners.Change():
        raise OperatorError("nothing-to-change", "Say what is to be otherwise: see `ketenhub partner change --help`.")
    said = act("partner change", partner)
    changed = on_hub(lambda hub: partners.change(hub, partner, asked), said)
    found = next(one for id_, one in changed.partners.items() if id_ == partner)
    console().print(f"{partner}: {', '.join(found.regions)}; {_own(found.limits)} (directory {changed.version}).")


def list_(as_json: AsJson = False) -> None:
    """Who is in the directory, since when, with which keys."""
    directory, now = on_hub(_directory_now)
    if as_json:
        print_json([_as_json(directory, name) for name in sorted(directory.partners)])
        return
    shown = table(
        "partner", "oin", "role", "regions", "state", "keys that count", title=f"Directory {directory.version}"
    )
    for name, one in sorted(directory.partners.items()):
        keys = sum(key.active(now) for key in one.keys)
        shown.add_row(name, one.oin, one.role.value, " ".join(one.regions), _state(one, now), str(keys))
    console().print(shown)


def contact(
    partner: Name,
    functie: Annotated[list[str], typer.Option(help="A function there, never a name; more than one: repeat both.")],
    telefoon: Annotated[list[str], typer.Option(help="The number of the function given before it.")],
) -> None:
    """Say whom to call at a partner, in turn; the first is the desk's own number. Replaces those it had."""
    if len(functie) != len(telefoon):
        raise OperatorError("contact", "Give --functie and --telefoon as often as each other, in the same order.")
    contacts = [Contact(*one) for one in zip(functie, telefoon, strict=True)]
    said = act("partner contact", partner)
    changed = on_hub(lambda hub: partners.set_partner_contacts(hub, partner, contacts), said)
    console().print(f"Contacts of {partner}: {len(contacts)} (directory {changed.version}).")


def retire(
    partner: Name,
    successor: Annotated[str | None, typer.Option(help="The partner that goes on in its place.")] = None,
    no_successor: Annotated[
        bool, typer.Option("--no-successor", help="Nobody does: the triage takes over the cases that it holds.")
    ] = False,
    give_up: Annotated[
        bool,
        typer.Option("--give-up", help="Of one that is closing with nobody in its place: destroy what waits for it."),
    ] = False,
) -> None:
    """End a partner: from now on it can send nothing, and is closing; what it had sent is still decided.

    With a successor, what waits for it goes there; without one that stays in its queues, where it may fetch it, until
    you name a successor by the same command, or give it up. When nothing is left it has ended by itself.
    """
    if give_up:
        given = on_hub(lambda hub: partners.give_up(hub, partner), act("partner retire --give-up", partner))
        console().print(
            f"{given} messages that waited for {partner} are destroyed. `ketenhub status` says what is left."
        )
        return
    ended = act("partner retire", partner, successor)
    changed = on_hub(lambda hub: partners.retire(hub, partner, successor, alone=no_successor), ended)
    goes = f"what waits for it goes to {successor}" if successor else "nobody stands in its place"
    console().print(
        f"{partner} is closing (directory {changed.version}): it can send no more, and {goes}. What it had sent is "
        "read to the end; `ketenhub status` says what is left, and `ketenhub partner list` when it has ended."
    )


def show(as_json: AsJson = False) -> None:
    """What every partner's virtual host holds, by the configuration."""
    limited, declared = policies(on_hub(_queue_limits)), queues()
    if as_json:
        print_json(
            {
                "exchange": EXCHANGE,
                "queues": {queue.name: dict(queue.arguments) for queue in declared},
                "policies": {one.name: {"pattern": one.pattern, "definition": dict(one.definition)} for one in limited},
                "partner": {"configure": PARTNER.configure, "write": PARTNER.write, "read": PARTNER.read},
            }
        )
        return
    shown = table("queue", "bound to", "arguments", title="In each partner's virtual host")
    bound = {queue: f"{EXCHANGE} by {lane.value}" for lane, queue in INTAKE.items()}
    for queue in declared:
        shown.add_row(queue.name, bound.get(queue.name, ""), _said(queue.arguments))
    ruled = table("policy", "of queues named", "limits")
    for policy in limited:
        ruled.add_row(policy.name, policy.pattern, _said(policy.definition))
    console().print(shown, ruled)


def apply() -> None:
    """Make what is missing for every connected partner, and set the limits; what is there already stays."""
    applied = on_hub(partners.apply_topology, act("topology apply"))
    console().print(f"Topology applied for {len(applied)} partners.")


def _own(limits: PartnerLimits) -> str:
    said = ", ".join(f"{name} {number}" for name, number in asdict(limits).items() if number is not None)
    return said or "limits as configured"


def _said(values: Mapping[str, Argument]) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items())


def _state(one: Partner, now: datetime) -> str:
    life = one.life(now)
    since = {Life.COMING: one.valid_from, Life.CLOSING: one.valid_to, Life.ENDED: one.ended_at}.get(life)
    heir = f", for {one.successor}" if one.successor else ""
    return f"{life.value}{f' since {since:%Y-%m-%d %H:%M}Z' if since and life is not Life.COMING else ''}{heir}"


async def _directory_now(hub: Hub) -> tuple[Directory, datetime]:
    return await _directory(hub), await hub.now()


async def _directory(hub: Hub) -> Directory:
    return await hub.database.store.directory()


async def _queue_limits(hub: Hub) -> Limits:
    return hub.queue_limits


def _as_json(directory: Directory, name: str) -> dict[str, object]:
    one = next(partner for id_, partner in directory.partners.items() if id_ == name)
    return {
        "id": one.id,
        "oin": one.oin,
        "role": one.role.value,
        "regions": list(one.regions),
        "validFrom": one.valid_from.isoformat(),
        "validTo": one.valid_to.isoformat() if one.valid_to else None,
        "endedAt": one.ended_at.isoformat() if one.ended_at else None,
        "successor": one.successor,
        "limits": {name: number for name, number in asdict(one.limits).items() if number is not None},
        "contacts": [{"functie": one_.function, "telefoon": one_.phone} for one_ in one.contacts],
        "keys": [{"kid": key.kid, "use": key.use.value, "suite": key.suite.value} for key in one.keys],
    }
