"""The signed payload: strict in every attribute, judged in time apart, rendered to the same bytes each time."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator

from hub.canonical.codes import Lane
from hub.errors import Code, Rejection
from hub.ids import Oin
from hub.schemas.cloudevent import judge_time, read_event, render, source_of
from hub.schemas.message import Direction
from hub.schemas.samples import MESSAGE_ID, OIN_POLICE, REPORT_ID, sample
from tests.unit.schemas.kit import schemas

HUB = Oin("00000099000000000001")
NOW = datetime(2026, 3, 2, 21, 10, tzinfo=UTC)
EVENT: dict[str, Any] = {
    "specversion": "1.0",
    "id": MESSAGE_ID,
    "source": f"urn:nld:oin:{OIN_POLICE}:systeem:BVH-koppeling",
    "recipient": f"urn:nld:oin:{HUB}",
    "type": "nl.ketenhub.meldingen.zorgmelding.v1",
    "time": "2026-03-02T22:10:00+01:00",
    "expirytime": "2026-03-09T21:10:00Z",
    "datacontenttype": "application/json",
    "dataschema": "urn:ketenhub:schema:meldingen.zorgmelding:v1",
    "urgentie": "acuut",
    "correlationid": REPORT_ID,
    "causationid": MESSAGE_ID,
    "data": {"van": "alles"},
}
OPTIONAL = {"correlationid", "causationid"}


def foreign_accepts(event: Any) -> bool:
    return Draft202012Validator(schemas()["cloudevent.v1.json"]).is_valid(event)


def test_a_whole_event_is_read() -> None:
    event = read_event(EVENT)
    assert foreign_accepts(EVENT)
    assert (event.message_id, event.sender, event.addressee) == (UUID(MESSAGE_ID), OIN_POLICE, HUB)
    assert (event.time, event.urgentie, event.correlation) == (NOW, Lane.ACUTE, UUID(REPORT_ID))


@pytest.mark.parametrize("name", sorted(OPTIONAL))
def test_a_first_report_names_no_case_and_no_cause(name: str) -> None:
    event = {key: value for key, value in EVENT.items() if key != name}
    assert getattr(read_event(event), name) is None
    assert foreign_accepts(event)


@pytest.mark.parametrize("name", sorted(set(EVENT) - OPTIONAL))
def test_every_other_attribute_is_required(name: str) -> None:
    event = {key: value for key, value in EVENT.items() if key != name}
    assert _refused(event) == (Code.SCHEMA_INVALID, (f"/{name}",))
    assert not foreign_accepts(event)


@pytest.mark.parametrize("name", sorted(EVENT))
@pytest.mark.parametrize("value", [None, 1, True, [], ["x"], "\ud800", ""])
def test_an_attribute_of_another_kind_is_refused(name: str, value: Any) -> None:
    code, fields = _refused(EVENT | {name: value})
    assert fields == (f"/{name}",)
    assert code in (Code.SCHEMA_INVALID, Code.TYPE_UNKNOWN)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("specversion", "1.1"),
        ("id", MESSAGE_ID.upper()),
        ("id", f"{{{MESSAGE_ID}}}"),
        ("id", MESSAGE_ID + "\n"),
        ("source", f"urn:nld:oin:{OIN_POLICE}"),
        ("source", f"urn:nld:oin:{OIN_POLICE}:systeem:"),
        ("source", f"urn:nld:oin:{OIN_POLICE}:systeem:" + "x" * 65),
        ("source", f"urn:nld:oin:{OIN_POLICE}:systeem:Jan Jansen"),
        ("source", f"URN:nld:oin:{OIN_POLICE}:systeem:x"),
        ("source", "urn:nld:kvknr:09220932:systeem:x"),
        ("recipient", HUB),
        ("recipient", f"urn:nld:oin:{HUB},urn:nld:oin:{HUB}"),
        ("recipient", f"urn:nld:oin:{HUB}:systeem:x"),
        ("time", "2026-03-02T22:10:00"),
        ("time", "2026-03-02"),
        ("datacontenttype", "application/json; charset=utf-8"),
        ("dataschema", "urn:ketenhub:schema:meldingen.raadsbericht:v1"),
        ("dataschema", "urn:ketenhub:schema:meldingen.zorgmelding:v1:van-hub"),
        ("dataschema", "urn:ketenhub:schema:meldingen.zorgmelding:v2"),
        ("urgentie", "spoed"),
        ("urgentie", "ACUUT"),
        ("correlationid", "zaak-1"),
        ("data", "e30="),
    ],
)
def test_an_attribute_of_another_form_is_refused(name: str, value: Any) -> None:
    assert _refused(EVENT | {name: value}) == (Code.SCHEMA_INVALID, (f"/{name}",))


@pytest.mark.parametrize("name", ["subject", "dataref", "sequence", "data_base64", "Jan Jansen"])
def test_an_unknown_attribute_is_refused_and_not_named(name: str) -> None:
    assert _refused(EVENT | {name: "999911004"}) == (Code.SCHEMA_INVALID, ("",))
    assert not foreign_accepts(EVENT | {name: "x"})


@pytest.mark.parametrize("type_", ["", "x", "com.example.thing", "nl.ketenhub.Jan.v1", "nl.ketenhub.meldingen.v1"])
def test_what_is_no_type_of_ours_is_unknown(type_: str) -> None:
    assert _refused(EVENT | {"type": type_}) == (Code.TYPE_UNKNOWN, ("/type",))


@pytest.mark.parametrize("payload", [None, [], [EVENT], "x", 1])
def test_what_is_no_object_is_refused(payload: Any) -> None:
    assert _refused(payload) == (Code.SCHEMA_INVALID, ("",))


@pytest.mark.parametrize(
    ("expires", "good"),
    [
        ("2026-03-09T21:10:00Z", True),
        ("2026-03-09T21:10:00.000001Z", False),
        ("2026-03-02T21:10:00.000001Z", True),
        ("2026-03-02T21:10:00Z", False),
        ("2026-03-02T21:00:00Z", False),
    ],
)
def test_a_message_to_the_hub_lasts_at_most_seven_days(expires: str, good: bool) -> None:
    event = EVENT | {"expirytime": expires}
    if good:
        read_event(event)
    else:
        assert _refused(event) == (Code.SCHEMA_INVALID, ("/expirytime",))


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (NOW - timedelta(minutes=5), None),
        (NOW - timedelta(minutes=5, microseconds=1), Code.TIME_AHEAD),
        (NOW, None),
        (NOW + timedelta(days=7), None),
        (NOW + timedelta(days=7, microseconds=1), Code.EXPIRED),
        ((NOW + timedelta(days=7)).astimezone(timezone(timedelta(hours=-9))), None),
    ],
)
def test_time_is_judged_against_a_given_now(now: datetime, code: Code | None) -> None:
    event = read_event(EVENT)
    if code is None:
        judge_time(event, now, now)
        return
    with pytest.raises(Rejection) as refused:
        judge_time(event, now, now)
    assert refused.value.reason is code


@pytest.mark.parametrize("wrong", [timedelta(days=800), timedelta(days=-8)], ids=["ahead", "back"])
def test_of_a_message_that_was_kept_only_what_both_moments_say_is_held_against_it(wrong: timedelta) -> None:
    judge_time(read_event(EVENT), NOW + wrong, NOW)


def rendered(**other: Any) -> bytes:
    given = {
        "id": UUID(MESSAGE_ID),
        "type": "nl.ketenhub.zaken.stand.v1",
        "source": source_of(HUB, "ketenhub"),
        "recipient": Oin(OIN_POLICE),
        "time": NOW,
        "expirytime": NOW + timedelta(days=30),
        "urgentie": Lane.ROUTINE,
        "data": sample("zaken.stand"),
    }
    return render(**(given | other))


def test_the_same_event_is_rendered_to_the_same_bytes_whatever_the_order_and_the_zone() -> None:
    data = sample("zaken.stand")
    shuffled = dict(reversed(data.items()))
    elsewhere = NOW.astimezone(timezone(timedelta(hours=2)))
    assert rendered() == rendered(data=shuffled, time=elsewhere)
    assert rendered(correlationid=UUID(REPORT_ID)) != rendered()


def test_what_is_rendered_is_canonical_and_readable_by_who_gets_it() -> None:
    payload = rendered(data={"tekst": "Zoë—ß"}, correlationid=UUID(REPORT_ID), causationid=UUID(MESSAGE_ID))
    event = json.loads(payload)
    assert payload == json.dumps(event, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    read = read_event(event, Direction.FROM_HUB)
    assert (read.sender, read.addressee, read.time) == (HUB, OIN_POLICE, NOW)
    assert event["dataschema"].endswith(":van-hub")
    assert Draft202012Validator(schemas()["cloudevent.v1.van-hub.json"]).is_valid(event)


def test_a_partner_renders_its_messages_with_the_same_function() -> None:
    payload = rendered(
        type=EVENT["type"], recipient=HUB, expirytime=NOW + timedelta(days=7), direction=Direction.TO_HUB
    )
    read_event(json.loads(payload))


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_json_does_not_know_is_never_rendered(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        rendered(data={"x": number})


def _refused(event: Any) -> tuple[Code, tuple[str, ...]]:
    with pytest.raises(Rejection) as refused:
        read_event(event)
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None
    return refused.value.reason, refused.value.fields
