"""The hub's suite keys change while partners go on: each is told in time, and no step leaves one out."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.app import rotation
from hub.app.configuration import setting_for
from hub.app.health import _ask_keys
from hub.app.hub import Hub
from hub.app.keyfiles import KeyFiles
from hub.app.partners import enrol_key, hub_jwks
from hub.app.suite_rotation import ON_ITS_WAY
from hub.broker.topology import INTAKE
from hub.canonical.codes import Lane
from hub.canonical.hub_keys import HubKey, KeyKind, KeyState
from hub.canonical.partners import Directory, KeyUse, Suite
from hub.envelope.keys import generate, public
from hub.errors import OperatorError
from hub.ids import PartnerId
from hub.lanes.again import make_again
from hub.lanes.readdress import readdress
from hub.lanes.reissue import reissue
from hub.local.servers import Addresses
from hub.partner.messages import HUB_KEY, REFUSAL
from hub.ports import Fate
from hub.routing.changes import retire_partner
from hub.routing.hub_keys import kind_of
from hub.routing.suite_keys import SUITE_KINDS
from hub.schemas.message import wire_type
from tests.clock import clock_of
from tests.databases import books_fit, one, rows
from tests.fakes import FakePublisher, until
from tests.integration.app.far import Far, joined, post
from tests.integration.broker.rig import broker_at

SIG, ENC = KeyKind.S1_SIGNING, KeyKind.S1_ENCRYPTION
READ, WRITE, RETIRED = KeyState.READ, KeyState.WRITE, KeyState.RETIRED
QUESTION = wire_type("adviezen.adviesvraag")
WRONG, OPENED = {"soort": "onbekend"}, "schema-ongeldig"
"""What is refused by its schema could be opened."""


def refused(code: str, says: str = "") -> pytest.RaisesExc[OperatorError]:
    return pytest.raises(OperatorError, match=f"^{code}: .*{says}")


@pytest.fixture
def publisher() -> FakePublisher:
    return FakePublisher()


@pytest.fixture
async def near(hub: Hub, tmp_path: Path) -> Far:
    return await joined(hub, tmp_path / "partners", 1)


@pytest.fixture
async def away(hub: Hub, tmp_path: Path) -> Far:
    return await joined(hub, tmp_path / "partners", 2)


async def writes(hub: Hub, kind: KeyKind) -> HubKey:
    (found,) = [listed.key for listed in await rotation.listed(hub, kind) if listed.key.state is WRITE]
    return found


async def to(hub: Hub, key: HubKey, *steps: KeyState, at_once: bool = False) -> None:
    for step in steps:
        await rotation.move(hub, key.kind, key.id, step, at_once=at_once)


async def told(database: AsyncEngine) -> list[tuple[str, bool]]:
    """Who was told of a key, and whether it has said that it has it."""
    found = await rows(database, "select partner, delivered_at from outbox where type = :t order by seq", t=HUB_KEY)
    return [(row["partner"], row["delivered_at"] is not None) for row in found]


async def asked(far: Far) -> str:
    """What a wrong message of this partner is answered with, encrypted to the key that it takes for the newest."""
    (row,) = (await far.say(QUESTION, WRONG)).inbox
    assert row.code is not None
    return row.code


async def age(database: AsyncEngine, hub: Hub, by: timedelta) -> None:
    """So much has gone by since all that was said of keys."""
    earlier = ", ".join(f"{name} = {name} - cast(:by as interval)" for name in ("delivered_at", "published_at"))
    await rows(database, f"update outbox set {earlier}", by=by)

    def older(key: HubKey) -> HubKey:
        return replace(key, since=key.since and key.since - by)

    await hub.database.change_directory(
        "test", lambda known: replace(known, version=known.version + 1, hub_keys=tuple(map(older, known.hub_keys)))
    )


# ---- a key that signs


@pytest.mark.parametrize("suite", list(Suite))
async def test_what_is_signed_with_a_new_key_everybody_could_read_before(
    suite: Suite, hub: Hub, database: AsyncEngine, tmp_path: Path, publisher: FakePublisher
) -> None:
    near, away = [await joined(hub, tmp_path / "partners", number, suite) for number in (1, 2)]
    kind = kind_of(suite, KeyUse.SIGNING)
    old = await writes(hub, kind)
    new, _ = await rotation.add(hub, kind)
    await to(hub, new, READ)
    with refused("hub-key-untaken", f"{near.home.id}, {away.home.id}"):
        await to(hub, new, WRITE)

    await post(hub, database, publisher)
    await near.take(publisher)
    with refused("hub-key-untaken", f"(?<!, ){away.home.id} did"):
        await to(hub, new, WRITE)
    await away.take(publisher)
    await to(hub, new, WRITE)

    await asked(near)
    await post(hub, database, publisher)
    (refusal,) = await near.take(publisher)
    assert refusal.type == REFUSAL, "it could be opened"
    await to(hub, old, RETIRED)
    await post(hub, database, publisher)
    for far in (near, away):
        await far.take(publisher)
        assert far.signing() == [new.id]
        assert far.unread == []
    assert await told(database) == [("politie-1", True), ("politie-2", True)] * 2
    await books_fit(database)


async def test_the_message_is_the_one_of_the_contract_and_comes_once_for_a_step(
    hub: Hub, near: Far, database: AsyncEngine, publisher: FakePublisher
) -> None:
    new, path = await rotation.add(hub, SIG)
    assert await told(database) == []
    await to(hub, new, READ)
    with refused("hub-key-step"):
        await to(hub, new, READ)
    await post(hub, database, publisher)
    (said,) = await near.take(publisher)

    assert (said.type, said.event.correlationid, said.event.causationid) == (HUB_KEY, None, None)
    assert said.data == {
        "suite": "S1",
        "gebruik": "sig",
        "kid": new.id,
        "toestand": "in-gebruik",
        "vanaf": said.content["time"],
        "sleutel": json.loads(new.jwk),
    }
    assert json.loads(path.read_text())["d"] not in said.content["data"]["sleutel"].values()


async def test_a_partner_that_cannot_store_a_key_has_not_taken_it(
    hub: Hub, near: Far, database: AsyncEngine, publisher: FakePublisher
) -> None:
    new, _ = await rotation.add(hub, SIG)
    await to(hub, new, READ)
    await post(hub, database, publisher)
    (said,) = await near.take(publisher, answers=False)
    for result in ("niet-op-te-slaan", "niet-te-openen"):
        await near.say(wire_type("verwerking.verwerkt"), {"bericht": str(said.id), "resultaat": result})
        with refused("hub-key-untaken"):
            await to(hub, new, WRITE)
    await post(hub, database, publisher)
    await near.take(publisher)
    await to(hub, new, WRITE)


async def test_an_old_signature_is_needed_while_a_message_under_it_may_lie_unread(
    hub: Hub, near: Far, database: AsyncEngine, publisher: FakePublisher
) -> None:
    old = await writes(hub, SIG)
    new, _ = await rotation.add(hub, SIG)
    await to(hub, new, READ)
    await post(hub, database, publisher)
    await near.take(publisher)
    await rows(database, NOTICE, key=(await writes(hub, KeyKind.STORAGE)).id)
    await to(hub, new, WRITE)

    with refused("hub-key-used", "politie-1 did not answer yet"):
        await to(hub, old, RETIRED)
    await rows(database, "update outbox set published_at = now() + interval '2 minutes' where type = 'notice'")
    await to(hub, old, RETIRED)


NOTICE = """insert into outbox (id, partner, lane, type, sha256, ciphertext, wrapped_key, key_id, created, expires,
    owes_confirmation, attempts, next_at, published_at)
  values (gen_random_uuid(), 'politie-1', 'acuut', 'notice', 'a', 'x', 'x', :key, now(), now() + interval '1 day', true,
    1, now() + interval '1 hour', now())"""


async def test_an_answer_that_is_asked_for_again_is_the_same_under_another_signature(
    hub: Hub, near: Far, database: AsyncEngine, publisher: FakePublisher
) -> None:
    old, question = await writes(hub, SIG), near.sealed(QUESTION, WRONG)
    await near.decided(question)
    await post(hub, database, publisher)
    (first,) = await near.take(publisher)
    new, _ = await rotation.add(hub, SIG)
    for steps, key in (([READ], new), ([WRITE], new), ([RETIRED], old)):
        await to(hub, key, *steps)
        await post(hub, database, publisher)
        await near.take(publisher)
    assert near.signing() == [new.id]

    await near.decided(question)
    await post(hub, database, publisher)
    (again,) = await near.take(publisher)
    assert (again.id, again.sha256) == (first.id, first.sha256)


async def test_what_a_partner_was_told_of_a_key_and_never_read_is_told_again_when_it_lapses(
    hub: Hub, near: Far, database: AsyncEngine, publisher: FakePublisher
) -> None:
    new, _ = await rotation.add(hub, SIG)
    await to(hub, new, READ)
    await rows(database, "update outbox set expires = now() - interval '1 day'")
    setting = setting_for("test", hub.settings, hub.config)
    await reissue(await hub.database.store.lapsed_outgoing(10), hub.database.store, setting)
    with refused("hub-key-untaken", "politie-1"):
        await to(hub, new, WRITE)
    await post(hub, database, publisher)
    await near.take(publisher)
    await to(hub, new, WRITE)


# ---- a key that opens


async def test_a_partner_encrypts_to_the_new_key_when_it_is_told_and_the_old_one_opens_until_all_do(
    hub: Hub, near: Far, away: Far, database: AsyncEngine, publisher: FakePublisher
) -> None:
    old = await writes(hub, ENC)
    new, _ = await rotation.add(hub, ENC)
    early = near.sealed(QUESTION, WRONG)
    await to(hub, new, READ)
    assert await told(database) == [], "there is nothing to do yet"
    await to(hub, new, WRITE)
    await post(hub, database, publisher)
    await near.take(publisher)

    assert (near.me.hub_encryption.kid, away.me.hub_encryption.kid) == (new.id, old.id)
    assert [await asked(near), await asked(away)] == [OPENED, OPENED]
    assert [row.code for row in (await near.decided(early)).inbox] == [OPENED], "under the old one"
    with refused("hub-key-used", "politie-2 did not say yet"):
        await to(hub, old, RETIRED)
    await away.take(publisher)
    assert await asked(away) == OPENED
    with refused("hub-key-used", "may be on its way until"):
        await to(hub, old, RETIRED)

    await age(database, hub, ON_ITS_WAY)
    await rows(database, KEPT)
    with refused("hub-key-used", "1 messages that came in before"):
        await to(hub, old, RETIRED)
    await rows(database, "delete from inbox where code = 'waits'")
    await to(hub, old, RETIRED)
    await post(hub, database, publisher)
    for far in (near, away):
        await far.take(publisher)
        assert [one["kid"] for one in json.loads((far.home.folder / "hub.json").read_text())["hubEnc"]] == [new.id]
        assert await asked(far) == OPENED


KEPT = """insert into inbox (id, partner, content_hash, opened, claims_id, lane, received_at, fate, code, fields,
    directory_version, rule, journal_hash, deliveries)
  select gen_random_uuid(), 'politie-1', code, false, false, 'regulier', now() - interval '9 days', fate, code, '[]', 1,
    '', '', 1
  from (values ('opnieuw', 'waits'), ('aanvaard', 'decided'), ('quarantaine', 'dead-letter')) as kinds (fate, code)"""


async def test_a_key_that_nobody_was_told_of_goes_at_once_and_nobody_is_told(
    hub: Hub, near: Far, database: AsyncEngine
) -> None:
    for kind in (SIG, ENC):
        announced, _ = await rotation.add(hub, kind)
        await to(hub, announced, RETIRED)
    read, _ = await rotation.add(hub, ENC)
    await to(hub, read, READ, RETIRED)
    assert await told(database) == []


async def test_a_key_that_signs_and_never_did_goes_at_once_and_all_are_told(
    hub: Hub, near: Far, database: AsyncEngine, publisher: FakePublisher
) -> None:
    new, _ = await rotation.add(hub, SIG)
    await to(hub, new, READ, RETIRED)
    await post(hub, database, publisher)
    await near.take(publisher)
    assert near.signing() == [(await writes(hub, SIG)).id]


async def test_the_one_before_may_write_again(
    hub: Hub, near: Far, database: AsyncEngine, publisher: FakePublisher
) -> None:
    old = await writes(hub, ENC)
    new, _ = await rotation.add(hub, ENC)
    await to(hub, new, READ, WRITE)
    await to(hub, old, WRITE)
    await post(hub, database, publisher)
    await near.take(publisher)
    assert near.me.hub_encryption.kid == old.id
    assert await asked(near) == OPENED


# ---- who is told, and who is waited for


async def test_only_partners_of_the_suite_are_told(hub: Hub, near: Far, tmp_path: Path, database: AsyncEngine) -> None:
    await joined(hub, tmp_path / "partners", 3, Suite.S1X)
    for kind, who in ((SIG, "politie-1"), (KeyKind.S1X_SIGNING, "politie-3")):
        new, _ = await rotation.add(hub, kind)
        await to(hub, new, READ)
        assert (await told(database))[-1:] == [(who, False)]
    assert len(await told(database)) == 2


@pytest.mark.parametrize("step", [KeyState.ANNOUNCED, READ])
async def test_who_joins_meanwhile_is_given_every_key_that_signs_or_will(
    step: KeyState, hub: Hub, near: Far, tmp_path: Path, database: AsyncEngine, publisher: FakePublisher
) -> None:
    old = await writes(hub, SIG)
    new, _ = await rotation.add(hub, SIG)
    await to(hub, new, *([step] if step is READ else []))
    late = await joined(hub, tmp_path / "partners", 4)
    assert late.signing() == sorted([old.id, *([new.id] if step is READ else [])])
    assert next(iter(late.me.hub_signing)) == old.id
    await to(hub, new, *([READ] if step is not READ else []))

    await post(hub, database, publisher)
    await near.take(publisher)
    if step is not READ:
        with refused("hub-key-untaken", "politie-4"):
            await to(hub, new, WRITE)
        await late.take(publisher)
    await to(hub, new, WRITE)
    await asked(late)
    await post(hub, database, publisher)
    assert (await late.take(publisher))[-1].type == REFUSAL
    assert late.unread == []


@pytest.mark.parametrize("step", [KeyState.ANNOUNCED, READ])
async def test_who_takes_up_a_suite_meanwhile_is_given_its_keys_by_the_same_act_and_told_of_what_follows(
    step: KeyState, hub: Hub, near: Far, database: AsyncEngine
) -> None:
    """Seen: who had looked at the hub's keys of the suite before a step, and took it up after, was never told of it."""
    kind = KeyKind.S1X_SIGNING
    old = await writes(hub, kind)
    new, _ = await rotation.add(hub, kind)
    await to(hub, new, *([step] if step is READ else []))
    pairs = generate(Suite.S1X)
    handed = await enrol_key(hub, near.home.id, public(pairs.encryption), KeyUse.ENCRYPTION, None)

    sig, enc = hub_jwks(await hub.database.store.directory(), Suite.S1X)
    assert (handed["suite"], handed["hubSig"], handed["hubEnc"]) == ("S1X", sig, enc)
    given = [one["kid"] for one in (sig if isinstance(sig, list) else [sig])]
    assert given == [old.id, *([new.id] if step is READ else [])]
    if step is not READ:
        await to(hub, new, READ)
        assert await told(database) == [(near.home.id, False)]
        with refused("hub-key-untaken", near.home.id):
            await to(hub, new, WRITE)


async def test_a_partner_that_is_retired_is_waited_for_no_longer(hub: Hub, near: Far, away: Far) -> None:
    new, _ = await rotation.add(hub, SIG)
    await to(hub, new, READ)
    now = await hub.now()
    for far in (near, away):
        with refused("hub-key-untaken", f"(?<!, ){far.home.id}"):
            await to(hub, new, WRITE)
        await hub.database.change_directory("test", lambda known: retire_partner(known, far.home.id, now))  # noqa: B023
    await to(hub, new, WRITE)


async def test_what_a_retired_partner_was_told_its_successor_has_to_take(
    hub: Hub, near: Far, away: Far, database: AsyncEngine, publisher: FakePublisher
) -> None:
    new, _ = await rotation.add(hub, SIG)
    await to(hub, new, READ)
    now = await hub.now()
    await hub.database.change_directory("test", lambda known: retire_partner(known, near.home.id, now, away.home.id))
    waiting = await hub.database.store.waiting_outgoing(near.home.id, 100)
    setting = setting_for("test", hub.settings, hub.config)
    assert (await readdress(near.home.id, waiting, hub.database.store, setting)).moved
    await post(hub, database, publisher)
    assert {one.data["kid"] for one in await away.take(publisher)} == {new.id}
    await to(hub, new, WRITE)


async def test_an_operator_sees_who_is_waited_for(
    hub: Hub, near: Far, away: Far, database: AsyncEngine, publisher: FakePublisher
) -> None:
    new, _ = await rotation.add(hub, SIG)
    await to(hub, new, READ)
    await post(hub, database, publisher)
    await near.take(publisher)
    listed = {found.key.id: found for found in await rotation.listed(hub, SIG)}
    _, attention = await _ask_keys(hub)

    assert listed[new.id].untaken == (PartnerId("politie-2"),)
    assert attention == [f"politie-2 did not say yet that they know of S1-sig key {new.id} (read)"]
    await away.take(publisher)
    assert (await _ask_keys(hub))[1] == []


async def test_what_a_partner_sent_before_it_was_retired_is_waited_for_as_long_as_anybodys(
    hub: Hub, near: Far, away: Far, database: AsyncEngine, publisher: FakePublisher
) -> None:
    """Seen: the last that held a step up is retired, the step is free at once, and what it had sent is refused."""
    old = await writes(hub, ENC)
    new, _ = await rotation.add(hub, ENC)
    await to(hub, new, READ, WRITE)
    await post(hub, database, publisher)
    await near.take(publisher)
    await age(database, hub, ON_ITS_WAY)
    with refused("hub-key-used", "politie-2 did not say yet"):
        await to(hub, old, RETIRED)
    now = await hub.now()
    await hub.database.change_directory("test", lambda known: retire_partner(known, away.home.id, now))
    with refused("hub-key-used", "may be on its way until"):
        await to(hub, old, RETIRED)
    assert await asked(away) == OPENED

    await rows(database, KEPT.replace("interval '9 days'", "interval '1 minute'"))
    earlier = now - ON_ITS_WAY
    await hub.database.change_directory("test", lambda known: with_end(known, away.home.id, earlier))
    with refused("hub-key-used", "1 messages that came in before"):
        await to(hub, old, RETIRED)
    await rows(database, "delete from inbox where code = 'waits'")
    await to(hub, old, RETIRED)


def with_end(directory: Directory, partner: PartnerId, at: datetime) -> Directory:
    """It was retired then."""
    known = replace(directory.partners[partner], valid_from=at - ON_ITS_WAY, valid_to=at)
    return replace(directory, version=directory.version + 1, partners={**directory.partners, partner: known})


@pytest.mark.parametrize("closing", [False, True], ids=["connected", "closing"])
async def test_an_old_key_opens_until_every_intake_is_read(
    closing: bool, hub: Hub, database: AsyncEngine, servers: Addresses, tmp_path: Path, publisher: FakePublisher
) -> None:
    """Whatever moment says that nothing can be on its way any more: a hub that was off for long has not read it yet."""
    async with broker_at(servers) as broker:
        lies = await broker.partner()
        far = await joined(hub, tmp_path / "partners", 7, name=lies.id)
        old = await writes(hub, ENC)
        new, _ = await rotation.add(hub, ENC)
        await to(hub, new, READ, WRITE)
        await post(hub, database, publisher)
        await far.take(publisher)
        if closing:
            now = await hub.now()
            await hub.database.change_directory("test", lambda known: retire_partner(known, lies.id, now))
            await hub.database.change_directory("test", lambda known: with_end(known, lies.id, now - ON_ITS_WAY))
        await age(database, hub, ON_ITS_WAY)
        await lies.send(b"sealed", Lane.ACUTE)
        await until(lambda: counted(hub, lies.id, 1))
        with refused("hub-key-used", f"{lies.id} .1. is not read yet: see"):
            await to(hub, old, RETIRED)
        async with hub.admin() as admin:
            await admin.empty(lies.id, INTAKE[Lane.ACUTE])
        await until(lambda: counted(hub, lies.id, 0))
        await to(hub, old, RETIRED)


async def counted(hub: Hub, partner: PartnerId, number: int) -> bool:
    async with hub.admin() as admin:
        return (await admin.depths(partner))[INTAKE[Lane.ACUTE]].ready == number


# ---- a key that others may have


async def test_at_once_nothing_is_waited_for_and_who_was_left_out_takes_the_key_by_hand(
    hub: Hub, near: Far, away: Far, database: AsyncEngine, publisher: FakePublisher
) -> None:
    old = await writes(hub, SIG)
    new, _ = await rotation.add(hub, SIG)
    await to(hub, new, READ)
    await post(hub, database, publisher)
    await near.take(publisher)
    away._seen = len(publisher.to("politie-2"))  # it lost what was sent to it
    await to(hub, new, WRITE, at_once=True)
    await to(hub, old, RETIRED, at_once=True)
    await post(hub, database, publisher)
    await near.take(publisher)
    await away.take(publisher)
    assert (near.signing(), away.signing()) == ([new.id], [old.id])
    assert set(away.unread) == {"niet-te-openen"}

    hub_json = json.loads((away.home.folder / "hub.json").read_text())
    shown, _ = hub_jwks(await hub.database.store.directory(), Suite.S1)
    (away.home.folder / "hub.json").write_text(json.dumps({**hub_json, "hubSig": shown}))
    await post(hub, database, publisher)
    await away.take(publisher)
    assert away.signing() == [new.id]
    assert all(delivered for _, delivered in await told(database))


async def test_at_once_what_comes_under_the_old_key_is_refused_from_then_on(
    hub: Hub, near: Far, database: AsyncEngine
) -> None:
    old = await writes(hub, ENC)
    new, _ = await rotation.add(hub, ENC)
    await to(hub, new, READ, WRITE)
    await to(hub, old, RETIRED, at_once=True)
    (row,) = (await near.say(QUESTION, WRONG)).inbox
    assert (row.fate, row.code) == (Fate.REJECTED, "envelop-ongeldig")


# ---- other troubles


async def test_while_the_clock_is_doubted_no_key_ends_by_time(
    hub: Hub, near: Far, database: AsyncEngine, publisher: FakePublisher
) -> None:
    old = await writes(hub, ENC)
    new, _ = await rotation.add(hub, ENC)
    await to(hub, new, READ, WRITE)
    await post(hub, database, publisher)
    await near.take(publisher)
    async with clock_of(database) as clock:
        await clock.jump(2 * ON_ITS_WAY)
        with refused("hub-key-used", "on its way"):
            await to(hub, old, RETIRED)
        await to(hub, old, RETIRED, at_once=True)


@pytest.mark.parametrize("lapsed", [False, True])
async def test_what_was_said_of_a_key_and_opens_no_more_is_made_again(
    lapsed: bool, hub: Hub, near: Far, database: AsyncEngine, publisher: FakePublisher
) -> None:
    new, _ = await rotation.add(hub, SIG)
    await to(hub, new, READ)
    setting, store = setting_for("test", hub.settings, hub.config), hub.database.store
    if lapsed:
        await rows(database, "update outbox set expires = now() - interval '1 day'")
        await reissue(await store.lapsed_outgoing(10), store, setting)
    await rows(database, "update outbox set key_id = 'gone', ciphertext = 'x' where next_at is not null")
    found = await rows(database, "select id from outbox where key_id = 'gone'")
    async with store.unit() as unit:
        await unit.write(await make_again([row["id"] for row in found], unit, setting), "test", Lane.ROUTINE)
    await post(hub, database, publisher)
    await near.take(publisher)
    await to(hub, new, WRITE)


class Ahead(Hub):
    """While every clock is wrong together."""

    async def now(self) -> datetime:
        return await Hub.now(self) + timedelta(days=800)


async def test_a_key_that_a_wrong_clock_put_ahead_is_not_taken_for_newer_than_the_next(
    hub: Hub, near: Far, database: AsyncEngine, publisher: FakePublisher
) -> None:
    first, _ = await rotation.add(hub, ENC)
    await to(Ahead(hub.settings, hub.config, hub.database), first, READ, WRITE)
    await post(hub, database, publisher)
    (told_ahead,) = await near.take(publisher)
    assert told_ahead.event.time > await hub.now() + timedelta(days=700)
    second, _ = await rotation.add(hub, ENC)
    await to(hub, second, READ, WRITE)
    await post(hub, database, publisher)
    await near.take(publisher)
    assert near.me.hub_encryption.kid == second.id

    with refused("hub-key-used", "on its way"):
        await to(hub, first, RETIRED)
    await rows(database, "update outbox set delivered_at = delivered_at - cast(:by as interval)", by=ON_ITS_WAY)
    await to(hub, first, RETIRED)


async def test_a_home_in_which_nothing_can_be_said_to_partners_takes_no_step(
    hub: Hub, near: Far, tmp_path: Path, database: AsyncEngine
) -> None:
    new, _ = await rotation.add(hub, SIG)
    await to(hub, new, READ)
    shutil.copytree(hub.settings.home / "keys", tmp_path / "other" / "keys")
    for file in KeyFiles(tmp_path / "other").held()[KeyKind.IDS].values():
        file.path.unlink()
    other = replace(hub, settings=replace(hub.settings, home=tmp_path / "other"))
    before = await one(database, "select count(*) from directory")
    for step in (WRITE, RETIRED):
        with refused("hub-key-missing", "ids"):
            await to(other, new, step, at_once=True)
    assert await one(database, "select count(*) from directory") == before


@pytest.mark.parametrize("kind", [SIG, ENC])
async def test_after_a_restore_to_before_a_key_was_known_its_file_is_brought_back(
    kind: KeyKind, hub: Hub, near: Far, database: AsyncEngine, tmp_path: Path, publisher: FakePublisher
) -> None:
    """Partners go by the new key already: what they encrypt to it must open, and they may accept no other signature."""
    old = await writes(hub, kind)
    before = await one(database, "select version from directory_head")
    new, path = await rotation.add(hub, kind)
    await to(hub, new, READ, WRITE, at_once=True)
    await to(hub, old, RETIRED, at_once=True)
    hub_json = json.loads((near.home.folder / "hub.json").read_text())
    sig, enc = hub_jwks(await hub.database.store.directory(), Suite.S1)
    (near.home.folder / "hub.json").write_text(json.dumps({**hub_json, "hubSig": sig, "hubEnc": enc}))
    sealed = near.sealed(QUESTION, WRONG)

    await rows(database, "update directory_head set version = :v", v=before)
    await rows(database, "delete from directory where version > :v", v=before)
    await rows(database, "delete from outbox")
    with refused("hub-key-foreign"):
        await rotation.add(hub, kind)
    aside = path.rename(tmp_path / "aside.json")
    again, there = await rotation.add(hub, kind, aside)
    assert (again.id, there) == (new.id, path)
    await to(hub, again, READ, WRITE, at_once=True)

    assert [row.code for row in (await near.decided(sealed)).inbox] == [OPENED]
    await post(hub, database, publisher)
    await near.take(publisher)
    assert near.unread == []
    assert all(delivered for _, delivered in await told(database))


@pytest.mark.parametrize("kind", SUITE_KINDS)
async def test_a_file_that_holds_no_key_of_the_kind_is_announced_as_none(
    kind: KeyKind, hub: Hub, tmp_path: Path, database: AsyncEngine
) -> None:
    others: Sequence[Any] = [
        one for name in KeyKind if name is not kind for one in KeyFiles(hub.settings.home).held()[name].values()
    ]
    for other in others:
        with pytest.raises(OperatorError):
            await rotation.add(hub, kind, other.path)
    assert await one(database, "select count(*) from directory") == 1
