"""A queue whose subscriptions end at once is read again later and later; one that works is read again at once."""

from hypothesis import given
from hypothesis import strategies as st

from hub.broker.restarts import FIRST, LONGEST, SOON, Restarts


def pauses(ends: int) -> list[float]:
    restarts, found = Restarts(), list[float]()
    for _ in range(ends):
        restarts.ended(0.1)
        found.append(restarts.pause)
    return found


def test_one_end_is_an_accident_and_from_the_second_on_each_pause_is_longer() -> None:
    assert pauses(5) == [0.0, FIRST, FIRST * 2, FIRST * 4, FIRST * 8]
    assert pauses(10_000)[-1] == LONGEST


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
