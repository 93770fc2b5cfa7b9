"""A queue whose subscriptions end at once is read again later and later; one that works is read again at once."""

from hypothesis import given
from hypothesis import strategies as st

from hub.amqp.restarts import FIRST, LONGEST, LONGEST_OF_LIMITED, SOON, Restarts
from hub.broker.topology import DELIVERIES


def pauses(ends: int) -> list[float]:
    restarts, found = Restarts(), list[float]()
    for _ in range(ends):
        restarts.ended(0.1)
        found.append(restarts.pause)
    return found


def test_one_end_is_an_accident_and_from_the_second_on_each_pause_is_longer() -> None:
    assert pauses(5) == [0.0, FIRST, FIRST * 2, FIRST * 4, FIRST * 8]
    assert pauses(10_000)[-1] == LONGEST


def test_a_limited_queue_gives_up_what_ends_its_reading_within_ten_minutes_by_one_reader() -> None:
    restarts, waited = Restarts(LONGEST_OF_LIMITED), 0.0
    for _ in range(DELIVERIES):
        restarts.ended(0.1)
        waited += restarts.pause
    assert waited < 600


def test_from_the_second_end_on_one_message_is_taken_at_a_time_until_a_subscription_holds() -> None:
    restarts = Restarts()
    restarts.ended(0.1)
    assert not restarts.narrow
    restarts.ended(0.1)
    assert restarts.narrow
    restarts.worked()
    restarts.ended(0.1)
    assert restarts.narrow
    restarts.ended(SOON)
    assert not restarts.narrow


@given(st.integers(0, 50), st.booleans())
def test_whatever_came_before_it_begins_anew_when_it_has_worked(ends: int, held: bool) -> None:
    restarts = Restarts()
    for _ in range(ends):
        restarts.ended(0.0)
    if held:
        restarts.ended(SOON)
    else:
        restarts.worked()
    assert restarts.pause == 0.0
    restarts.ended(0.0)
    assert restarts.pause == 0.0
