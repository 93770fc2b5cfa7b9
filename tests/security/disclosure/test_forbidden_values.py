"""Every message with every field filled, told to every recipient: what a role is not named for is not in what it opens.

The way is the real one: the adapters' words, the CloudEvent, the seal for that recipient's key, and its own opening.
What may be there is read from the annotations by `filled.py`, not by the code that is tried.
"""

from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

import pytest

from hub.canonical import notices as n
from hub.canonical.codes import FeedbackStep, Lane
from hub.canonical.partners import Role, Suite
from hub.envelope.opening import open_envelope
from hub.envelope.policy import FROM_HUB_LIMIT
from hub.envelope.sealing import seal
from hub.envelope.strict_json import parse
from hub.ids import Oin
from hub.schemas.cloudevent import render, source_of
from hub.schemas.registry import message_types
from tests.unit.adapters.tellings import (
    FEEDBACK,
    HUB,
    NOTED,
    NOW,
    OTHER,
    PRESENTED,
    REPORT,
    TELLINGS,
    TO_HUB,
    TOLD_AS_ITSELF,
    Telling,
    told,
    whole,
)
from tests.unit.envelope.kit import System
from tests.unit.schemas.filled import is_in
from tests.unit.schemas.kit import Path, leaves

OF_THE_HUB = {"zaakversie", "houder", "van"}


@cache
def system(_name: str) -> System:
    return System.of(Suite.S1)


def opened(telling: Telling, role: Role, to: Oin = OTHER) -> tuple[dict[str, Any], str]:
    """What this organisation finds in this role: the `data`, and the whole text that it decrypts."""
    type_, data = told(telling, role, to)
    payload = render(
        id=UUID(int=7),
        type=type_,
        source=source_of(HUB, "proef"),
        recipient=to,
        time=NOW,
        expirytime=NOW + timedelta(days=7),
        urgentie=Lane.ROUTINE,
        data=data,
        correlationid=REPORT,
    )
    hub, own = system("hub"), system(role)
    body = seal(payload, signing=hub.signing, recipient=own.encryption)
    found = open_envelope(
        body,
        decryption={own.decryption.kid: own.decryption}.get,
        verifying={hub.verifying.kid: hub.verifying}.get,
        limit=FROM_HUB_LIMIT,
    )
    said = parse(found.payload)
    assert isinstance(said, dict)
    return said["data"], found.payload.decode()


def expected(telling: Telling, role: Role, to: Oin = OTHER) -> dict[Path, Any]:
    """What of the other message must be in this one, by where: all that the role is named for, and nothing else."""
    if isinstance(telling.body, n.PresentReport | n.ReportNoted) and role is not Role.VEILIG_THUIS:
        return {}
    parties = {leaf.path: leaf.value for leaf in whole(telling.of).leaves}
    its = [leaf for leaf in whole(telling.of).leaves if role in leaf.named and parties[leaf.namer] == to]
    named = (
        (telling.place(leaf.path), leaf) for leaf in whole(telling.of).leaves if role in leaf.readers or leaf in its
    )
    return {place: leaf.value for place, leaf in named if place is not None}


@pytest.mark.parametrize("telling", TELLINGS, ids=str)
@pytest.mark.parametrize("role", list(Role))
def test_no_recipient_opens_a_value_that_it_is_not_named_for(telling: Telling, role: Role) -> None:
    data, text = opened(telling, role)
    due = expected(telling, role)
    forbidden = [leaf for leaf in whole(telling.of).leaves if leaf.unique and leaf.value not in due.values()]
    assert [leaf.path for leaf in forbidden if is_in(text, leaf)] == []
    got = dict(leaves(data))
    assert {place: got.get(place) for place in due} == due


@pytest.mark.parametrize("telling", TOLD_AS_ITSELF, ids=str)
@pytest.mark.parametrize("role", list(Role))
def test_what_is_passed_on_has_nothing_beside_what_the_role_is_named_for(telling: Telling, role: Role) -> None:
    data, _ = opened(telling, role)
    got = {path: value for path, value in leaves(data) if path[0] not in OF_THE_HUB}
    assert got == expected(telling, role)


NAMING = [telling for telling in TELLINGS if any(leaf.named for leaf in whole(telling.of).leaves)]


@pytest.mark.parametrize("telling", NAMING, ids=str)
@pytest.mark.parametrize("role", list(Role))
def test_what_is_for_the_party_that_a_field_names_goes_to_that_party_in_whatever_role(
    telling: Telling, role: Role
) -> None:
    (namer,) = {leaf.namer for leaf in whole(telling.of).leaves if leaf.named}
    party = Oin(next(leaf.value for leaf in whole(telling.of).leaves if leaf.path == namer))
    data, _ = opened(telling, role, party)
    due = expected(telling, role, party)
    assert due.keys() > expected(telling, Role.REPORTER).keys() - {("afspraken", 0, "omschrijving")}
    assert {path: value for path, value in leaves(data) if path[0] not in OF_THE_HUB} == due


@pytest.mark.parametrize("telling", [*PRESENTED, *NOTED], ids=str)
def test_the_triage_gets_of_a_report_exactly_what_it_is_named_for(telling: Telling) -> None:
    data, _ = opened(telling, Role.VEILIG_THUIS)
    content = {path: value for path, value in leaves(data) if path[:2] == ("melding", "inhoud")}
    assert content == expected(telling, Role.VEILIG_THUIS)


STEPS = {
    FeedbackStep.ASSESSED: {"melding", "stap", "uitkomst", "ontvangendePartijen", "besluitOp"},
    FeedbackStep.RESEARCHED: {"melding", "stap", "ontvangendePartijen", "besluitOp"},
}


@pytest.mark.parametrize("telling", FEEDBACK[-2:], ids=str)
@pytest.mark.parametrize("role", list(Role))
def test_feedback_to_a_reporter_holds_the_steps_taken_and_no_more(telling: Telling, role: Role) -> None:
    data, _ = opened(telling, role)
    assert isinstance(telling.body, n.StepsTaken)
    assert data.keys() - OF_THE_HUB == STEPS[telling.body.step]


def test_every_message_that_is_passed_on_is_tried() -> None:
    assert {name for name, known in TO_HUB.items() if known.from_hub} <= {telling.of for telling in TELLINGS}


def test_every_message_the_hub_sends_is_tried() -> None:
    answers = {"verwerking.ontvangstbevestiging", "verwerking.foutmelding", "verwerking.vertraagd"}
    answers |= {"verwerking.hubsleutel"}  # of nobody: a key of the hub
    made = {message_types()[told(telling, Role.VEILIG_THUIS)[0]].name for telling in TELLINGS}
    assert made == {known.name for known in message_types().values() if known.from_hub} - answers
