"""What is printed is what there is: no value is changed, and none is cut."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from rich.markup import escape
from typer.testing import CliRunner

from hub.cli.common import console, table
from hub.cli.root import application

IDS = [f"00000000-0000-4000-8000-{number:012}" for number in range(3)]
NARROW = CliRunner(env={"COLUMNS": "80"})


@pytest.mark.parametrize("value", ["2001:db8:a:b::1", "user:id:7"])
def test_a_value_with_a_name_between_colons_stays_as_it_is(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    console().print(value)
    console().print(escape(value))
    console().print(value, markup=False)

    assert capsys.readouterr().out.split() == [value] * 3


def test_a_table_cuts_nothing_however_narrow_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    made = table("id", "message", "case", title="Three")
    made.add_row(*IDS)

    console().print(made)

    shown = capsys.readouterr().out
    assert "…" not in shown
    rows = [line.split("│")[1:-1] for line in shown.splitlines() if "│" in line]
    assert ["".join(cell.strip() for cell in column) for column in zip(*rows, strict=True)] == IDS


def test_an_operator_sees_each_id_of_quarantine_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.cli.quarantine.look", lambda *_: ([_quarantined()], []))

    shown = NARROW.invoke(application("quarantine"), ["quarantine", "list"]).stdout

    assert "…" not in shown
    assert IDS[0] in "".join(line.split("│")[1].strip() for line in shown.splitlines() if "│" in line)


def _quarantined() -> tuple[SimpleNamespace, SimpleNamespace]:
    received = datetime(2026, 3, 2, 9, tzinfo=UTC)
    row = SimpleNamespace(id=IDS[0], partner="politie-haaglanden", message=IDS[1], received_at=received)
    return row, SimpleNamespace(code="deelt-geen-regio", attempts=12, payload=SimpleNamespace(ciphertext=b"x" * 1200))
