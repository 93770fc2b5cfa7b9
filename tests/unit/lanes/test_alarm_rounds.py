"""The rounds of an alarm: behind one that lies unread the newest waits, and no other alarm is hidden by it."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from hub.canonical.codes import Lane
from hub.ids import MessageId, PartnerId
from hub.lanes.alarm_rounds import in_turn
from hub.ports import AlarmOut, OutboxRow, Sealed

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RUN = "beoordeling a 2026-03-02T09:00:00Z"


def a_round(number: int, alarm: str | None = RUN, partner: str = "vt-test", lane: Lane = Lane.ACUTE) -> OutboxRow:
    id_, sealed = MessageId(UUID(int=number)), Sealed(b"", b"", "")
    row = OutboxRow(id_, PartnerId(partner), lane, "escalatie", "", sealed, NOW, NOW, owes_confirmation=True)
    return replace(row, alarm=alarm)


def out(row: OutboxRow) -> AlarmOut:
    assert row.alarm is not None
    return AlarmOut(row.id, row.partner, row.lane, row.type, row.alarm, row.behind)


def test_the_first_round_goes_out() -> None:
    assert in_turn([a_round(1)], []) == in_turn([a_round(1)], [])
    assert in_turn([a_round(1)], []).rows == (a_round(1),)


def test_the_next_waits_behind_it_and_takes_the_place_of_one_that_waits() -> None:
    first = a_round(1)
    second = in_turn([a_round(2)], [out(first)])
    third = in_turn([a_round(3)], [out(first), out(second.rows[0])])

    assert (second.rows[0].behind, second.replaced) == (first.id, ())
    assert (third.rows[0].behind, third.replaced) == (first.id, ((second.rows[0].id, third.rows[0].id),))


def test_it_waits_behind_the_last_that_went_out() -> None:
    found = in_turn([a_round(3)], [out(a_round(1)), out(a_round(2))])

    assert (found.rows[0].behind, found.replaced) == (a_round(2).id, ())


def test_nothing_waits_behind_another_alarm_reader_lane_or_what_is_no_alarm() -> None:
    others = (a_round(2, "other"), a_round(2, partner="om-test"), a_round(2, lane=Lane.ROUTINE), a_round(2, None))
    for other in others:
        assert in_turn([other], [out(a_round(1))]).rows == (other,)


KINDS = st.tuples(st.sampled_from((RUN, "other")), st.sampled_from(("vt-test", "om-test")), st.sampled_from(Lane))


@given(st.lists(st.lists(KINDS, min_size=1, max_size=4), max_size=8))
def test_of_each_alarm_one_is_out_and_the_newest_waits_however_they_are_written(batches: list[list[object]]) -> None:
    there: list[AlarmOut] = []
    number = 0
    for batch in batches:
        rows = [a_round(number := number + 1, *kind) for kind in batch]  # type: ignore[misc]
        found = in_turn(rows, there)
        over = {old for old, _ in found.replaced}
        there = [one for one in (*there, *map(out, found.rows)) if one.id not in over]
        # What takes the place of another says more, and is there.
        assert all(new.int > old.int and new not in over for old, new in found.replaced if new not in over)
    for kind in {(one.alarm, one.partner, one.lane) for one in there}:
        of_kind = [one for one in there if (one.alarm, one.partner, one.lane) == kind]
        assert [one.behind is None for one in of_kind] == [True, False][: len(of_kind)]
        assert all(one.behind == of_kind[0].id for one in of_kind[1:])
