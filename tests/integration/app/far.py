"""Partners far away, of a hub that is only a database: what the relay would publish to them, and what they answer."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from hub.app.configuration import setting_for
from hub.app.hub import Hub
from hub.app.partners import hub_jwks
from hub.canonical.codes import Lane, Result
from hub.canonical.environment import Environment
from hub.canonical.partners import KeyUse, Partner, Role, Suite
from hub.envelope.keys import check_public, generate, public
from hub.ids import Oin, PartnerId, RegionId
from hub.lanes.batch import decide_batch
from hub.lanes.database import Patient
from hub.lanes.health import Health
from hub.lanes.lookout import Lookout
from hub.lanes.relay import Relay
from hub.partner import profile as folder_of
from hub.partner.hub_keys import News, taken
from hub.partner.messages import (
    HUB_KEY,
    PROCESSED,
    UNANSWERED,
    Draft,
    Received,
    UnreadableError,
    compose,
    envelope,
    read,
)
from hub.partner.profile import Profile, hub_document, with_hub, write_hub
from hub.ports import Changes, Delivery, Properties
from hub.routing.changes import add_partner
from hub.routing.first import registered
from tests.databases import one, rows
from tests.fakes import FakePublisher, until


@dataclass
class Far:
    """One of them; its folder is as a real one's. `unread`: what it could not open."""

    hub: Hub
    home: Profile
    got: list[Received] = field(default_factory=list)
    unread: list[Result] = field(default_factory=list)
    _seen: int = 0

    @property
    def me(self) -> Profile:
        return with_hub(self.home, hub_document(self.home.folder))

    def signing(self) -> list[str]:
        return sorted(self.me.hub_signing)

    async def take(self, publisher: FakePublisher, *, answers: bool = True) -> list[Received]:
        """Read what came, take keys in, and answer."""
        news = publisher.to(self.home.id)[self._seen :]
        self._seen += len(news)
        for each in news:
            try:
                message = read(self.me, each.body, str(each.id))
            except UnreadableError as error:
                self.unread.append(error.result)
                await self.answer(each.id, error.result)
                continue
            self.got.append(message)
            if message.type == HUB_KEY:
                write_hub(self.home.folder, taken(hub_document(self.home.folder), News.of(message.data)))
            if answers and message.type not in UNANSWERED:
                await self.answer(message.id, Result.STORED)
        return self.got[-len(news) :]

    async def answer(self, id_: Any, result: Result) -> None:
        await self.say(PROCESSED, {"bericht": str(id_), "resultaat": result.value})

    async def say(self, type_: str, data: dict[str, Any]) -> Changes:
        return await self.decided(self.sealed(type_, data))

    def sealed(self, type_: str, data: dict[str, Any]) -> Delivery:
        """As it would lie in the intake."""
        id_ = uuid4()
        payload = compose(self.me, Draft(type_, data), id_, datetime.now(UTC))
        properties = Properties(message_id=str(id_), user_id=self.home.id, content_type="application/jose")
        return Delivery(self.home.id, Lane.ROUTINE, envelope(self.me, payload), properties)

    async def decided(self, delivery: Delivery) -> Changes:
        setting = setting_for("test", self.hub.settings, self.hub.config)
        return await decide_batch([delivery], self.hub.database.store, Lane.ROUTINE, setting)


async def joined(hub: Hub, folder: Path, number: int, suite: Suite = Suite.S1, name: PartnerId | None = None) -> Far:
    """A partner more, as `partner add` makes it, but for the broker."""
    pairs, name, now = generate(suite), name or PartnerId(f"politie-{number}"), await hub.now()
    halves = {KeyUse.SIGNING: pairs.signing, KeyUse.ENCRYPTION: pairs.encryption}
    keys = tuple(registered(check_public(public(text), use), now) for use, text in halves.items())
    oin, region = Oin(f"0000009900000{number:04d}000"), (RegionId("haaglanden"),)
    partner = Partner(name, oin, Role.POLICE, region, keys, now, begun=True)
    newest = await hub.database.change_directory("test", lambda known: add_partner(known, partner, Environment.TEST))
    sig, enc = hub_jwks(newest, suite)
    told = {"amqp": "amqp://x", "hubOin": hub.config.hub_oin, "hubSig": sig, "hubEnc": enc}
    folder_of.save_keys(folder / name, pairs)
    folder_of.enrol(folder / name, name, oin, Role.POLICE, told)
    return Far(hub, folder_of.load(folder / name))


async def post(hub: Hub, database: AsyncEngine, publisher: FakePublisher) -> None:
    """All that waits leaves, what was sent before and not answered too."""
    waits = "next_at = now(), published_at = null, place = null"
    await rows(database, f"update outbox set {waits} where next_at is not null")
    patient = Patient(Health(), longest=0.05)
    setting = setting_for("test", hub.settings, hub.config)
    relay = Relay(hub.database.store, publisher, setting, patient, lambda: datetime.now(UTC))
    going = asyncio.create_task(relay.run(Lookout(hub.database.store, patient)))
    try:
        left = "select not exists (select from outbox where published_at is null and next_at is not null)"
        await until(lambda: one(database, left))
    finally:
        going.cancel()
        await asyncio.gather(going, return_exceptions=True)
