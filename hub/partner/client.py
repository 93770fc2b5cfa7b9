"""A partner's client: what docs/contract.md, "What a partner must do", asks, and nothing the hub would know more of.

    async with connected(profile, clock=..., new_id=...) as client:
        id_ = await client.send(Draft(type, data))
        async for message in client.receive():
            ...

Each message of the hub is opened, proved and written down; then it is processed (handed to the caller), answered with
`verwerkt` and only then acknowledged to the broker. Cut off in between, it comes again: what is written down but not
processed is processed then, and what is processed is only answered again. A key of the hub that it tells of is in
`hub.json` before it is answered.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from hub.canonical.codes import Lane, Result
from hub.envelope.hashes import sha256_hex
from hub.envelope.keys import SigningKey
from hub.errors import BrokerAway, OperatorError, Unconfirmed
from hub.ids import MessageId
from hub.partner.books import Answer, Books, Letter, Noted
from hub.partner.hub_keys import News, taken
from hub.partner.link import DEADLINE, Delivery, Link
from hub.partner.messages import (
    HUB_KEY,
    PROCESSED,
    RECEIPT,
    REFUSAL,
    UNANSWERED,
    Draft,
    Received,
    UnreadableError,
    compose,
    envelope,
    read,
)
from hub.partner.profile import Profile, hub_document, hub_stamp, with_hub, write_hub

LOOK_AGAIN = 0.25
"""Seconds between looks in the books, for an answer that another process of this partner may have got."""
PAUSE = 1.0
"""Seconds before we connect anew because the hub's queue would not take a `verwerkt`."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What a client is given from outside: the time, and fresh random ids."""

    clock: Callable[[], datetime]
    new_id: Callable[[], UUID]


class Client:
    """One connected partner; see `connected`."""

    def __init__(self, profile: Profile, books: Books, link: Link, tools: Tools, *, confirms: bool) -> None:
        self.books = books
        self._profile = profile
        self._stamp: tuple[int, int] | None = None
        self._link = link
        self._tools = tools
        self._confirms = confirms
        self._news = asyncio.Event()

    @property
    def profile(self) -> Profile:
        """Who we are, with the hub's keys as they are now: another process of this partner, or a hand, may have written
        `hub.json` anew. While a hand is at it, as they were."""
        stamp = hub_stamp(self._profile.folder)
        if stamp is not None and stamp != self._stamp:
            with contextlib.suppress(OperatorError):
                self._profile, self._stamp = with_hub(self._profile, hub_document(self._profile.folder)), stamp
        return self._profile

    # --- sending ------------------------------------------------------------------------------------------------------

    def write_down(self, draft: Draft) -> MessageId:
        """Write a message down, with the payload to sign, before it is published; its id."""
        id_ = MessageId(self._tools.new_id())
        payload = compose(self.profile, draft, id_, self._tools.clock())
        self.books.write(Letter(id_, draft.type, draft.lane, sha256_hex(payload), payload), self._tools.clock())
        return id_

    async def send(self, draft: Draft, *, signing: SigningKey | None = None) -> MessageId:
        """Write a message down, then publish it; its id.

        Args:
            signing: another key than our own, for trying what the hub does then.

        Raises:
            Unconfirmed, BrokerAway: it counts as not received; `resend` it.
        """
        id_ = self.write_down(draft)
        await self.publish(id_, self.sealed(id_, signing))
        return id_

    async def resend(self, id_: UUID) -> None:
        """The same signed payload again, in a new envelope.

        Raises:
            OperatorError: its payload is not in the books (any more).
            Unconfirmed, BrokerAway: as `send`.
        """
        await self.publish(id_, self.sealed(id_))

    def sealed(self, id_: UUID, signing: SigningKey | None = None) -> bytes:
        """A new envelope around what was written down. Raises `OperatorError` as `resend`."""
        letter = self.books.letter(id_)
        if letter is None or letter.payload is None:
            raise OperatorError("not-in-books", f"Message {id_} is not in the books, or was sent over 7 days ago.")
        return envelope(self.profile, letter.payload, signing)

    async def publish(self, id_: UUID, body: bytes) -> None:
        """Publish a body for a message in the books, and count it there. Raises as `send`."""
        await self._link.publish(MessageId(id_), self.books.lane(id_), body, self._tools.clock())
        self.books.published(id_)

    async def send_body(self, body: bytes, lane: Lane = Lane.ROUTINE) -> MessageId:
        """Publish bytes as they are, for trying what the hub does then; the id they go under."""
        id_ = MessageId(self._tools.new_id())
        self.books.write(Letter(id_, "", lane, sha256_hex(body), None), self._tools.clock())
        await self.publish(id_, body)
        return id_

    async def wait_for_answer(self, id_: UUID, timeout: float, resend_after: float | None = None) -> Answer | None:  # noqa: ASYNC109
        """The receipt or refusal of what we sent, or `None` after `timeout` seconds.

        Somebody must be receiving meanwhile: a task of ours, or another process with the same books.

        Args:
            resend_after: seconds after which the message is sent again, and again.
        """
        now = asyncio.get_running_loop().time
        deadline, again = now() + timeout, now() + (resend_after or timeout)
        while (answer := self.books.answer(id_)) is None and now() < deadline:
            if resend_after and now() >= again:
                again += resend_after
                await self._try_again(id_)
            await self._wait_for_news(min(LOOK_AGAIN, deadline - now()))
        return answer

    # --- receiving ----------------------------------------------------------------------------------------------------

    async def receive(self, seconds: float | None = None) -> AsyncIterator[Received]:
        """Messages of the hub, acute ones first, each once; it counts as processed when the next one is asked for.

        Receipts and refusals are among them. Ends `seconds` after the start, or never.
        """
        async for delivery in self._deliveries(seconds):
            try:
                message = self._read(delivery)
                noted = self._note(message)
                if noted.fresh and message.type == HUB_KEY:
                    self._take_key(message)
            except UnreadableError as error:
                await self._give_back(delivery, error.result)
                continue
            if noted.fresh:
                yield replace(message, current=noted.current)
                self.books.processed(message.id, self._tools.clock())
            if message.type in UNANSWERED:
                await delivery.ack()
            else:
                await self._confirm(delivery, message.id, Result.STORED)

    async def receive_answers(self) -> None:
        """Take receipts and refusals only, for ever; all else goes back to its queue when we disconnect."""
        async for delivery in self._deliveries(None):
            with contextlib.suppress(UnreadableError):
                message = self._read(delivery)
                if message.type in (RECEIPT, REFUSAL):
                    self._note(message)
                    self.books.processed(message.id, self._tools.clock())
                    await delivery.ack()

    # ------------------------------------------------------------------------------------------------------------------

    async def _try_again(self, id_: UUID) -> None:
        # Not received: the next round tries again.
        with contextlib.suppress(Unconfirmed, BrokerAway):
            await self.resend(id_)

    async def _wait_for_news(self, seconds: float) -> None:
        self._news.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()

    async def _deliveries(self, seconds: float | None) -> AsyncIterator[Delivery]:
        deadline = None if seconds is None else asyncio.get_running_loop().time() + seconds
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    delivery = await self._link.take()
            except TimeoutError:
                return
            yield delivery

    def _read(self, delivery: Delivery) -> Received:
        return read(self.profile, delivery.body, delivery.message_id)

    def _note(self, message: Received) -> Noted:
        noted = self.books.note(message, self._tools.clock())
        self._news.set()
        return noted

    def _take_key(self, message: Received) -> None:
        try:
            news = News.of(message.data)
        except OperatorError as error:
            raise UnreadableError(Result.CANNOT_READ, error.code) from error
        folder = self._profile.folder
        try:
            with self.books.alone():
                write_hub(folder, taken(hub_document(folder), news))
        except (OperatorError, OSError) as error:  # a hand writes the file just now, or the disk is full
            raise UnreadableError(Result.CANNOT_STORE, "hub.json") from error

    async def _give_back(self, delivery: Delivery, result: Result) -> None:
        """Tell the hub that we could not take a message: it keeps it, and sends it again after repair."""
        try:
            id_ = UUID(delivery.message_id or "")
        except ValueError:
            return await delivery.ack()  # nothing to call it by; the hub misses our `verwerkt` and sends it again
        self.books.unreadable(id_, sha256_hex(delivery.body), result, self._tools.clock())
        return await self._confirm(delivery, id_, result)

    async def _confirm(self, delivery: Delivery, id_: UUID, result: Result) -> None:
        """Say `verwerkt`, then acknowledge. Where that fails, the message comes again and is answered then."""
        data = {"bericht": str(id_), "resultaat": result.value}
        try:
            if self._confirms:
                await self.send(Draft(PROCESSED, data, delivery.lane, causation=id_))
            await delivery.ack()
        except (Unconfirmed, BrokerAway):
            await asyncio.sleep(PAUSE)
            self._link.reset()


@asynccontextmanager
async def connected(
    profile: Profile, tools: Tools, *, confirms: bool = True, deadline: float = DEADLINE
) -> AsyncIterator[Client]:
    """A client with its books and connection open.

    Args:
        confirms: false leaves out every `verwerkt`: for trying what the hub does then.
        deadline: seconds for the first connection, and for each publish.

    Raises:
        BrokerAway: no connection within the deadline.
    """
    with Books(profile.folder) as books:
        books.forget(tools.clock())
        async with Link(profile.amqp_urls, deadline) as link:
            yield Client(profile, books, link, tools, confirms=confirms)
