"""What is in hand belongs to whoever took it last, for as long as that is sure."""

from dataclasses import replace

from hub.canonical.codes import Lane
from hub.ids import PartnerId
from hub.lanes.hands import Hands
from tests.unit.lanes.rows import an_outbox_row


def test_a_row_is_ours_until_its_lease_ends_and_longer_once_that_is_renewed() -> None:
    hands, row = Hands(), an_outbox_row(attempts=3)
    hands.take(row, 10.0, answers=True)
    assert hands.is_ours(row, 9.9)
    assert not hands.is_ours(row, 10.0)
    assert hands.ending(10.1) == {row.id: 3}

    hands.renewed([row.id], 20.0)
    assert hands.is_ours(row, 19.9)
    assert hands.ending(20.0) == {}


def test_what_was_not_renewed_ends_at_its_time() -> None:
    hands, kept, lost = Hands(), an_outbox_row(), an_outbox_row()
    for row in (kept, lost):
        hands.take(row, 10.0, answers=True)
    hands.renewed([kept.id], 20.0)
    assert (hands.is_ours(kept, 15.0), hands.is_ours(lost, 15.0)) == (True, False)


def test_a_row_that_we_took_again_while_we_had_it_counts_as_taken_the_last_time() -> None:
    hands, row = Hands(), an_outbox_row()
    assert not hands.take_again(row, 10.0)
    hands.take(row, 10.0, answers=True)
    assert hands.take_again(replace(row, attempts=1), 25.0)
    assert hands.attempt(row) == 1
    assert hands.ending(30.0) == {row.id: 1}
    assert len(hands) == 1


def test_to_each_connection_that_asked_it_is_a_message_of_its_own() -> None:
    hands, row = Hands(), an_outbox_row()
    other = replace(row, partner=PartnerId("politie-nieuw"))
    for one in (row, other):
        hands.take(one, 10.0, answers=True)
    hands.let_go([row])
    assert (hands.is_ours(row, 0.0), hands.is_ours(other, 0.0)) == (False, True)


def test_unsent_is_what_a_batch_led_to_until_it_was_tried_or_let_go() -> None:
    hands = Hands()
    tried, gone, waits = (an_outbox_row() for _ in range(3))
    for row in (tried, gone, waits):
        hands.take(row, 10.0, answers=True)
    acute = an_outbox_row(lane=Lane.ACUTE)
    hands.take(acute, 10.0, answers=True)
    hands.take(an_outbox_row(), 10.0, answers=False)
    assert hands.unsent == {("vt-test", Lane.ROUTINE): 3, ("vt-test", Lane.ACUTE): 1}

    for _ in range(2):
        hands.tried(tried)
        hands.let_go([gone])
        hands.tried(acute)
    assert hands.unsent == {("vt-test", Lane.ROUTINE): 1}
    assert hands.is_ours(tried, 0.0)
