"""The database's edge: one transaction, and what is done outside one."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol
from uuid import UUID

from hub.canonical.codes import Lane
from hub.canonical.partners import Directory
from hub.ids import CaseId, MessageId, Oin, PartnerId
from hub.ports.batches import Changes, DueTimer, Loaded, Lost, OwnMaking, Refilled, Register, Wanted
from hub.ports.glance import Glance
from hub.ports.lapsed import Longest, MonthsTurned, TrafficEnded
from hub.ports.periods import AtRest, Contents, Period, Place
from hub.ports.rows import Body, InboxRow, Lack, LacksTurned, OutboxRow, StoredDelivery, Taken
from hub.ports.unread import AlarmOut, InQueue, Judged, QueueOut, Unread
from hub.ports.upkeep import Lead


class Unit(Protocol):
    """One transaction over everything; it rolls back unless `commit` was reached.

    `now` is the moment that is believed, by the database's clock; the directory's version and the period in use are the
    database's; all are read first. Their row is held against change until the end, so that a key revoked meanwhile
    counts for nothing committed after, nor a period that is over.
    """

    now: datetime
    sure: datetime
    """`now`; while the clock is doubted, the moment that was believed last: what has ended by it has ended."""
    directory: Directory
    period: Period
    recovery: int
    """The second in which an operator last went on with a database that lacked what was committed; 0: never. Case
    versions lie above it."""
    recovering: bool
    """That was in the last days: partners resend, and what they name may not be here yet."""

    @property
    def doubted(self) -> bool:
        """The clock is doubted: nothing is refused, deleted, stepped, made valid or invalid by time."""
        ...

    def hear(self, said: Iterable[tuple[Oin, datetime]]) -> None:
        """What organisations signed as the `time` of messages that come in now: several may make us doubt."""
        ...

    async def begin(self, bodies: Collection[Body]) -> Collection[Body]:
        """Note that these are about to be opened, as they came before.

        Returns:
            Those that were noted already, and were open when a process died: each may have killed it. One that another
            process has open is waited for.
        """
        ...

    async def forget(self, bodies: Collection[Body]) -> None:
        """With this commit they have killed nobody."""
        ...

    async def claim(self, rows: Sequence[InboxRow]) -> list[InboxRow]:
        """The rows as the database has them, in the same order: fate `NEW` where ours is the first.

        A row whose (organisation, content) is known comes back as it is, locked. A row whose id is claimed by other
        content comes back `NEW` with `claims_id` false.
        """
        ...

    async def reopen(self, stored: Sequence[UUID]) -> Mapping[UUID, InboxRow]:
        """The inbox rows of stored deliveries, locked."""
        ...

    async def undecided_since(self, lane: Lane, seconds: float, most: int) -> list[InboxRow]:
        """Rows undecided for that long whose sender has not been told; with this commit it counts as told."""
        ...

    async def resend(self, ids: Sequence[MessageId]) -> list[InboxRow]:
        """Of these messages of the hub, which came back unread, those that are not delivered are due at once.

        Returns:
            The rows whose answers are among them: those are to be made again.
        """
        ...

    async def load(self, wanted: Wanted) -> Loaded: ...

    async def lapsed(self, ids: Sequence[MessageId]) -> list[OutboxRow]:
        """Those of these that are past their `expirytime` and never confirmed, locked: after their cases."""
        ...

    async def under(self, place: Place, label: str, most: int, *, whole: bool) -> list[AtRest]:
        """Content that waits there under this label, locked: up to `most` rows that nobody else has in hand.

        Args:
            whole: with the ciphertext too, which is large.
        """
        ...

    async def rewrap(self, place: Place, renewed: Sequence[AtRest]) -> None:
        """Write rows that `under` gave, wrapped anew; a ciphertext that is empty stays as it is."""
        ...

    async def lost(self, ids: Sequence[UUID]) -> list[Lost]:
        """Of what came of these inbox rows, that whose key is gone."""
        ...

    async def register(self, ids: Sequence[UUID]) -> Register:
        """Of the cases that the messages of these inbox rows changed. Raises `Surroundings`: it cannot be read."""
        ...

    async def former_directories(self, versions: Collection[int]) -> Mapping[int, Directory]:
        """The directory as these versions have it, but for the hub's own keys: those are today's."""
        ...

    async def own_making(self, ids: Sequence[MessageId]) -> OwnMaking:
        """Of these messages, whose key is gone: what the hub needs to make them again by itself."""
        ...

    async def give_up(self, ids: Sequence[MessageId]) -> int:
        """Wait no longer for these, whose key is gone; how many there were."""
        ...

    async def fill(self, filled: Sequence[Refilled]) -> None:
        """Put this in the place of kept deliveries whose key is gone: they are tried again at once, but for
        those in quarantine."""
        ...

    async def outgoing(self, partner: PartnerId, ids: Sequence[MessageId]) -> list[OutboxRow]:
        """Those of these that wait for this connection and that nobody has locked: locked, after their cases."""
        ...

    async def alarms_out(self, named: Collection[str]) -> list[AlarmOut]:
        """The rounds of these alarms that nobody has confirmed yet, in the order in which they were written."""
        ...

    async def write(self, changes: Changes, worker: str, lane: Lane) -> None: ...


class Store(Protocol):
    """The database, as the lanes see it.

    Every method raises `DatabaseAway` when it does not answer, and `Busy` when what it needs is locked.
    """

    def unit(self, *, hasty: bool = False) -> AbstractAsyncContextManager[Unit]:
        """A transaction.

        Args:
            hasty: after one that found what it needed locked: it waits for a lock for a moment only, and for that of a
                case not at all, which then cannot be read (`Loaded.unreadable`).
        """
        ...

    async def directory(self) -> Directory:
        """The newest version."""
        ...

    async def glance(self) -> Glance:
        """The directory, the moment, and what may be due."""
        ...

    async def attempt(self, partner: PartnerId, body_hash: str) -> int:
        """Count an attempt on a body that may kill its worker, committed before it is opened; how many so far, the
        time that it was noted included."""
        ...

    async def due_deliveries(self, most: int, lease: float) -> list[tuple[InboxRow, StoredDelivery]]:
        """Stored retries that are due, taken for `lease` seconds; `attempts` counts the one that begins here.

        Of those that wait for what the surroundings lack, one is due every few seconds, to see whether it is there; and
        all, once one has got through. Acute ones first.
        """
        ...

    async def turn_lacks(self) -> LacksTurned:
        """What began and what ended since anybody looked last: each is given once."""
        ...

    async def release_lacking(self, codes: Sequence[str]) -> int:
        """Take out of quarantine what the version before put there for want of something; how many."""
        ...

    async def is_anyone_undecided(self, lane: Lane, seconds: float) -> bool:
        """Whether `Unit.undecided_since` has anything to give; a look that writes nothing."""
        ...

    async def quarantined_before(self, seconds: float, most: int) -> list[UUID]:
        """Rows in quarantine that were received longer ago than that."""
        ...

    async def quarantined_over(self, quota: int, most: int) -> list[UUID]:
        """The oldest rows in quarantine of partners that have more than `quota` bytes there."""
        ...

    async def lapsed_outgoing(self, most: int) -> list[tuple[MessageId, CaseId | None]]:
        """Messages past their `expirytime` that nobody has confirmed, the oldest first, with the case of each."""
        ...

    async def waiting_outgoing(self, partner: PartnerId, most: int) -> list[tuple[MessageId, CaseId | None]]:
        """What waits for this connection, with the case of each."""
        ...

    async def end_held(self) -> int:
        """Destroy the full parts of offers whose term of keeping has passed; how many."""
        ...

    async def end_lapsed_radar(self, most: int) -> int:
        """Delete up to `most` entries of the radar whose time is over; how many."""
        ...

    async def turn_months(self, kept: float) -> MonthsTurned:
        """Make the tables of the processing log's months to come, and drop those wholly older than `kept` seconds.

        It waits for nobody: see `MonthsTurned.gave_way`.
        """
        ...

    async def end_processing_log(self, kept: float, most: int) -> int:
        """Delete some `most` lines of the processing log, and records of operators' acts, that are older than `kept`
        seconds; how many."""
        ...

    async def end_traffic(self, kept: float, most: int, after: int) -> TrafficEnded:
        """Delete what `most` decided deliveries from `after` on left behind, where older than `kept` seconds.

        What is undecided, undelivered, or about an open case stays. The account knows what is gone.
        """
        ...

    async def lead(self) -> Lead:
        """Who keeps house. Asked under a lead (`under`), a sign of life.

        Raises:
            Standstill: this database may not be worked on.
        """
        ...

    async def take_lead(self, seen: Lead, worker: str, *, yields: bool) -> Lead | None:
        """Take the lead, if it still is as it was seen; what was taken."""
        ...

    async def give_back_lead(self, mine: Lead) -> None:
        """Let whoever comes first take it, if it is still this one's."""
        ...

    def under(self, mine: Lead, yields: Callable[[], bool]) -> "Store":
        """The same, for who has taken the lead: each transaction is a sign of life, has a short patience, and raises
        `Deposed`, having changed nothing, once another has taken it.

        Args:
            yields: whether it would rather that another had it, now.
        """
        ...

    async def contents(self) -> Contents:
        """The period in use, and under which labels content waits; a look that writes nothing."""
        ...

    async def begin_period(self, period: Period) -> bool:
        """Wrap content under this period, if there never was one, and no version runs that reads nothing under it;
        whether it is this one."""
        ...

    async def step_period(self, period: Period, lasts: float) -> bool:
        """Go on to the next period if this one is in use and has lasted `lasts` seconds; whether it was."""
        ...

    async def due_timers(self, most: int, lease: float) -> list[DueTimer]:
        """Terms that have passed, taken for `lease` seconds."""
        ...

    async def due_outgoing(self, lane: Lane, most: int, lease: float, partners: Sequence[PartnerId]) -> list[OutboxRow]:
        """Outbox rows for these partners that are due, taken for `lease` seconds: of the first partner first."""
        ...

    async def put_right(self, longest: Longest, most: int) -> int:
        """Bring back what a wrong clock put further off than this, up to `most` rows of each kind; how many."""
        ...

    async def ran_ahead(self) -> datetime | None:
        """The moment, if a clock that was ahead of it may have been believed since it was written down last."""
        ...

    async def put_off(self, latest: Mapping[str, datetime], after: DueTimer | None, most: int) -> list[DueTimer]:
        """Up to `most` running terms that fire later than the one of their name in `latest`, in order, after that."""
        ...

    async def note_believed(self) -> None:
        """Write down the moment by which this process goes, for those that begin later."""
        ...

    async def published(
        self, ids: Collection[MessageId], routine: float, acute: float, *, hasty: bool = False
    ) -> Collection[MessageId]:
        """Confirmed by the broker; to be looked for after so many seconds while `verwerkt` is owed.

        Returns:
            Those that it was written down of: all, or if `hasty` those that nobody has locked.
        """
        ...

    async def queues_out(self, since: float) -> list[QueueOut]:
        """The queues in which something was published `since` seconds ago and more, and is not confirmed."""
        ...

    async def unread_in(self, counted: InQueue, most: int) -> Unread:
        """Of what is out in a queue, up to `most` that are to be judged: those whose moment to be looked at has come,
        and those that lay there at the last look and may not any more."""
        ...

    async def judged(self, judged: Sequence[Judged]) -> None:
        """Write down what becomes of these, as far as they are as they were read; and let every alarm go that waits
        behind one that does not lie unread any more."""
        ...

    async def renew(self, taken: Taken, lease: float) -> Collection[MessageId]:
        """Those of these that nobody else has taken since, that are not done, and that nobody has locked: taken for
        `lease` seconds from now."""
        ...

    async def unpublished(
        self, taken: Taken, wait: float, lack: Lack | None = None, *, hasty: bool = False
    ) -> Collection[MessageId]:
        """Not confirmed: due again after `wait` seconds, unless somebody else has taken it since; `lack` if that is for
        want of something.

        Returns:
            As `published`.
        """
        ...
