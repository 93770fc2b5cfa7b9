"""What comes by the queue of the other lane is logged while it is little, and its sender's to bear when it is much."""

from dataclasses import replace

from structlog.testing import capture_logs

from hub.canonical.codes import Lane
from hub.ids import PartnerId
from hub.lanes.misplaced import CROWDED, MANY, MINUTE, Misplaced
from hub.ports import InboxRow
from tests.unit.lanes.rows import an_inbox_row

ROUTINE = an_inbox_row()
OTHER = PartnerId("om-test")


def by_the_acute_queue(number: int, row: InboxRow = ROUTINE) -> list[tuple[InboxRow, Lane]]:
    return [(row, Lane.ACUTE)] * number


def test_each_of_a_few_is_logged_and_crowds_nobody() -> None:
    misplaced = Misplaced()
    with capture_logs() as logs:
        assert list(misplaced.came(by_the_acute_queue(MANY), 0.0)) == []
    assert [(line["event"], line["queue"]) for line in logs] == [("lane_mismatch", "intake.acuut")] * MANY
    assert misplaced.crowding(0.0) == []


def test_many_in_a_minute_are_one_lack_of_their_sender_and_no_line_each() -> None:
    misplaced = Misplaced()
    list(misplaced.came(by_the_acute_queue(MANY), 0.0))
    with capture_logs() as logs:
        lacks = list(misplaced.came(by_the_acute_queue(500), MINUTE - 1))
    assert {(lack.code, lack.about) for lack in lacks} == {(CROWDED, ROUTINE.partner)}
    assert logs == []
    assert misplaced.crowding(MINUTE - 1) == [ROUTINE.partner]


def test_a_sender_that_stops_crowds_no_more_after_a_minute() -> None:
    misplaced = Misplaced()
    list(misplaced.came(by_the_acute_queue(MANY + 1), 0.0))
    assert misplaced.crowding(MINUTE) == []
    assert list(misplaced.came(by_the_acute_queue(MANY), MINUTE)) == []


def test_each_sender_is_counted_by_itself() -> None:
    misplaced = Misplaced()
    list(misplaced.came(by_the_acute_queue(MANY), 0.0))
    assert list(misplaced.came(by_the_acute_queue(MANY, replace(ROUTINE, partner=OTHER)), 0.0)) == []


def test_what_is_acute_by_the_acute_queue_or_comes_by_the_other_crowds_nobody() -> None:
    misplaced = Misplaced()
    acute = replace(ROUTINE, lane=Lane.ACUTE)
    assert list(misplaced.came([*by_the_acute_queue(50, acute), *[(acute, Lane.ROUTINE)] * 50], 0.0)) == []
    assert misplaced.crowding(0.0) == []
