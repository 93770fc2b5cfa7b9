"""A process without a key of the hub: what needs that waits for its file, and nothing is refused or lost for it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hub.canonical.codes import Lane
from hub.canonical.hub_keys import HubKey, KeyKind, KeyState
from hub.canonical.partners import Suite
from hub.lanes.keys import HubKeys
from hub.ports import Fate
from hub.routing.hub_keys import add_hub_key, kind_of, move_hub_key
from tests.databases import one, rows
from tests.fakes import FakePublisher, until
from tests.integration.lanes.test_relay import running
from tests.kit import Kit, hub_keys
from tests.talk import AT_ONCE, PRESENTED, RECEIPT, REFUSAL, REPORT, timers

LACKING: dict[str, Callable[[HubKeys], HubKeys]] = {
    "decryption": lambda own: replace(own, decryption={}),
    "storage": lambda own: replace(own, storage={}),
    "radar": lambda own: replace(own, radar=lambda _id: None),
    "log": lambda own: replace(own, log={}),
    "ids": lambda own: replace(own, ids={}),
    "every": lambda own: HubKeys({}, {}, {}, own.periods, lambda _id: None, {}, {}),
    "another hub's": lambda own: replace(hub_keys()[1], radar=own.radar),
}


def without(kit: Kit, how: Callable[[HubKeys], HubKeys]) -> Kit:
    """Another machine on the same database, which has other keys."""
    return replace(kit, setting=replace(kit.setting, keys=how(kit.setting.keys), worker="second"))


async def fates(kit: Kit) -> list[str]:
    return [row["fate"] for row in await rows(kit.engine, "select fate from inbox where fate <> 'dubbel'")]


@pytest.mark.parametrize("how", LACKING.values(), ids=LACKING)
@pytest.mark.parametrize("lane", list(Lane))
async def test_a_report_waits_on_a_machine_that_lacks_a_key_and_is_decided_where_it_is(
    how: Callable[[HubKeys], HubKeys], lane: Lane, kit: Kit
) -> None:
    kit = kit.limited(retry=AT_ONCE)
    second = without(kit, how)
    payload = kit.event("politie-test", REPORT, urgentie=lane)
    changes = await second.decide([kit.delivery("politie-test", payload)], lane)

    assert [row.fate for row in changes.inbox] == [Fate.RETRY]
    assert changes.outbox == ()
    await timers(second).look()
    assert await fates(kit) == ["opnieuw"]

    await timers(kit).look()
    assert await fates(kit) == ["aanvaard"]
    types = await rows(kit.engine, "select type from outbox order by type")
    assert [row["type"].split(".", 2)[2] for row in types] == [f"{PRESENTED}.v1", f"{RECEIPT}.v1"]


@pytest.mark.parametrize("what", ["decryption", "storage", "ids"])
async def test_nobody_is_refused_on_a_machine_that_lacks_a_key(what: str, kit: Kit) -> None:
    """Whether a message is wrong is said by one who can say it, and keep what is said."""
    kit = kit.limited(retry=AT_ONCE)
    second = without(kit, LACKING[what])
    wrong = kit.event("politie-test", REPORT, {"soort": "onbekend"})
    changes = await second.decide([kit.delivery("politie-test", wrong)])

    assert [row.fate for row in changes.inbox] == [Fate.RETRY]
    await timers(kit).look()
    assert [row["type"] for row in await rows(kit.engine, "select type from outbox")] == [f"nl.ketenhub.{REFUSAL}.v1"]


async def test_a_message_that_is_known_is_counted_without_the_key_for_its_answer(kit: Kit) -> None:
    payload = kit.event("politie-test", REPORT)
    await kit.decide([kit.delivery("politie-test", payload)])
    changes = await without(kit, LACKING["storage"]).decide([kit.delivery("politie-test", payload)])

    assert changes.outbox == ()
    assert await one(kit.engine, "select deliveries from inbox") == 2
    again = await kit.decide([kit.delivery("politie-test", payload)])
    assert [kit.opened(row)["type"] for row in again.outbox] == [f"nl.ketenhub.{RECEIPT}.v1"]


async def announce(kit: Kit, key: HubKey, *steps: KeyState) -> None:
    await kit.change(lambda directory: add_hub_key(directory, key, kit.now()))
    for step in steps:
        await move(kit, key.kind, key.id, step)


async def move(kit: Kit, kind: KeyKind, id_: str, to: KeyState) -> None:
    await kit.change(lambda directory: move_hub_key(directory, kind, id_, to, kit.now()))


@pytest.mark.parametrize("steps", [(), (KeyState.READ,), (KeyState.READ, KeyState.WRITE)])
async def test_what_is_sealed_to_a_coming_key_opens_where_its_file_is_and_waits_where_it_is_not(
    steps: tuple[KeyState, ...], kit: Kit
) -> None:
    """A partner may be early, and a file late."""
    _, new, public, _ = hub_keys()
    coming = next(key for key in new.decryption.values() if key.suite is Suite.S1)
    await announce(kit, HubKey(KeyKind.S1_ENCRYPTION, coming.kid, KeyState.ANNOUNCED, "{}"), *steps)
    sealed = replace(kit, hub_keys=public)
    delivery = sealed.delivery("politie-test", kit.event("politie-test", REPORT))
    kit = kit.limited(retry=AT_ONCE)

    changes = await kit.decide([delivery])
    assert [(row.fate, row.code) for row in changes.inbox] == [(Fate.RETRY, "hub-key-missing")]
    brought = without(kit, lambda own: replace(own, decryption={**own.decryption, coming.kid: coming}))
    await timers(brought).look()
    assert await fates(kit) == ["aanvaard"]


async def test_what_is_sealed_to_a_retired_key_or_one_that_was_never_the_hubs_is_refused(kit: Kit) -> None:
    _, new, public, _ = hub_keys()
    coming = next(key for key in new.decryption.values() if key.suite is Suite.S1)
    both = without(kit, lambda own: replace(own, decryption={**own.decryption, coming.kid: coming}))
    old = next(key.id for key in kit.directory.hub_keys if key.kind is KeyKind.S1_ENCRYPTION)
    never = replace(kit, hub_keys=public).delivery("politie-test", kit.event("politie-test", REPORT))
    assert [(row.fate, row.code) for row in (await both.decide([never])).inbox] == [(Fate.REJECTED, "envelop-ongeldig")]

    await announce(both, HubKey(KeyKind.S1_ENCRYPTION, coming.kid, KeyState.ANNOUNCED, "{}"), KeyState.READ)
    await move(both, KeyKind.S1_ENCRYPTION, coming.kid, KeyState.WRITE)
    still = kit.delivery("politie-test", kit.event("politie-test", REPORT))
    assert [row.fate for row in (await both.decide([still])).inbox] == [Fate.ACCEPTED]

    await move(both, KeyKind.S1_ENCRYPTION, old, KeyState.RETIRED)
    late = kit.delivery("politie-test", kit.event("politie-test", REPORT))
    assert [(row.fate, row.code) for row in (await both.decide([late])).inbox] == [(Fate.REJECTED, "envelop-ongeldig")]


@pytest.mark.parametrize("what", ["signing", "storage"])
async def test_what_cannot_be_signed_or_revealed_here_waits_in_the_outbox_for_one_who_can(
    what: str, kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit = kit.limited(recipient_retry=AT_ONCE)
    changes = await kit.decide([kit.delivery("politie-test", kit.event("politie-test", REPORT))])
    lacking: Any = {what: {}}
    second, publisher = without(kit, lambda own: replace(own, **lacking)), FakePublisher()
    async with running(second, publisher) as relay:
        relay.offer(changes.outbox)
        await until(lambda: one(kit.engine, "select min(attempts) >= 1 from outbox"))
    assert publisher.published == []

    async with running(kit, publisher):
        await until(lambda: len(publisher.published) == 2)
    said = {kit.received(message)["type"] for message in publisher.published}
    assert said == {f"nl.ketenhub.{PRESENTED}.v1", f"nl.ketenhub.{RECEIPT}.v1"}


async def test_a_new_key_signs_from_the_version_in_which_it_writes(kit: Kit) -> None:
    _, new, _, _ = hub_keys()
    coming = next(key for key in new.signing.values() if key.suite is Suite.S1)
    both = without(kit, lambda own: replace(own, signing={**own.signing, coming.kid: coming}))
    before = both.setting.keys.signs(kit.directory, Suite.S1)
    await announce(kit, HubKey(kind_of(Suite.S1, "sig"), coming.kid, KeyState.ANNOUNCED, "{}"), KeyState.READ)  # type: ignore[arg-type]

    assert both.setting.keys.signs(kit.directory, Suite.S1) is before
    await move(kit, KeyKind.S1_SIGNING, coming.kid, KeyState.WRITE)
    assert both.setting.keys.signs(kit.directory, Suite.S1) is coming
