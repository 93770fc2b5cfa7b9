"""What partners are told when a suite key of the hub takes a step: messages that are committed with the step itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hub.adapters.hub_keys import hub_key
from hub.canonical.codes import HubKeyStanding, Lane
from hub.canonical.hub_keys import HubKey, KeyState
from hub.canonical.partners import Directory, Partner
from hub.envelope.hashes import sha256_hex
from hub.lanes.answers import LIFETIME, sealed
from hub.lanes.naming import naming_of_key
from hub.lanes.setting import Setting
from hub.ports import OutboxRow, Period, Place
from hub.routing.hub_keys import found
from hub.routing.suite_keys import SUITE_KINDS, number_of, said_of, told
from hub.schemas.cloudevent import render
from hub.schemas.message import wire_type

HUB_KEY = wire_type("verwerking.hubsleutel")


def told_of_step(
    before: Directory, after: Directory, period: Period, key: HubKey, now: datetime, setting: Setting
) -> Sequence[OutboxRow]:
    """A message to each partner that must know of the step that this key took between two versions.

    Raises:
        Surroundings: a key with which it would be named, or kept, is not here.
    """
    taken = found(after, key.kind, key.id)
    standing = said_of(before, found(before, key.kind, key.id), taken.state)
    if standing is None:
        return ()
    data = hub_key(taken, *SUITE_KINDS[key.kind], standing, taken.since or now)
    return [_message(key.id, data, to, after, period, now, setting) for to in told(after, key.kind, now)]


def told_again(row: OutboxRow, directory: Directory, period: Period, setting: Setting) -> OutboxRow | None:
    """What this message said of a key, of which the content is gone, if that is what holds still; else under another
    id."""
    known = (key for key in directory.hub_keys if key.kind in SUITE_KINDS and number_of(key.id) == row.about)
    key = next(known, None)
    if key is None or key.since is None:
        return None
    standing = HubKeyStanding.ENDED if key.state is KeyState.RETIRED else HubKeyStanding.IN_USE
    data = hub_key(key, *SUITE_KINDS[key.kind], standing, key.since)
    return _message(key.id, data, directory.partners[row.partner], directory, period, row.created, setting)


def _message(
    kid: str,
    data: dict[str, Any],
    to: Partner,
    directory: Directory,
    period: Period,
    now: datetime,
    setting: Setting,
) -> OutboxRow:
    id_ = naming_of_key(kid, to.id, setting.keys.names(directory), now).message(to.oin, HUB_KEY, data)
    payload = render(
        id=id_,
        type=HUB_KEY,
        source=setting.source,
        recipient=to.oin,
        time=now,
        expirytime=now + LIFETIME,
        urgentie=Lane.ROUTINE,
        data=data,
    )
    return OutboxRow(
        id=id_,
        partner=to.id,
        lane=Lane.ROUTINE,
        type=HUB_KEY,
        sha256=sha256_hex(payload),
        payload=sealed(payload, setting.keys.keeping(directory, period), Place.OUTBOX.bound(id_)),
        created=now,
        expires=now + LIFETIME,
        owes_confirmation=True,
        about=number_of(kid),
    )
