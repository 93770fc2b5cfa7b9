"""The record of an act: ids that have the form of one, each once, and what came of it."""

from uuid import UUID

import pytest

from hub.canonical.acts import MEANINGS, NOT_THERE, SHAPELESS, Act, Operator, Reason

BY = Operator("ketenhub", "a.beheerder", "kh1", "192.0.2.7")
ONE, OTHER = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    "id_",
    [
        str(UUID("0af76519-16cd-43dd-8448-eb211c80319c")),
        "0" * 64,
        "Lm9kZV9_bWFrZXMtYS10aHVtYnByaW50LW9mLWEta2V",
        "politie-haaglanden",
        "wijkteam-12345678",
        "2026-03-01",
    ],
)
def test_what_has_the_form_of_an_id_is_kept(id_: str) -> None:
    assert Act("case show", BY).on(id_).ids == (id_,)


@pytest.mark.parametrize(
    "typed", ["999911004", "bsn-999911004", "Jan de Vries", "J. Vogelzang", "2512AB 12", "+31 70 1234567", "", "9" * 20]
)
def test_what_somebody_typed_in_the_place_of_an_id_is_not(typed: str) -> None:
    assert Act("key revoke", BY).on("om", typed).ids == ("om", SHAPELESS)


def test_each_id_stands_once_in_the_order_in_which_it_came() -> None:
    assert Act("quarantine replay", BY).on(OTHER, ONE, OTHER).on(ONE).ids == (str(OTHER), str(ONE))


def test_an_act_says_to_which_it_was_done_and_if_to_none_that_it_was_not() -> None:
    asked = Act("quarantine replay", BY).on(ONE, OTHER)

    assert (asked.done_to([OTHER], NOT_THERE).ids, asked.done_to([OTHER], NOT_THERE).code) == ((str(OTHER),), None)
    assert (asked.done_to([], NOT_THERE).ids, asked.done_to([], NOT_THERE).code) == (asked.ids, NOT_THERE)


def test_every_reason_is_explained() -> None:
    assert set(MEANINGS) == set(Reason)
