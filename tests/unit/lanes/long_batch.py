"""A hub without a database: everything that happens is one long batch, in a memory whose moment and directory change.

It asks, judges, renders and answers as the lanes do, to the words of the wire. Terms, and what waits for its cause,
come to their moments in order. Opened envelopes are made by hand: the rest of the way in and out is not here.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Self
from uuid import UUID

from hub.canonical import commands as c
from hub.canonical.codes import Lane
from hub.cases.case import Case, TermOnCase
from hub.errors import HubError
from hub.ids import MessageId, Oin, PartnerId
from hub.lanes.alarms import decide_moment
from hub.lanes.answers import answer, delayed, rejected
from hub.lanes.arrival import Arrival, written_at
from hub.lanes.asking import ask
from hub.lanes.fate import judge_failure
from hub.lanes.judge import judge
from hub.lanes.setting import Setting
from hub.lanes.workspace import Verdict, Workspace
from hub.ports import Cause, Delivery, Fate, InboxRow, Loaded, OutboxRow, Properties, SentMessage
from hub.routing.directory import next_connection
from tests.kit import PERIOD, Kit

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass
class Waits:
    """One that waits for its cause, or its case."""

    arrival: Arrival
    row: InboxRow
    again_at: datetime
    attempt: int
    told: bool = False


@dataclass
class LongBatch:
    """`said`: every message of the hub, in order, with the moment at which it was."""

    kit: Kit
    setting: Setting
    work: Workspace
    causes: dict[tuple[Oin, MessageId], Cause] = field(default_factory=dict)
    sent: dict[tuple[Oin, MessageId], SentMessage] = field(default_factory=dict)
    rows: dict[tuple[Oin, str], InboxRow] = field(default_factory=dict)
    waiting: list[Waits] = field(default_factory=list)
    said: list[tuple[datetime, OutboxRow]] = field(default_factory=list)
    _counted: int = 0
    _known: int = 0

    @classmethod
    def of(cls, kit: Kit, setting: Setting) -> Self:
        batch = cls(kit, setting, Workspace(MONDAY, kit.directory, PERIOD, Loaded()))
        batch.work.loaded = replace(batch.work.loaded, causes=batch.causes, sent=batch.sent)
        return batch

    @property
    def now(self) -> datetime:
        return self.work.now

    def oin(self, name: str) -> Oin:
        return self.work.directory.partners[PartnerId(name)].oin

    def name(self, oin: Oin) -> str:
        return next(one.id for one in self.work.directory.partners.values() if one.oin == oin)

    def case(self, name: UUID | None) -> Case | None:
        return self.work.case(name)

    def cases(self) -> Iterator[Case]:
        return (change.case for change in self.work.changes(0, 0).cases)

    # What comes in

    def tell(self, name: str, type_: str, data: dict[str, Any], id_: UUID, **changes: Any) -> InboxRow:
        """One message of this partner, as it is decided now; the same content again is the same message."""
        fields = {"id": id_, "time": self.now, "expirytime": self.now + DAY} | changes
        return self.brought(name, self.kit.event(name, type_, data, **fields))

    def brought(self, name: str, payload: bytes) -> InboxRow:
        arrival = self._arrival(name, payload)
        known = self.rows.get((self.oin(name), arrival.row.content_hash))
        if known is not None:
            self._answers(known)
            return known
        return self._judged(arrival, arrival.row, 1)

    def _arrival(self, name: str, payload: bytes) -> Arrival:
        said, partner = json.loads(payload), PartnerId(name)
        id_, lane = MessageId(UUID(said["id"])), Lane(said["urgentie"])
        delivery = Delivery(partner, lane, b"", Properties(message_id=str(id_), user_id=name))
        self._counted += 1
        own = UUID(int=self._counted)
        hash_ = sha256(payload).hexdigest()
        row = InboxRow(own, partner, id_, hash_, True, True, lane, self.now, said["type"], organisation=self.oin(name))
        return Arrival(delivery, row, said)

    def _judged(self, arrival: Arrival, row: InboxRow, attempt: int) -> InboxRow:
        try:
            asked = ask(arrival, row, self.work.directory, self.now, self.setting)
            verdict = judge(asked, row, self.work, self.setting)
        except HubError as error:
            return self._failed(arrival, row, error, attempt)
        return self._takes(verdict)

    def _failed(self, arrival: Arrival, row: InboxRow, error: HubError, attempt: int) -> InboxRow:
        limits = self.setting.limits
        fate = judge_failure(
            error, attempt=attempt, lane=row.lane, received_at=row.received_at, now=self.now, limits=limits
        )
        if fate.rejection is not None:
            signed, directory = written_at(arrival), self.work.directory
            return self._takes(Verdict(rejected(row, signed, fate.rejection, self.now, directory, self.setting)))
        assert fate.again_at is not None, error
        self.rows[self.oin(row.partner), row.content_hash] = row
        self.waiting.append(Waits(arrival, row, fate.again_at, attempt))
        return row

    def _takes(self, verdict: Verdict) -> InboxRow:
        row = self.work.put(verdict, stored_before=False)
        oin = self.oin(row.partner)
        self.rows[oin, row.content_hash] = row
        if row.message is not None and row.fate is Fate.ACCEPTED:
            self.causes[oin, row.message] = Cause({row.partner: row.message}, row.partner, row.type)
        self._sends()
        self._answers(row)
        return row

    def _answers(self, row: InboxRow) -> None:
        asker = next_connection(self.work.directory, self.work.directory.partners[row.partner], self.now)
        said = answer(row, asker, self.work.directory, PERIOD, self.setting)
        if said is not None:
            self.said.append((self.now, said))

    def _sends(self) -> None:
        rows = self.work.changes(0, 0).outbox
        for row in rows[self._known :]:
            self.said.append((self.now, row))
            oin = self.oin(row.partner)
            self.sent[oin, row.id] = SentMessage(row.id, row.partner, row.type, row.case, row.about, False)
            self.causes[oin, row.id] = self._cause(row)
        self._known = len(rows)

    def _cause(self, row: OutboxRow) -> Cause:
        """The message that it passes on, under the id by which each got it."""
        origin = next((one for one in self.rows.values() if one.id == row.origin), None)
        copies = (
            [one for _, one in self.said if one.origin == row.origin and one.owes_confirmation] if origin else [row]
        )
        names = {one.partner: one.id for one in reversed(copies)}
        if origin is None or origin.message is None:
            return Cause(names)
        return Cause(names | {origin.partner: origin.message}, origin.partner, origin.type)

    # Time

    def until(self, moment: datetime) -> None:
        """Everything that is due on the way happens at its own moment."""
        while (due := self._due(moment)) is not None:
            at, what = due
            self.work.now = max(self.now, at)
            if isinstance(what, Waits):
                self._looks_again(what)
            else:
                case, term = what
                decide_moment(case, c.TermReached(term.name, term.about), self.work, self.setting)
                self._sends()
        self.work.now = moment

    def _looks_again(self, one: Waits) -> None:
        after = self.setting.limits.delayed_notice_after.of(one.row.lane)
        if not one.told and one.row.received_at + after <= self.now:
            one.told = True
            partner = self.work.directory.partners[one.row.partner]
            self.said.append((self.now, delayed(one.row, partner, self.work.directory, PERIOD, self.now, self.setting)))
            return
        self.waiting.remove(one)
        self._judged(one.arrival, one.row, one.attempt + 1)
        for waits in self.waiting:
            waits.told |= waits.row.id == one.row.id and one.told

    def _due(self, moment: datetime) -> tuple[datetime, Waits | tuple[Case, TermOnCase]] | None:
        found: list[tuple[datetime, Waits | tuple[Case, TermOnCase]]] = []
        found += [(one.fires_at(), (case, one)) for case in self.cases() for one in case.running()]
        found += [(min(one.again_at, self._told_at(one)), one) for one in self.waiting]
        due = [one for one in found if one[0] <= moment]
        return min(due, key=lambda one: (one[0], _order(one[1])), default=None)

    def _told_at(self, one: Waits) -> datetime:
        after = self.setting.limits.delayed_notice_after.of(one.row.lane)
        return one.again_at if one.told else one.row.received_at + after


def _order(what: Waits | tuple[Case, TermOnCase]) -> str:
    """Of what comes at one moment; by nothing that only the hub knows."""
    return what.row.content_hash if isinstance(what, Waits) else str(what[1].about)
