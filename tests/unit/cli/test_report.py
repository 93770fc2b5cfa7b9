"""The report: what is shown of the counts, as CSV and on a terminal, and what is not."""

from dataclasses import replace
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from hub.cli.masking import total
from hub.cli.report import COLUMNS, as_csv, drawn, report
from hub.errors import OperatorError
from hub.ids import RegionId
from hub.ports import Count

NORTH, SOUTH = RegionId("noord"), RegionId("zuid")
LONGEST_TYPE, LONGEST_OUTCOME = "meldingen.strafrechtelijk-bericht", "voortijdig-vertrokken-onbekend"


def cell(number: int, **fields: str) -> Count:
    kind = {"month": "2026-01", "region": NORTH, "type": "meldingen.zorgmelding", "role": "politie"} | fields
    return Count(**kind, number=number)  # type: ignore[arg-type]


def on_terminal(*cells: Count, width: int = 80) -> str:
    text = StringIO()
    Console(file=text, width=width).print(drawn(cells, "2026-01", "2026-12"))
    return text.getvalue()


def csv_rows(*cells: Count) -> list[str]:
    return as_csv(cells).splitlines()[1:]


def test_the_csv_has_a_row_a_cell_under_a_heading() -> None:
    assessed = cell(12, type="triage.veiligheidsbeoordeling", outcome="onderzoek", within="buiten")

    assert as_csv((cell(5), assessed)).splitlines() == [
        ",".join(COLUMNS),
        "noord,2026-01,meldingen.zorgmelding,politie,,,5",
        "noord,2026-01,triage.veiligheidsbeoordeling,politie,onderzoek,buiten,12",
    ]


@pytest.mark.parametrize(("number", "shown"), [(1, "<5"), (4, "<5"), (5, "5"), (123456, "123456")])
def test_a_cell_below_five_is_masked(number: int, shown: str) -> None:
    assert csv_rows(cell(number))[0].rpartition(",")[2] == shown


@pytest.mark.parametrize(
    ("numbers", "shown"),
    [((7, 8), "15"), ((3,), "<5"), ((12, 4, 5), "18-21"), ((1, 1), "2-8"), ((9, 1, 1, 1), "12-21")],
)
def test_a_total_over_a_masked_cell_is_only_known_within_bounds(numbers: tuple[int, ...], shown: str) -> None:
    assert str(total(map(cell, numbers))) == shown


some_cells = st.lists(
    st.builds(
        lambda number, **fields: cell(number, **fields),
        st.integers(1, 12),
        month=st.sampled_from(("2026-01", "2026-02")),
        region=st.sampled_from((NORTH, SOUTH)),
        type=st.sampled_from(("meldingen.zorgmelding", "triage.zaak-gesloten")),
        role=st.sampled_from(("politie", "om", "rvdk")),
        outcome=st.sampled_from(("", "overleden")),
    ),
    min_size=1,
    unique_by=lambda one: (one.month, one.region, one.type, one.role, one.outcome),
)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(some_cells, st.data())
def test_whichever_number_below_five_it_is_everything_shown_is_the_same(
    cells: list[Count], data: st.DataObject
) -> None:
    other = [replace(one, number=data.draw(st.integers(1, 4))) if one.number < 5 else one for one in cells]

    assert as_csv(other) == as_csv(cells)
    assert on_terminal(*other) == on_terminal(*cells)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(some_cells)
def test_a_total_is_never_outside_its_bounds(cells: list[Count]) -> None:
    found = total(cells)
    assert found.least <= sum(one.number for one in cells) <= found.most


def test_the_terminal_draws_a_bar_for_each_month_and_type() -> None:
    shown = on_terminal(
        cell(40), cell(20, month="2026-02"), cell(10, type="triage.zaak-gesloten"), cell(2, type="adviezen.adviesvraag")
    )

    bars = {tuple(line.split()[-3:-1]): line.count("█") for line in shown.splitlines() if "█" in line}
    assert list(bars.values()) == [1, 26, 7, 13]
    assert "2026-02 meldingen.zorgmelding" in shown


def test_a_bar_is_light_where_its_length_is_not_known() -> None:
    (line,) = [line for line in on_terminal(cell(22), cell(4, role="om")).splitlines() if "█" in line]

    assert (line.count("█"), line.count("░")) == (23, 3)
    assert line.split()[-1] == "23-26"


def test_each_region_is_shown_by_itself() -> None:
    shown = on_terminal(cell(6, region=SOUTH), cell(5), cell(7, region=SOUTH, month="2026-02"))

    assert shown.index("Region noord, 2026-01 to 2026-12") < shown.index("Region zuid")
    assert "total" in shown.partition("Region zuid")[2]
    assert shown.split()[-1] == "13"


def test_it_fits_80_columns() -> None:
    shown = on_terminal(
        cell(1234567, type=LONGEST_TYPE, role="reclassering", outcome=LONGEST_OUTCOME, within="binnen"),
        cell(3, type=LONGEST_TYPE, role="reclassering", outcome=LONGEST_OUTCOME, within="buiten"),
    )

    assert LONGEST_OUTCOME in shown
    assert "1234568-1234571" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_it_has_no_colour_where_nobody_looks() -> None:
    assert "\x1b" not in on_terminal(cell(6), cell(2, role="om"))


def test_a_period_without_counts_says_so() -> None:
    assert on_terminal() == "Nothing was counted from 2026-01 to 2026-12.\n"
    assert csv_rows() == []


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        ("2026", "2026-12", "--from 2026-01"),
        ("2026-01", "2026-13", "--from 2026-01"),
        ("2026-1", "2026-12", "--from 2026-01"),
        ("2026-02", "2026-01", "2026-01 is before 2026-02"),
    ],
)
def test_a_period_that_is_none_is_refused_before_any_look(first: str, last: str, says: str) -> None:
    with pytest.raises(OperatorError) as caught:
        report(first, last)

    assert says in caught.value.sentence
