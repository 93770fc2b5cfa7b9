"""`subject-access`: what is shown of it; never who looked, nor under which number."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import pytest
from click.testing import Result
from typer.testing import CliRunner

from hub.app.subject import Beside, Known
from hub.canonical.acts import Act, Operator, Reason, Record, Why
from hub.cli.root import application
from hub.ids import CaseId, Oin, PartnerId
from hub.lanes.processing import GROUNDS, PROCESSOR, RADAR
from hub.ports import ProcessingLine

AT = datetime(2026, 3, 2, 21, 10, tzinfo=UTC)
LINE = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", None)
TOLD = ProcessingLine(
    PartnerId("vt-haaglanden"), *LINE, "verstrekking triage.melding-aangeboden", AT,
    {PROCESSOR: "urn:nld:oin:00000099000000000002", GROUNDS: ["Wmo 2015 art. 5.2.6"]},
)  # fmt: skip
COMPARED = ProcessingLine(
    PartnerId("politie-haaglanden"), *LINE, "vergelijking radar.vergelijking", AT,
    {GROUNDS: ["Wmo 2015 art. 4.1.1"], RADAR: {"melder": "urn:nld:oin:00000099000000000001", "treffer": ["bsn"]}},
)  # fmt: skip
LOOKED = Record(
    AT, Act("radar find", Operator("ketenhub", "a.beheerder", "kh1"), (), Why(Reason.BREACH, "GEHEIM-7"))
)  # fmt: skip
ALARM = Beside(
    AT, Oin("00000099000000000003"), "verwerking.escalatie", ("Bevat geen persoonsgegevens",), CaseId(UUID(int=7))
)
WHY = ("--reason", "inzageverzoek", "--reference", "INZ-2026-0012")


def typed(*words: str) -> Result:
    return CliRunner(env={"COLUMNS": "250"}).invoke(application("subject-access"), ["subject-access", *words],
                                                    input='{"bsn": "999911004"}')  # fmt: skip


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.cli.subject.on_hub", lambda *_: Known([TOLD], [COMPARED], [LOOKED], [ALARM]))


@pytest.mark.parametrize("words", [WHY, (*WHY, "--json")], ids=["for a person", "for a machine"])
def test_who_was_told_what_when_and_on_which_ground_and_nothing_of_who_looked(words: Sequence[str]) -> None:
    shown = typed(*words).stdout

    for text in (
        "00000099000000000003",
        "verwerking.escalatie",
        "00000099000000000002",
        "triage.melding-aangeboden",
        "Wmo 2015 art. 5.2.6",
        "bsn",
        "datalek",
    ):
        assert text in shown
    assert not any(text in shown for text in ("a.beheerder", "GEHEIM-7", "kh1", "999911004"))


def test_a_machine_gets_the_lines_as_the_log_has_them() -> None:
    said = json.loads(typed(*WHY, "--json").stdout)

    assert said["told"][0]["attributes"][GROUNDS] == ["Wmo 2015 art. 5.2.6"]
    assert said["beside"] == [{
        "at": AT.isoformat(), "to": "00000099000000000003", "what": "verwerking.escalatie",
        "grounds": ["Bevat geen persoonsgegevens"], "case": str(UUID(int=7)),
    }]  # fmt: skip
    assert said["looked"] == [{"at": AT.isoformat(), "command": "radar find", "reason": "datalek"}]


def test_nobody_asks_without_a_reason() -> None:
    assert "reason-missing" in str(typed().exception)
