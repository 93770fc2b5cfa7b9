"""Every command says how it is recorded, and why somebody looks is a code and a number, never a text."""

from collections.abc import Iterator
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from hub.app.rotation import KINDS
from hub.canonical.acts import Reason
from hub.canonical.hub_keys import KeyKind
from hub.cli.recording import COMMANDS, PREFIXES, Kind, act, ground
from hub.cli.root import application
from hub.errors import OperatorError
from hub.schemas.identifying import found_in

OTHER_NATURE = ("awaiting --give-up", "partner retire --give-up", "key period begin --i-know")
"""What an option makes something else of."""


def leaves(command: Any, *words: str) -> Iterator[tuple[str, Any]]:
    for name, one in getattr(command, "commands", {}).items():
        yield from leaves(one, *words, name)
    if not hasattr(command, "commands"):
        yield " ".join(words), command


def every() -> dict[str, Any]:
    return dict(leaves(typer.main.get_command(application())))


def test_a_command_that_is_not_in_the_table_fails_here() -> None:
    # Of the ids nothing is read under; the table may say more steps of a kind than there are.
    no_step = {f"key {KeyKind.IDS} read"}
    assert set(COMMANDS) - set(OTHER_NATURE) - no_step == set(every())
    assert set(KINDS) == set(KeyKind)


def test_what_an_option_makes_of_a_command_is_said_for_an_option_that_there_is() -> None:
    for name in OTHER_NATURE:
        command, _, option = name.partition(" --")
        assert f"--{option}" in {one for parameter in every()[command].params for one in parameter.opts}
        assert COMMANDS[name] is Kind.ACT


def test_the_commands_that_look_up_a_person_or_a_case_and_no_others_ask_why() -> None:
    asking = {name for name, one in every().items() if {"reason", "reference"} <= {each.name for each in one.params}}

    assert asking == {name for name, kind in COMMANDS.items() if kind is Kind.LOOK_UP}
    assert {"case show", "radar find"} <= asking


def test_what_is_not_recorded_says_why_not() -> None:
    assert all(len(why.split()) > 2 for why in COMMANDS.values() if not isinstance(why, Kind))


def test_nothing_is_recorded_of_a_command_that_the_table_leaves_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AssertionError):
        act("status")
    with pytest.raises(KeyError):
        act("no such")
    with pytest.raises(AssertionError):
        act("case show")


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize(
    "reference",
    [
        "INZ-2026-0123",
        "2026/12",
        "T-1",
        "ref-88",
        "INC0012345",
        "7",
        "2026.001.18",
        "2026-0123",
        "inz/2026/0123",
        "M2601 0012".replace(" ", "-"),
    ],
)
def test_a_code_and_a_number_are_a_reason(reason: Reason, reference: str) -> None:
    why = ground(reason.value, reference)

    assert (why.reason, why.reference) == (reason, reference)


NOT_NUMBERS = [
    "Jan de Vries", "Vogelzang", "Vogelzang-1", "999911004", "9999-11004", "9999/11004", "BSN999911004",
    "Z-999911004", "2017-05-30", "30-05-2017", "30/05/2017", "0612345678", "06-12345678", "a@b.nl", "", " ", "INZ 12",
    "INZ-12 moeder", "12\n13", "１２", "0" * 13, "1-2-3-4-5", "-1", "12-",
    # a short surname, or a nickname, with a number
    "Bos-12", "deVries1", "Vos/3", "Jan2017", "JdV-17", "Li.1", "dijk-2026-1", "KIND-1",
    # a number of a person with one digit more, or cut in pieces; a birth date without dashes, or with one
    "0999911004", "9999110041", "INZ-0999911004", "99991-10045", "99-99-11004", "20170530", "30052017", "INZ20170530",
    "2017-0530", "3005-2017",
]  # fmt: skip


@pytest.mark.parametrize("reference", NOT_NUMBERS)
def test_what_is_no_number_is_refused_and_not_said_again(reference: str) -> None:
    with pytest.raises(OperatorError) as refused:
        ground("inzageverzoek", reference)

    assert refused.value.code == "reference-unfit"
    assert len(reference.strip()) < 3 or reference not in refused.value.sentence


@given(st.text(max_size=40) | st.from_regex("[A-Za-z]{0,9}[-./]?[0-9]{1,10}([-./][0-9]{1,5}){0,3}", fullmatch=True))
def test_whatever_is_taken_identifies_nobody_and_has_no_words(reference: str) -> None:
    try:
        ground("inzageverzoek", reference)
    except OperatorError:
        return
    assert not found_in(reference)
    letters = "".join(one for one in reference if one.isalpha())
    assert len(letters) < 2 or letters.upper() in PREFIXES
    assert any(one.isdigit() for one in reference)


@pytest.mark.parametrize(
    ("reason", "reference", "code"),
    [
        (None, None, "reason-missing"),
        ("inzageverzoek", None, "reason-missing"),
        (None, "INZ-1", "reason-missing"),
        ("", "INZ-1", "reason-unknown"),
        ("nieuwsgierig", "INZ-1", "reason-unknown"),
        ("INZAGEVERZOEK", "INZ-1", "reason-unknown"),
    ],
)
def test_without_a_reason_of_the_list_nobody_looks(reason: str | None, reference: str | None, code: str) -> None:
    with pytest.raises(OperatorError) as refused:
        ground(reason, reference)

    assert refused.value.code == code
    assert "inzageverzoek" in refused.value.sentence
