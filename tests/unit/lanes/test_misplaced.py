"""What comes by the queue of the other lane is logged while it is little, and its sender's to bear when it is much."""

from dataclasses import replace

from structlog.testing import capture_logs

from hub.canonical.codes import Lane
from hub.ids import PartnerId
from hub.lanes.misplaced import CROWDED, MANY, MINUTE, Misplaced
from hub.ports import InboxRow
from tests.unit.lanes.rows import an_inbox_row

ROUTINE = an_inbox_row()
ACUTE = replace(ROUTINE, lane=Lane.ACUTE)
OTHER = replace(ROUTINE, partner=PartnerId("om-test"))


def by_the_acute_queue(number: int, row: InboxRow = ROUTINE) -> list[tuple[InboxRow, Lane]]:
    return [(row, Lane.ACUTE)] * number


def test_each_of_a_few_is_logged_and_crowds_nobody() -> None:
    misplaced = Misplaced()
    with capture_logs() as logs:
        misplaced.committed(by_the_acute_queue(MANY), 0.0)
    assert [(line["event"], line["queue"]) for line in logs] == [("lane_mismatch", "intake.acuut")] * MANY
    assert misplaced.crowding(0.0) == list(misplaced.lacks(by_the_acute_queue(1), 0.0)) == []


def test_many_in_a_minute_are_one_lack_of_their_sender_and_no_line_each() -> None:
    misplaced = Misplaced()
    misplaced.committed(by_the_acute_queue(MANY), 0.0)
    with capture_logs() as logs:
        misplaced.committed(by_the_acute_queue(500), MINUTE - 1)
    assert logs == []
    assert misplaced.crowding(MINUTE - 1) == [ROUTINE.partner]
    (lack,) = misplaced.lacks([*by_the_acute_queue(2), *by_the_acute_queue(2, OTHER)], MINUTE - 1)
    assert (lack.code, lack.about) == (CROWDED, ROUTINE.partner)


def test_a_sender_that_stops_crowds_no_more_after_a_minute() -> None:
    misplaced = Misplaced()
    misplaced.committed(by_the_acute_queue(MANY + 1), 0.0)
    assert misplaced.crowding(MINUTE) == []
    misplaced.committed(by_the_acute_queue(MANY), MINUTE)
    assert misplaced.crowding(MINUTE) == []


def test_each_sender_is_counted_by_itself() -> None:
    misplaced = Misplaced()
    misplaced.committed([*by_the_acute_queue(MANY), *by_the_acute_queue(MANY, OTHER)], 0.0)
    assert misplaced.crowding(0.0) == []


def test_what_is_acute_and_comes_by_the_routine_queue_crowds_nobody() -> None:
    misplaced = Misplaced()
    misplaced.committed([(ACUTE, Lane.ROUTINE)] * 50, 0.0)
    assert misplaced.crowding(0.0) == []
