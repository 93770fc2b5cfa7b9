"""The lane out: from the outbox to a partner's queue, confirmed, until the partner's system has it.

Rows reach it in two ways and are treated the same: those this process has just committed, straight from memory; and
those that are due in the database, taken under a lease, because a crash left them, a publish failed, or a partner took
them and has not answered `verwerkt` in time (`resending.py`). A row keeps its id and payload over every resend; only
the envelope is made anew, for the newest key of the recipient.

What was written for a connection that has ended goes to the next of the same organisation and role; where that is
another organisation's, it is made for that one first (`readdress.py`), and waits here meanwhile. Each recipient and
lane has its own line: what one partner cannot take slows no other. A failure moves its rows ahead
by the recipient's own back-off and keeps that recipient out of the next look at the database until it has passed, so
nothing piles up in memory for a partner that does not read. A message that cannot be sealed backs off alone. Confirmed
rows are marked in bulk; a crash before the mark sends them again, under the same id.

What is in hand stays this worker's: its lease is renewed until it is marked (`hands.py`). So that it does not grow,
intake asks for room before each batch: not while about two batches of answers of its lane are to be sent. What is stuck
behind its recipient counts for nothing there, or one that does not read would stop the others; what a line has no room
for stays in the database.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

import structlog

from hub.canonical.codes import Lane
from hub.canonical.partners import Directory, Life, Partner
from hub.envelope.at_rest import Kept, reveal
from hub.envelope.policy import FROM_HUB_LIMIT
from hub.envelope.sealing import seal
from hub.errors import BrokerAway, Busy, HubError, OurFault, Surroundings, Unconfirmed
from hub.ids import MessageId, PartnerId
from hub.lanes.database import Patient
from hub.lanes.fate import lack_of, unexpected
from hub.lanes.hands import Hands
from hub.lanes.keys import NO_ADDRESSEE, NO_KEY
from hub.lanes.line import Line
from hub.lanes.lookout import Lookout
from hub.lanes.setting import Setting
from hub.lanes.stepping import KEY_GONE, KeyStanding
from hub.ports import Clock, Glance, Lack, OutboxRow, Outgoing, Place, Publisher, Store, Taken
from hub.routing.directory import next_connection
from hub.routing.limits import PerLane
from hub.telemetry import LogEvent

_log = structlog.get_logger()
MARK_EVERY = 0.05
"""Seconds in which confirms are gathered before they are marked together: what a crash sends twice is no more."""
KEEP_EVERY = 0.5
"""Seconds between two looks at whether a lease of what is in hand is to be renewed: when a third of it is over."""
LOCKED_EVERY = 0.5
"""Seconds until what somebody has locked is tried to be marked again."""
AT_ONCE = 200
OF_THE_RECIPIENT = {"returned", "refused", NO_KEY, NO_ADDRESSEE}
"""Failures that are one recipient's own: its queue is gone or full, as the broker says, or it cannot be sealed for."""
LACK_LOOKED_AT = PerLane(timedelta(seconds=15), timedelta(seconds=5))
"""When a message that could not be made ready for want of something is tried again."""
MOST_IN_HAND = 5_000
UNTIL_DECIDED = 600.0
"""Seconds between two looks at what waits for who is closing with nobody in its place."""
WRAPPED_ANEW, WRAPPED_ANEW_AT_MOST = 1.0, 15.0
"""Seconds until a message is taken again whose content was wrapped anew while it was in hand; longer each time, if it
is under a key that only another machine has."""

UNTIL_MADE = 1.0
"""Seconds between two looks at what is still to be made for the organisation in its recipient's place."""

BATCHES_UNSENT = 2
"""As many messages as so many batches have: while that many answers are to be sent, no batch is taken."""
ROOM_EVERY = 0.5
"""Seconds after which it is looked whether what is not sent is stuck."""


class Relay:
    """See the module. `run` for as long as the process lives; `offer` at any time; `drain` before the end."""

    def __init__(self, store: Store, publisher: Publisher, setting: Setting, patient: Patient, clock: Clock) -> None:
        self._store = store
        self._publisher = publisher
        self._setting = setting
        self._patient = patient
        self._clock = clock
        self._lines: dict[tuple[PartnerId, Lane], Line] = {}
        self._hands = Hands()
        self._tried = asyncio.Event()
        self._sent: list[OutboxRow] = []
        self._failed: dict[tuple[float, Lack | None], list[OutboxRow]] = {}
        self._marks = asyncio.Event()
        self._hurries = False
        """Whether somebody has locked what is to be marked: nobody waits for that."""
        self._directory: Directory | None = None
        self._looks = 0

    def offer(self, rows: Sequence[OutboxRow]) -> None:
        """Publish these soon: this process has just written them. A row that is in hand already is not taken twice:
        returns are matched by its id.

        Two connections of one organisation that ask for one answer both get it.
        """
        self._take(rows, time.monotonic() + self._lease / 2, answers=True)  # nobody knows how long the commit took

    async def room(self, lane: Lane) -> None:
        """Wait until a batch of this lane may be taken: an acute one waits for no routine answer."""
        while self._unsent(lane) >= BATCHES_UNSENT * self._setting.limits.batch_size:
            self._tried.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ROOM_EVERY):
                    await self._tried.wait()

    async def run(self, lookout: Lookout) -> None:
        """Look for rows that are due, keep what is in hand, and mark what was confirmed, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._look_for_ever(lookout))
            tasks.create_task(self._keep_for_ever())
            tasks.create_task(self._mark_for_ever())

    async def drain(self, seconds: float) -> int:
        """Finish what is in hand, for at most `seconds`.

        Returns:
            How many rows were left: whoever comes next publishes them when their lease ends.
        """
        ends = time.monotonic() + seconds
        working = [line.working() for line in self._lines.values()]
        await asyncio.wait({asyncio.ensure_future(asyncio.gather(*working))}, timeout=max(0.0, ends - time.monotonic()))
        for line in self._lines.values():
            line.stop()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._mark(), max(0.5, ends - time.monotonic()))
        return len(self._hands)

    @property
    def confirmed(self) -> bool:
        """Whether the broker confirms what is sent, as far as was tried."""
        return all(line.code in OF_THE_RECIPIENT for line in self._lines.values() if line.struggles)

    # --- looking -----------------------------------------------------------------------------------------------

    async def _look_for_ever(self, lookout: Lookout) -> None:
        glance: Glance | None = None
        while True:
            glance = await lookout.after(glance)
            if await self._look(glance) >= AT_ONCE:
                lookout.at_once()

    async def _look(self, glance: Glance) -> int:
        self._directory, self._looks = glance.directory, self._looks + 1
        if len(self._hands) > MOST_IN_HAND or self._setting.keys.periods.standing is not KeyStanding.READY:
            return 0
        found = 0
        for lane in (Lane.ACUTE, Lane.ROUTINE):
            if lane not in glance.due.outgoing:
                continue
            rows, until = await self._patient(partial(self._due, lane, self._free(self._directory, lane)))
            self._report_unanswered(rows)
            self._take(rows, until, answers=False)
            found = max(found, len(rows))
        return found

    async def _due(self, lane: Lane, partners: Sequence[PartnerId]) -> tuple[list[OutboxRow], float]:
        """What is due, and until when it is ours."""
        until = time.monotonic() + self._lease
        return await self._store.due_outgoing(lane, AT_ONCE, self._lease, partners), until

    def _free(self, directory: Directory, lane: Lane) -> list[PartnerId]:
        """The partners whose line takes more, each look another one first: no backlog keeps others waiting for long."""
        busy = {partner for (partner, of), line in self._lines.items() if of is lane and line.takes_no_more}
        there = [id_ for id_, partner in directory.partners.items() if partner.ended_at is None]
        free = [partner for partner in there if self._reached_by(partner) not in busy]
        first = self._looks % max(1, len(free))
        return free[first:] + free[:first]

    def _reached_by(self, partner: PartnerId) -> PartnerId:
        """The connection that a row written for this one goes to: once it has ended, its organisation's next."""
        known = self._directory.partners.get(partner) if self._directory is not None else None
        next_ = self._next(known) if known is not None else None
        return next_.id if known is not None and next_ is not None and next_.oin == known.oin else partner

    def _next(self, partner: Partner) -> Partner:
        assert self._directory is not None
        return next_connection(self._directory, partner, self._clock())

    def _waits(self, row: OutboxRow) -> float | None:
        """For how many seconds it is left alone, if it is: until it is made for who stands in its recipient's place;
        or its recipient has ended with nobody there, or is closing so, and it lies in its queue.

        That is not sent again, as no answer can come: an operator names a successor, or gives it up.
        """
        known = self._directory.partners.get(row.partner) if self._directory is not None else None
        if known is None:
            return None
        if self._next(known).oin != known.oin:
            return UNTIL_MADE
        life = known.life(self._clock())
        waits = life is Life.ENDED or (life is Life.CLOSING and row.published is not None)
        return UNTIL_DECIDED if waits else None

    def _report_unanswered(self, rows: Sequence[OutboxRow]) -> None:
        for row in rows:
            if row.published is not None:
                log = _log.bind(message=row.id, lane=row.lane.value)
                log.warning(
                    LogEvent.OUTGOING_UNANSWERED,
                    recipient=row.partner,
                    type=row.type,
                    since=row.published,
                    attempt=row.attempts,
                )

    # --- in hand -----------------------------------------------------------------------------------------------

    @property
    def _lease(self) -> float:
        return self._setting.limits.lease.total_seconds()

    def _take(self, rows: Sequence[OutboxRow], until: float, *, answers: bool) -> None:
        for written in rows:
            if written.behind is not None:  # an alarm whose turn has not come
                continue
            row = replace(written, partner=self._reached_by(written.partner))
            line = self._line(row)
            if self._hands.take_again(row, until):
                continue
            if (wait := self._waits(row)) is not None:
                self._leave(row, wait)
            elif line.blocked or line.is_full:
                self._leave(row, line.wait if line.blocked else 0.0)
            else:
                self._hands.take(row, until, answers=answers)
                line.add(row)

    def _unsent(self, lane: Lane) -> int:
        """Answers that a batch of this lane waits for: none of another lane if it is acute, none that is stuck."""
        waited_for = {Lane.ACUTE, lane}
        unsent = self._hands.unsent.items()
        return sum(rows for line, rows in unsent if line[1] in waited_for and not self._lines[line].is_stuck)

    async def _keep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(min(KEEP_EVERY, self._lease / 5))
            if ending := self._hands.ending(time.monotonic() + self._lease * 2 / 3):
                kept, until = await self._patient(partial(self._renewed, ending))
                self._hands.renewed(kept, until)

    async def _renewed(self, ending: Taken) -> tuple[Collection[MessageId], float]:
        until = time.monotonic() + self._lease
        return await self._store.renew(ending, self._lease), until

    # --- publishing --------------------------------------------------------------------------------------------

    def _line(self, row: OutboxRow) -> Line:
        key = (row.partner, row.lane)
        if key not in self._lines:
            self._lines[key] = Line(self._publish, self._setting.limits.recipient_retry)
        return self._lines[key]

    async def _publish(self, row: OutboxRow) -> bool:
        """Whether the broker has it; if not, the line waits and so does the row."""
        try:
            return await self._try(row, self._line(row))
        finally:
            self._hands.tried(row)
            self._tried.set()

    async def _try(self, row: OutboxRow, line: Line) -> bool:
        if not self._hands.is_ours(row, time.monotonic()):
            self._hands.let_go([row])  # it may be with another by now, and is due again if it is not
            return False
        if line.blocked:
            self._leave(row, line.wait)
            return False
        try:
            await self._publisher.publish(await self._sealed(row))
        except (Unconfirmed, BrokerAway) as error:
            self._note_failure(row, line, error)
            return False
        except Exception as exc:  # noqa: BLE001 - one message that cannot be sealed must not stop those behind it
            self._note_unfit(row, exc if isinstance(exc, HubError) else unexpected(exc))
            return False
        if line.worked():
            _log.info(LogEvent.PARTNER_UNBLOCKED, recipient=row.partner, lane=row.lane.value)
        self._sent.append(row)
        self._marks.set()
        return True

    async def _sealed(self, row: OutboxRow) -> Outgoing:
        directory = self._directory
        if directory is None or row.partner not in directory.partners:  # it was added after the last look
            directory = self._directory = await self._patient(self._store.directory)
        keys, partner = self._setting.keys, directory.partners.get(row.partner)
        if partner is None:
            raise Surroundings(NO_ADDRESSEE, f"The directory has lost partner {row.partner}; restore it.", row.partner)
        key = self._setting.partner_keys.encryption(partner, self._clock())
        stored = Kept(row.payload.ciphertext, row.payload.wrapped_key)
        payload = reveal(stored, keys=keys.wrapped, bound_to=Place.OUTBOX.bound(row.id))
        body = seal(payload, signing=keys.signs(directory, key.suite), recipient=key)
        if len(body) > FROM_HUB_LIMIT:
            raise OurFault("outgoing-too-large", "A message of the hub is larger than the contract allows.")
        return Outgoing(row.id, row.partner, row.lane, body)

    def _leave(self, row: OutboxRow, wait: float, lack: Lack | None = None) -> None:
        """Back to the database for `wait` seconds."""
        self._failed.setdefault((wait, lack), []).append(row)
        self._marks.set()

    def _note_failure(self, row: OutboxRow, line: Line, error: HubError) -> None:
        """The recipient cannot be reached: it is left alone for a while."""
        log = _log.bind(message=row.id, lane=row.lane.value)
        if line.failed():
            line.code = error.code
            again_at = self._clock() + timedelta(seconds=line.wait)
            log.warning(LogEvent.PARTNER_BLOCKED, recipient=row.partner, again_at=again_at, code=error.code)
        self._leave(row, line.wait)
        log.warning(LogEvent.OUTGOING_UNCONFIRMED, recipient=row.partner, attempt=row.attempts, code=error.code)

    def _note_unfit(self, row: OutboxRow, error: HubError) -> None:
        """This message cannot be made ready: it waits by itself, and no other for it but those to the same recipient
        that would lack the same."""
        if isinstance(error, Surroundings) and error.code == KEY_GONE:  # as it is in the database by now, it opens
            self._leave(row, min(WRAPPED_ANEW * (row.attempts + 1), WRAPPED_ANEW_AT_MOST))
            return
        if isinstance(error, Surroundings):
            wait = min(LACK_LOOKED_AT.of(row.lane), self._setting.limits.recipient_retry.cap).total_seconds()
            if error.code in OF_THE_RECIPIENT:
                self._line(row).pause(wait, error.code)
            self._leave(row, wait, lack_of(error))
            return
        self._leave(row, self._setting.limits.recipient_retry.delay(row.attempts + 1).total_seconds())
        log = _log.bind(message=row.id, lane=row.lane.value)
        log.error(LogEvent.OUTGOING_UNCONFIRMED, recipient=row.partner, attempt=row.attempts, code=error.code)

    # --- marking -----------------------------------------------------------------------------------------------

    async def _mark_for_ever(self) -> None:
        while True:
            await self._marks.wait()
            await asyncio.sleep(LOCKED_EVERY if self._hurries else MARK_EVERY)
            await self._mark()

    async def _mark(self) -> None:
        """Write down what was confirmed and what was not; what is not written is tried again, which is harmless."""
        self._marks.clear()
        sent, self._sent = self._sent, []
        failed, self._failed = self._failed, {}
        resend = self._setting.limits.resend_unanswered_after
        routine, acute = resend.routine.total_seconds(), resend.acute.total_seconds()
        left = await self._marked(sent, partial(self._store.published, routine=routine, acute=acute))
        if len(sent) > len(left):
            _log.info(LogEvent.OUTGOING_PUBLISHED, messages=len(sent) - len(left))
        self._sent += left
        for (wait, lack), rows in failed.items():
            if left := await self._marked(rows, partial(self._store.unpublished, wait=wait, lack=lack)):
                self._failed.setdefault((wait, lack), []).extend(left)
        self._hurries = bool(self._sent or self._failed)
        if self._hurries:
            self._marks.set()

    async def _marked(
        self, rows: Sequence[OutboxRow], mark: Callable[..., Awaitable[Collection[MessageId]]]
    ) -> list[OutboxRow]:
        """Those that somebody else has locked; all others are in hand no more."""
        if not rows:
            return []
        taken = {row.id: self._hands.attempt(row) for row in rows}
        try:
            done = await self._patient.unless_busy(lambda: mark(taken, hasty=self._hurries))
        except Busy:
            done = await self._patient(lambda: mark(taken, hasty=True))
        self._hands.let_go(row for row in rows if row.id in done)
        return [row for row in rows if row.id not in done]
