"""`radar find` and `partner contact`: what is typed and shown. No answer repeats what was asked."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from click.testing import Result
from typer.testing import CliRunner

from hub.canonical.codes import MatchGround
from hub.cli.root import application
from hub.errors import OperatorError
from hub.ids import CaseId, Oin, RadarKeyId, ReportId
from hub.routing.radar import RadarEntry

SECRETS = ("999911004", "Vogelzang", "2017-05-30", "2512AB")
CHILD = {
    "bsn": "999911004",
    "naam": {"voorletters": "J.", "achternaam": "Vogelzang"},
    "geboortedatum": "2017-05-30",
    "adres": {"postcode": "2512AB", "huisnummer": 12},
}
REPORT, CASE = ReportId(UUID(int=1)), CaseId(UUID(int=2))
REPORTER = Oin("00000099000000000001")
WHY = ("--reason", "inzageverzoek", "--reference", "INZ-2026-0012")
SINCE, LAPSES = datetime(2026, 11, 20, 12, tzinfo=UTC), datetime(2028, 11, 19, 12, tzinfo=UTC)
FOUND = [(RadarEntry(bytes(32), REPORT, MatchGround.BSN, True, REPORTER, SINCE, LAPSES, RadarKeyId("k")), CASE)]


def typed(*words: str, said: str | None = None) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(application(words[0]), words, input=said)


@pytest.fixture
def finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.cli.radar.on_hub", lambda *_: FOUND)


@pytest.mark.usefixtures("finding")
def test_who_is_found_is_shown_with_report_case_reporter_ground_and_times() -> None:
    shown = typed("radar", "find", *WHY, said=json.dumps(CHILD)).stdout

    for text in (str(REPORT), str(CASE), REPORTER, "bsn", "2026-11-20", "2028-11-19", "1 found"):
        assert text in shown
    assert not any(secret in shown for secret in SECRETS)


@pytest.mark.usefixtures("finding")
def test_a_machine_gets_the_same_as_json() -> None:
    assert json.loads(typed("radar", "find", *WHY, "--json", said=json.dumps(CHILD)).stdout) == [
        {
            "melding": str(REPORT),
            "zaak": str(CASE),
            "melder": REPORTER,
            "grond": "bsn",
            "sinds": "2026-11-20T12:00:00+00:00",
            "vervalt": "2028-11-19T12:00:00+00:00",
        }
    ]


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("", "the text"),
        ("Vogelzang 2017-05-30", "the text"),
        ('["999911004"]', "one JSON object"),
        ('{"Vogelzang": 1}', "one JSON object"),
        ('{"rol": "kind", "bsn": "999911004"}', "adres, bsn, geboortedatum"),
        ('{"bsn": "99991100"}', "/bsn"),
        ('{"bsn": "999911005"}', "/bsn"),
        ('{"naam": {"achternaam": 7}}', "/naam/achternaam"),
        ('{"naam": {"Vogelzang": "J."}}', "/naam"),
        ('{"adres": {"postcode": "2512 AB", "huisnummer": 1}}', "/adres/postcode"),
        ('{"bsn": "999911004", "bsn": "999911004"}', "the text"),
        ('{"naam": {"achternaam": "' + "Vogelzang" * 8_000 + '"}}', "one JSON object"),
    ],
)
def test_what_is_no_person_is_refused_without_being_repeated(said: str, says: str) -> None:
    error: Any = typed("radar", "find", *WHY, said=said).exception

    assert isinstance(error, OperatorError)
    assert says in error.sentence
    assert not any(secret in str(error) for secret in SECRETS)
    assert error.__cause__ is None
    assert error.__context__ is None


def test_a_contact_is_a_function_with_a_number() -> None:
    error = typed("partner", "contact", "vt", "--functie", "a", "--functie", "b", "--telefoon", "0800 2000").exception

    assert isinstance(error, OperatorError)
    assert "as often as each other" in error.sentence
