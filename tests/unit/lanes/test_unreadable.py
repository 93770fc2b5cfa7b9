"""How long a sender is held back for bodies that never became a message, and how many are refused one by one."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hub.ids import PartnerId
from hub.lanes.unreadable import APART, LONGEST_PAUSE, MINUTE, Turn, Unreadable

A, B = PartnerId("a"), PartnerId("b")
BAD, GOOD = False, True


def batch(known: Unreadable, *read: bool, sender: PartnerId = A, now: float = 0.0) -> list[Turn]:
    known.committed([(sender, one) for one in read], now)
    return known.turned()


def pause(known: Unreadable, *read: bool, now: float = 0.0) -> float:
    (turn,) = batch(known, *read, now=now)
    return turn.pause


def test_who_sends_what_opens_is_never_held_back() -> None:
    known = Unreadable()
    assert batch(known, *[GOOD] * 100) == []


def test_the_pause_grows_with_each_in_a_row_up_to_the_longest() -> None:
    known = Unreadable()
    pauses = [pause(known, *[BAD] * 64) for _ in range(400)]
    growing = [(one, other) for one, other in pairwise(pauses) if other < LONGEST_PAUSE]
    assert all(one < other for one, other in growing)
    assert pauses[-1] == LONGEST_PAUSE
    assert pauses[0] < 0.1


def test_a_thousand_rest_for_seconds_and_a_full_queue_for_less_than_the_hour_after_which_a_sender_is_told() -> None:
    known = Unreadable()
    pauses = [pause(known, *[BAD] * 64) for _ in range(20_000 // 64)]
    assert sum(pauses[: 1_000 // 64]) < 10
    assert sum(pauses) < 3_600


@given(st.lists(st.booleans(), min_size=1, max_size=40), st.integers(0, 500))
def test_one_that_opens_ends_the_pause_and_only_what_comes_after_it_counts(read: list[bool], before: int) -> None:
    known, fresh = Unreadable(), Unreadable()
    batch(known, *[BAD] * before)
    after = read[len(read) - read[::-1].index(GOOD) :] if GOOD in read else read
    expected = batch(fresh, *after) if after else []
    found = batch(known, *read)
    if GOOD in read:
        assert [one.pause for one in found if one.pause] == [one.pause for one in expected]
    else:
        assert [one.pause for one in found] > [one.pause for one in expected] or before == 0


def test_senders_are_counted_apart() -> None:
    known = Unreadable()
    batch(known, *[BAD] * 100)
    known.committed([(A, BAD), (B, BAD), (B, GOOD)], 0.0)
    assert {one.sender: one.pause > 0 for one in known.turned()} == {A: True, B: False}
    assert (known.room(A, 0.0), known.room(B, 0.0)) == (0, APART - 1)


def test_so_many_a_minute_are_refused_one_by_one() -> None:
    known = Unreadable()
    assert known.room(A, 0.0) == APART
    batch(known, *[BAD] * (APART - 1))
    assert known.room(A, MINUTE - 1) == 1
    batch(known, BAD, GOOD, BAD, now=MINUTE - 1)
    assert known.room(A, MINUTE - 1) == 0
    assert known.room(A, MINUTE) == APART


def test_an_operator_is_told_once_in_a_minute_that_there_are_too_many_also_where_others_open_between_them() -> None:
    known = Unreadable()
    told = [turn.begun for _ in range(APART * 3) for turn in batch(known, BAD, GOOD)]
    assert [one for one in told if one] == [APART + 1]
    again = [turn.begun for _ in range(APART * 3) for turn in batch(known, BAD, now=MINUTE)]
    assert [one for one in again if one] == [APART + 1]


def test_an_operator_is_told_when_one_opens_after_many_and_not_after_few() -> None:
    known = Unreadable()
    batch(known, *[BAD] * 200)
    (turn,) = batch(known, GOOD, BAD)
    assert turn.over == 200
    (turn,) = batch(known, GOOD)
    assert turn.over == 0


def test_what_was_asked_for_is_not_said_again() -> None:
    known = Unreadable()
    batch(known, BAD)
    assert known.turned() == []
