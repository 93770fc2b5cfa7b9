"""A queue and its reader, in a model: what lies there is never sent again, what was taken always is."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from hub.canonical.codes import Lane
from hub.ids import MessageId, PartnerId
from hub.lanes.unread import LONGEST, judge
from hub.ports import InQueue, Judged, Out, Unread
from tests.talk import waits

VT = PartnerId("vt-test")
PATIENCE = waits(1800, 60)
BEGAN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class Queue:
    """A queue of one partner: what lies there, what its reader has in hand, and what the hub knows of it.

    Attributes:
        owed: what was published and is not confirmed, by number; receipts are never among it.
    """

    lane: Lane = Lane.ACUTE
    now: datetime = BEGAN
    ready: list[int] = field(default_factory=list)
    unacked: list[int] = field(default_factory=list)
    owed: dict[int, Out] = field(default_factory=dict)
    looks: dict[int, datetime] = field(default_factory=dict)
    published: int = 0
    made: int = 0
    copies: dict[int, int] = field(default_factory=dict)

    @property
    def there(self) -> set[int]:
        return {*self.ready, *self.unacked}

    def publish(self, number: int, *, owes: bool) -> None:
        self.published += 1
        self.ready.append(number)
        self.copies[number] = self.copies.get(number, 0) + 1
        if owes:
            before = self.owed.get(number)
            sent = before.sent + 1 if before else 1
            self.owed[number] = Out(MessageId(UUID(int=number)), self.published, sent, self.now, False, "a")
            self.looks[number] = self.now + PATIENCE.of(self.lane)

    def fresh(self, *, owes: bool = True) -> int:
        self.made += 1
        self.publish(self.made, owes=owes)
        return self.made

    def take(self, most: int) -> None:
        self.unacked += self.ready[:most]
        del self.ready[:most]

    def done(self, at: int, *, confirms: bool = True) -> None:
        """The reader is through with one that it has in hand, whichever."""
        number = self.unacked.pop(at % len(self.unacked))
        if confirms:
            self.owed.pop(number, None)

    def give_back(self) -> None:
        """Its connection is lost."""
        self.ready, self.unacked = self.unacked + self.ready, []

    def judged(self) -> list[Judged]:
        """One look, as `hub/store/unread.py` reads and writes it: the copies are published."""
        counted = InQueue(VT, self.lane, self.published, len(self.ready) + len(self.unacked))
        newest = sorted((one.place for one in self.owed.values()), reverse=True)
        unread = Unread(newest[counted.lying] if len(newest) > counted.lying else 0, 0, self.due(counted), self.now)
        found = judge(unread, counted, PATIENCE)
        for one in found:
            number = one.out.id.int
            if one.look is None:
                self.publish(number, owes=True)
            else:
                out = one.out
                self.owed[number] = Out(out.id, out.place, out.sent, out.published, one.seen, out.type)
                self.looks[number] = one.look
        return found

    def due(self, counted: InQueue) -> tuple[Out, ...]:
        over = {number for number, at in self.looks.items() if at <= self.now}
        given = {number for number, one in self.owed.items() if one.seen and one.place <= counted.passed}
        return tuple(sorted((self.owed[one] for one in (over | given) & self.owed.keys()), key=lambda one: one.place))


def copies_of(queue: Queue) -> set[int]:
    return {one.out.id.int for one in queue.judged() if one.look is None}


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("fresh"), st.booleans()),
        st.tuples(st.just("take"), st.integers(1, 5)),
        st.tuples(st.just("done"), st.integers(0, 9)),
        st.tuples(st.just("lose"), st.integers(0, 9)),
        st.tuples(st.just("give back"), st.none()),
        st.tuples(st.just("wait"), st.integers(1, 600)),
    ),
    max_size=40,
)


def step(queue: Queue, what: str, how: int, *, in_order: bool, loses: bool) -> None:
    match what:
        case "fresh":
            queue.fresh(owes=bool(how))
        case "take":
            queue.take(how)
        case "done" | "lose" if queue.unacked:
            queue.done(0 if in_order else how, confirms=what == "done" or not loses)
        case "give back":
            queue.give_back()
        case "wait":
            queue.now += timedelta(seconds=how)


@given(STEPS, st.sampled_from(Lane))
def test_what_lies_there_is_not_sent_again_by_a_reader_that_takes_in_order(
    steps: list[tuple[str, int]], lane: Lane
) -> None:
    """Whatever it confirms of what it took, and whatever comes back when it is cut off."""
    queue = Queue(lane)
    for what, how in steps:
        step(queue, what, how or 0, in_order=True, loses=True)
        there = queue.there
        assert not copies_of(queue) & there


@given(STEPS)
def test_what_lies_there_is_not_sent_again_by_a_reader_that_confirms_in_any_order(steps: list[tuple[str, int]]) -> None:
    """But after half an hour, where receipts may lie there in its place: nobody knows then."""
    queue = Queue()
    for what, how in steps:
        step(queue, what, how or 0, in_order=False, loses=False)
        there = {number for number in queue.there if number in queue.owed}
        recent = {number for number in there if queue.now - queue.owed[number].published < PATIENCE.routine}
        assert not copies_of(queue) & recent


@given(STEPS, st.sampled_from(Lane), st.booleans())
def test_what_was_taken_and_never_confirmed_comes_again_though_the_queue_is_never_empty(
    steps: list[tuple[str, int]], lane: Lane, in_order: bool
) -> None:
    queue = Queue(lane)
    for what, how in steps:
        step(queue, what, how or 0, in_order=in_order, loses=True)
        queue.judged()
    queue.give_back()
    queue.take(len(queue.ready))
    while queue.unacked:
        queue.done(0, confirms=False)
    lost, before = set(queue.owed), dict(queue.copies)
    for _ in range(2):  # found to be gone, then out of patience
        queue.fresh(owes=False)
        queue.now += LONGEST.of(Lane.ROUTINE)
        queue.judged()
    assert all(queue.copies[number] > before[number] for number in lost)


def test_five_reports_that_nobody_reads_stay_five_for_a_week() -> None:
    queue = Queue()
    for _ in range(5):
        queue.fresh()
    for _ in range(7 * 24 * 60):
        queue.now += timedelta(minutes=1)
        queue.judged()
    assert len(queue.ready) == 5


def test_what_its_reader_takes_and_never_confirms_comes_again_after_longer_and_longer() -> None:
    queue, came = Queue(), []
    queue.fresh()
    for _ in range(4 * 60):
        queue.take(1)
        while queue.unacked:
            came.append(queue.now - BEGAN)
            queue.done(0, confirms=False)
        queue.now += timedelta(minutes=1)
        queue.judged()
    assert [one // timedelta(minutes=1) for one in came] == [0, 1, 3, 7, 15, 31, 63, 123, 183]


def test_a_reader_that_comes_back_has_its_time_for_each_that_lay_there() -> None:
    queue = Queue()
    for _ in range(3):
        queue.fresh()
    queue.now += timedelta(hours=3)
    assert not copies_of(queue)
    queue.take(3)
    while queue.unacked:
        queue.done(0, confirms=False)
    assert not copies_of(queue)
    queue.now += timedelta(seconds=59)
    assert not copies_of(queue)
    queue.now += timedelta(seconds=1)
    assert len(copies_of(queue)) == 3


def test_one_that_its_reader_still_has_in_hand_while_it_confirmed_those_behind_it_does_not_come_twice_soon() -> None:
    queue = Queue()
    for _ in range(5):
        queue.fresh()
    queue.take(5)
    for at in (4, 3, 2, 1):
        queue.done(at)
    for _ in range(29):
        queue.now += timedelta(minutes=1)
        assert not copies_of(queue)


def test_a_queue_that_was_emptied_is_filled_again() -> None:
    queue = Queue()
    for _ in range(5):
        queue.fresh()
    queue.ready.clear()
    queue.now += timedelta(minutes=1)
    assert len(copies_of(queue)) == 5
