"""One partner at the broker, doing all that the contract asks: books first, resends, `verwerkt` before acknowledging.

Leaner than the shipped client, with which it shares link and envelopes: it takes messages in side by side, and waits
for many answers at once.
"""

import asyncio
import itertools
import os
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Any
from uuid import UUID, uuid4

from hub.canonical.codes import Lane, Result
from hub.envelope.hashes import sha256_hex
from hub.envelope.keys import SigningKey
from hub.errors import BrokerAway, Unconfirmed
from hub.ids import MessageId
from hub.partner.link import Delivery, Link
from hub.partner.messages import (
    DELAY,
    PROCESSED,
    RECEIPT,
    REFUSAL,
    UNANSWERED,
    Draft,
    Received,
    UnreadableError,
    compose,
    envelope,
    full_type,
    read,
)
from hub.partner.profile import Profile
from tests.faults.partners.book import Book
from tests.faults.partners.cast import Player

RESEND_AFTER, LONGEST = 8.0, 60.0
"""Seconds without an answer until the same payload goes again; doubling up to `LONGEST`."""
AGAIN = 1.0
"""Seconds after a publish that failed."""
PATIENCE = 10.0
"""Seconds for a publish; a broker that has just come back may leave one unconfirmed, and then it goes again."""
AT_ONCE = 64
"""Confirmations under way."""


@dataclass(slots=True)
class Waiting:
    """A message without an answer. `body` makes the bytes to publish."""

    lane: Lane
    body: Callable[[], bytes]
    answer: asyncio.Future[Received]
    next_at: float
    pause: float = RESEND_AFTER


@dataclass
class Actor:
    """Open with `acting`."""

    player: Player
    profile: Profile
    book: Book
    link: Link
    chance: Random
    react: Callable[["Actor", Received], Awaitable[None]]
    waiting: dict[MessageId, Waiting] = field(default_factory=dict)
    reactions: set[asyncio.Task[None]] = field(default_factory=set)
    sent: int = 0
    got: int = 0
    _confirming: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    # --- sending ------------------------------------------------------------------------------------------------------

    async def say(
        self,
        name: str,
        data: dict[str, object],
        lane: Lane = Lane.ROUTINE,
        case: UUID | None = None,
        cause: UUID | None = None,
        *,
        wrong: bool = False,
        copies: int = 1,
        patience: float = RESEND_AFTER,
        id_: MessageId | None = None,
    ) -> Received:
        """Send, and send again until there is an answer.

        Args:
            wrong: meant to be refused.
            copies: how often it is published at first.
            patience: seconds without an answer until it goes again.
            id_: its own, where another message named it already.
        """
        draft = Draft(full_type(name), data, lane, case, cause)
        id_ = id_ or MessageId(uuid4())
        payload = compose(self.profile, draft, id_, now())
        self.book.sent(id_, draft, sha256_hex(payload), wrong=wrong)
        return await self._until_answered(id_, lane, partial(envelope, self.profile, payload), copies, patience)

    async def say_sealed_wrongly(self, name: str, data: dict[str, object], signing: SigningKey) -> Received:
        """Signed with a key that is not ours. The envelope stays the same: to the hub it is all that there is."""
        draft = Draft(full_type(name), data)
        id_ = MessageId(uuid4())
        body = envelope(self.profile, compose(self.profile, draft, id_, now()), signing)
        return await self.say_bytes(id_, draft, body)

    async def say_bytes(self, id_: MessageId, draft: Draft, body: bytes) -> Received:
        """Publish bytes as they are."""
        self.book.sent(id_, draft, sha256_hex(body), wrong=True)
        return await self._until_answered(id_, draft.lane, lambda: body)

    async def _until_answered(
        self, id_: MessageId, lane: Lane, body: Callable[[], bytes], copies: int = 1, patience: float = RESEND_AFTER
    ) -> Received:
        loop = asyncio.get_running_loop()
        one = self.waiting[id_] = Waiting(lane, body, loop.create_future(), loop.time() + patience, patience)
        self.sent += 1
        for _ in range(copies):
            await self._publish(id_, one)
        return await one.answer

    async def _publish(self, id_: MessageId, one: Waiting) -> None:
        try:
            await self.link.publish(id_, one.lane, one.body(), now())
        except (Unconfirmed, BrokerAway):
            one.next_at = asyncio.get_running_loop().time() + AGAIN
        else:
            self.book.confirmed(id_)

    async def resend(self) -> None:
        """For ever: what has no answer for a while goes again, all of it side by side."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(0.5)
            due = [(id_, one) for id_, one in self.waiting.items() if loop.time() >= one.next_at]
            for _, one in due:
                one.pause = min(LONGEST, one.pause * 2)
                one.next_at = loop.time() + one.pause
            await asyncio.gather(*(self._publish(id_, one) for id_, one in due))

    # --- receiving ----------------------------------------------------------------------------------------------------

    async def receive(self) -> None:
        """For ever: written down, then confirmed and acknowledged; what is new is reacted to."""
        for number in itertools.count(1):
            delivery = await self.link.take()
            await self._confirming.acquire()
            self._spawn(self._take(delivery), freeing=True)
            if number % 10 == 0:  # a full queue must not keep this process from sending
                await asyncio.sleep(0)

    async def _take(self, delivery: Delivery) -> None:
        try:
            message = read(self.profile, delivery.body, delivery.message_id)
        except UnreadableError as error:
            self.book.unreadable(delivery.message_id or "", sha256_hex(delivery.body))
            with suppress(ValueError):
                await self._confirm(delivery, UUID(delivery.message_id or ""), error.result)
            return
        fresh = self.book.got(message)
        if fresh:
            self.got += 1
            self._take_in(message)
        if message.type in UNANSWERED:
            await delivery.ack()
        else:
            await self._confirm(delivery, message.id, Result.STORED)

    def _take_in(self, message: Received) -> None:
        if message.type in (RECEIPT, REFUSAL):
            one = (
                self.waiting.pop(MessageId(UUID(message.data["bericht"])), None) if "bericht" in message.data else None
            )
            if one is not None and not one.answer.done():
                one.answer.set_result(message)
        elif message.type != DELAY:
            self._spawn(self.react(self, message))

    async def _confirm(self, delivery: Delivery, id_: UUID, result: Result) -> None:
        """`verwerkt` until the broker has it, and only then the acknowledgement."""
        draft = Draft(PROCESSED, {"bericht": str(id_), "resultaat": result.value}, delivery.lane, causation=id_)
        own = MessageId(uuid4())
        payload = compose(self.profile, draft, own, now())
        self.book.sent(own, draft, sha256_hex(payload), wrong=False)
        self.sent += 1
        while True:
            try:
                await self.link.publish(own, delivery.lane, envelope(self.profile, payload), now())
            except (Unconfirmed, BrokerAway):
                await asyncio.sleep(AGAIN)
            else:
                self.book.confirmed(own)
                break
        await delivery.ack()

    def _spawn(self, doing: Awaitable[None], *, freeing: bool = False) -> None:
        task = asyncio.ensure_future(doing)
        self.reactions.add(task)

        def done(ended: "asyncio.Future[None]") -> None:
            self.reactions.discard(ended)
            if freeing:
                self._confirming.release()
            end_on_error(ended)

        task.add_done_callback(done)


def end_on_error(ended: "asyncio.Future[Any]") -> None:
    """A fake partner that fails ends its process at once, so that nobody takes its silence for the hub's."""
    error = None if ended.cancelled() else ended.exception()
    if error is not None:
        traceback.print_exception(error)
        os._exit(70)


def now() -> datetime:
    return datetime.now(UTC)


def reference(answer: Received) -> UUID | None:
    """What the hub calls it from now on; `None` if it was refused."""
    return UUID(answer.data["referentie"]) if "referentie" in answer.data else None


def accepted(answer: Received) -> bool:
    return answer.type == RECEIPT


@asynccontextmanager
async def acting(
    player: Player, profile: Profile, chance: Random, react: Callable[[Actor, Received], Awaitable[None]]
) -> AsyncIterator[Actor]:
    """A partner at work, its book in its own folder."""
    with Book(profile.folder, profile, (player.region,), now) as book:
        async with Link(profile.amqp_urls, deadline=PATIENCE) as link:
            actor = Actor(player, profile, book, link, chance, react)
            going = [asyncio.create_task(actor.receive()), asyncio.create_task(actor.resend())]
            try:
                yield actor
            finally:
                for task in (*going, *actor.reactions):
                    task.cancel()
                await asyncio.gather(*going, *actor.reactions, return_exceptions=True)
