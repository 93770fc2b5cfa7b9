"""Connecting and disconnecting partners while the hub runs: the directory, the broker, and what the partner needs."""

import asyncio
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from hub.addresses.broker import BrokerAddress, broker_address, partner_address
from hub.app.accounts import let_in
from hub.app.closing import heir_of, shut
from hub.app.hub import Hub
from hub.broker.declare import declare
from hub.broker.topology import FROM_HUB
from hub.canonical.partners import Contact, Directory, KeyUse, Life, Partner, PartnerLimits, Suite
from hub.cases.succession import leaves
from hub.envelope.keys import check_public
from hub.errors import OperatorError
from hub.ids import KeyId, PartnerId
from hub.routing import checks
from hub.routing.changes import (
    add_key,
    add_partner,
    change_partner,
    check_desk,
    retire_partner,
    revoke_key,
    set_contacts,
)
from hub.routing.directory import connections, formers
from hub.routing.first import registered
from hub.routing.hub_keys import public_keys
from hub.settings import Settings

SHOWN = 20
"""Cases that a refusal names."""
AT_ONCE = 8
"""Partners whose topology is applied side by side: workers start when all have it."""


@dataclass(frozen=True, slots=True)
class Application:
    """What somebody says of a partner that is to be connected: texts, unchecked."""

    id: str
    oin: str
    role: str
    regions: Sequence[str]
    signing: str
    encryption: str
    suite: Suite | None = None
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be otherwise of a partner.

    Attributes:
        limits: by the names of `PartnerLimits`; 0 for what the configuration says.
    """

    add: Sequence[str] = ()
    remove: Sequence[str] = ()
    limits: Mapping[str, int] = field(default_factory=dict)


async def connect_partner(hub: Hub, application: Application, succeeds: str | None = None) -> dict[str, Any]:
    """Connect a partner to the running hub; what its system needs to start, with its password.

    The broker comes first and the directory last: from that moment the workers read its queues. Broken off half-way,
    the same call again completes it; for a partner that is connected already it makes a new password.

    Args:
        application: of a partner that is connected already it may name more regions, which are added.
        succeeds: the partner whose place it takes, in the same version of the directory; that one is shut out then.

    Raises:
        OperatorError: something in the application cannot be; nothing has changed.
    """
    former = checks.partner_id(succeeds) if succeeds else None
    async with hub.database.one_at_a_time():
        partner, newest, password = await _connected(hub, application, former)
    if former is not None:
        async with hub.admin() as admin:
            await shut(hub, admin, former, partner)
    return _welcome(hub, partner, newest, password)


async def _connected(hub: Hub, application: Application, former: PartnerId | None) -> tuple[Partner, Directory, str]:
    now = await hub.now()
    partner = _partner(application, now)
    newest = await hub.database.store.directory()
    known = newest.partners.get(partner.id)
    if known is None:
        add_partner(newest, partner, hub.settings.environment, former)  # refuses before anything is made
    elif known.life(now) in (Life.CLOSING, Life.ENDED):
        raise OperatorError(
            "partner-retired", f"Partner {partner.id} is retired, and nobody reads what it sends: choose another id."
        )
    elif not _known_as(known, partner) or not _succeeds(newest, known.id, former):
        raise OperatorError(
            "partner-exists",
            f"Partner {partner.id} exists with other data; use `partner change`, `key` or `partner retire`.",
        )
    for suite in {key.suite for key in partner.keys}:
        public_keys(newest, suite)  # refuses before anything is made
    password = secrets.token_urlsafe(24)
    if known is not None:
        change_partner(newest, known.id, add=partner.regions)  # the same
        await hub.record_first()
    async with hub.admin() as admin:
        await admin.provision(partner.id, hub.limits_of(known or partner), password)
    await declare(hub.connector, partner.id)
    if known is not None and not set(partner.regions) <= set(known.regions):
        newest = await hub.database.change_directory(
            f"partner add {known.id}", lambda newest: change_partner(newest, known.id, add=partner.regions)
        )
    if known is None:
        what = f"partner add {partner.id}" + (f" succeeds {former}" if former else "")
        newest = await hub.database.change_directory(
            what, lambda newest: add_partner(newest, partner, hub.settings.environment, former), act=hub.act
        )
    return partner, newest, password


async def retire(hub: Hub, partner: str, successor: str | None, *, alone: bool = False) -> Directory:
    """Begin to end a partner: its place in the directory ends now, and it can send no more; what it had sent counts.

    Args:
        alone: with nobody in its place, also where cases would be left: the triage of each owes the yes.

    Raises:
        OperatorError: cases would be left without anyone, and neither a successor nor `alone` is said.
    """
    id_ = checks.partner_id(partner)
    to = checks.partner_id(successor) if successor else None
    now = await hub.now()
    if to is None:
        newest = await hub.database.store.directory()
        check_desk(newest, id_)
        if not alone:
            await _check_nothing_left(hub, newest, id_)
    changed = await hub.database.change_directory(
        f"partner retire {id_}", lambda newest: retire_partner(newest, id_, now, to), act=hub.act
    )
    async with hub.admin() as admin:
        await shut(hub, admin, id_, heir_of(changed, changed.partners[id_], now))
    return changed


async def _check_nothing_left(hub: Hub, directory: Directory, partner: PartnerId) -> None:
    """That no case would be without anyone; another connection of the organisation goes on for it."""
    known, now = directory.partners.get(partner), await hub.now()
    if known is None or any(one.id != partner and one.active(now) for one in connections(directory, known.oin)):
        return
    # A case that was not touched since a merger still names the former.
    oins = (known.oin, *formers(directory, known.oin, now))
    found = [(case.id, leaves(case, oin)) for oin in oins for case in await hub.database.cases_of(oin)]
    left = [f"{id_} ({', '.join(how)})" for id_, how in found if how]
    if left:
        more = f", and {len(left) - SHOWN} more" if len(left) > SHOWN else ""
        raise OperatorError(
            "cases-left",
            f"{partner} would leave {len(left)} cases without anyone: {', '.join(left[:SHOWN])}{more}. Name who takes "
            "its place by --successor, or say --no-successor: then the triage of each that it holds is to take it over",
        )


async def give_up(hub: Hub, partner: str) -> int:
    """Destroy what waits for a partner that is closing with nobody in its place: in the outbox and in its queues.

    Raises:
        OperatorError: it is not closing, or somebody gets what waits for it.
    """
    id_ = checks.partner_id(partner)
    directory, now = await hub.database.store.directory(), await hub.now()
    known = directory.partners.get(id_)
    if known is None or known.life(now) is not Life.CLOSING or heir_of(directory, known, now) is not None:
        raise OperatorError(
            "not-given-up", f"{id_} is no partner that is closing with nobody in its place: nothing is given up"
        )
    async with hub.admin() as admin:
        depths = await admin.depths(id_)
        given = await hub.database.give_up_outgoing(id_, hub.act)
        for queue in FROM_HUB.values():
            await admin.empty(id_, queue)
    unread = sum(depths[name].ready for name in FROM_HUB.values() if name in depths)
    return max(given, unread)


async def change(hub: Hub, partner: str, asked: Change) -> Directory:
    """Give a partner other regions or limits, from now on; what is under way goes on.

    Broken off half-way, the same call again completes it.

    Raises:
        OperatorError: something in it cannot be; nothing has changed.
    """
    id_ = checks.partner_id(partner)
    add, remove = ([checks.region_id(one) for one in regions] for regions in (asked.add, asked.remove))
    changed = await hub.database.change_directory(
        f"partner change {id_}",
        lambda newest: change_partner(newest, id_, add, remove, _limits(newest, id_, asked.limits)),
        act=hub.act,
    )
    if asked.limits:
        async with hub.admin() as admin:
            await let_in(hub, admin, [id_])
    return changed


def _limits(directory: Directory, partner: PartnerId, said: Mapping[str, int]) -> PartnerLimits | None:
    """Those that the partner has, with these in their place; `None` if nothing is said."""
    known = directory.partners.get(partner)
    if known is None or not said:
        return None
    return replace(known.limits, **{name: number or None for name, number in said.items()})


async def enrol_key(hub: Hub, partner: str, jwk: str, use: KeyUse, suite: Suite | None) -> dict[str, Any]:
    """Add a public key to a partner, from now on it counts; with the hub's keys of its suite.

    A partner is told of changes of these from its first key of the suite on: so it needs them as they are then.
    """
    key = registered(check_public(jwk, use, suite), await hub.now(), begun=True)
    id_ = checks.partner_id(partner)
    public_keys(await hub.database.store.directory(), key.suite)  # refuses before anything changes
    what, act = f"key add {id_} {key.kid}", hub.act and hub.act.on(key.kid)
    changed = await hub.database.change_directory(what, lambda newest: add_key(newest, id_, key), act=act)
    signing, encryption = hub_jwks(changed, key.suite)
    added = {"partner": partner, "kid": key.kid, "use": key.use.value, "suite": key.suite.value}
    return added | {"hubSig": signing, "hubEnc": encryption}


async def revoke(hub: Hub, partner: str, kid: str) -> None:
    """Revoke a key: from now on it counts for nothing that is not committed yet."""
    id_ = checks.partner_id(partner)
    now = await hub.now()
    await hub.database.change_directory(
        f"key revoke {id_} {kid}", lambda newest: revoke_key(newest, id_, KeyId(kid), now), act=hub.act
    )


async def set_partner_contacts(hub: Hub, partner: str, contacts: Sequence[Contact]) -> Directory:
    """Whom to call at the partner from now on."""
    id_ = checks.partner_id(partner)
    return await hub.database.change_directory(
        f"partner contact {id_}", lambda newest: set_contacts(newest, id_, contacts), act=hub.act
    )


async def apply_topology(hub: Hub) -> list[PartnerId]:
    """Every connected partner's virtual host, limits and queues as the configuration says; which ones.

    A partner that the configuration brought in, or whose broker has lost its users, gets a password that nobody has
    seen: `connect_partner` makes it one to use.
    """
    await hub.record_first()
    now = await hub.now()
    partners = [id_ for id_, one in (await hub.database.store.directory()).partners.items() if one.active(now)]
    async with hub.admin() as admin:
        for first in range(0, len(partners), AT_ONCE):
            there = await let_in(hub, admin, partners[first : first + AT_ONCE])
            await asyncio.gather(*(declare(hub.connector, one) for one in there))
    return partners


def _partner(application: Application, now: datetime) -> Partner:
    keys = [
        check_public(application.signing, KeyUse.SIGNING, application.suite),
        check_public(application.encryption, KeyUse.ENCRYPTION, application.suite),
    ]
    if keys[0].kid == keys[1].kid:
        raise OperatorError(
            "key-used-twice", "Signing and encryption need a key each; make a pair with `ketenhub key new`."
        )
    return Partner(
        id=checks.partner_id(application.id),
        oin=checks.oin(application.oin),
        role=checks.role(application.role),
        regions=tuple(checks.region_id(region) for region in application.regions),
        keys=tuple(registered(key, now, begun=True) for key in keys),
        valid_from=now,
        begun=True,
        organisation=application.organisation,
    )


def _succeeds(directory: Directory, partner: PartnerId, former: PartnerId | None) -> bool:
    return former is None or (former in directory.partners and directory.partners[former].successor == partner)


def _known_as(known: Partner, asked: Partner) -> bool:
    """Whether it is the same, perhaps with more regions."""
    kids = {key.kid for key in asked.keys}
    identity = (known.oin, known.role) == (asked.oin, asked.role) and set(known.regions) <= set(asked.regions)
    return identity and kids <= {key.kid for key in known.keys}


def _welcome(hub: Hub, partner: Partner, directory: Directory, password: str) -> dict[str, Any]:
    suite = next(key.suite for key in partner.keys if key.use is KeyUse.ENCRYPTION)
    signing, encryption = hub_jwks(directory, suite)
    return {
        "amqp": _one_or_all([_address(url, partner.id, password) for url in _reached_by_partners(hub.settings)]),
        "hubOin": hub.config.hub_oin,
        "hubSig": signing,
        "hubEnc": encryption,
    }


def hub_jwks(directory: Directory, suite: Suite) -> tuple[Any, Any]:
    """What partners of this suite are given of the hub's keys: JWKs to check signatures with, a list where they are
    several, and the one to encrypt to. Raises `OperatorError`."""
    signing, encryption = public_keys(directory, suite)
    return _one_or_all([json.loads(key.jwk) for key in signing]), json.loads(encryption.jwk)


def _one_or_all(found: list[Any]) -> Any:
    return found[0] if len(found) == 1 else found


def _reached_by_partners(settings: Settings) -> list[BrokerAddress]:
    """Where the hub itself reaches them, unless that is said to be elsewhere."""
    elsewhere = settings.amqp_partner_urls
    return list(map(partner_address, elsewhere) if elsewhere else map(broker_address, settings.amqp_urls))


def _address(node: BrokerAddress, partner: PartnerId, password: str) -> str:
    """Of a node, for a partner: nothing of the hub's own login or files, which stand in its parameters."""
    return f"{node.scheme}://{partner}:{quote(password, safe='')}@{node.place}/{partner}"
