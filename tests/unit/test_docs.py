"""The generated pages say what the code says now."""

from pathlib import Path

import pytest

from hub.cases.states import CANDIDACY, CASE, HOLDER_MOVES, REPORT
from scripts import make_docs
from scripts.pages.states import states_page


def test_no_generated_page_is_stale() -> None:
    assert make_docs.stale() == [], "run `make docs`"


def test_a_changed_a_missing_and_a_fresh_page_are_told_apart(tmp_path: Path) -> None:
    assert make_docs.stale(tmp_path) == list(make_docs.GENERATORS)
    make_docs.write(tmp_path)
    assert make_docs.stale(tmp_path) == []
    (tmp_path / "docs/states.md").write_text("edited by hand", encoding="utf-8")
    assert make_docs.write(tmp_path) == ["docs/states.md"]


@pytest.mark.parametrize("stale", [[], ["docs/states.md"]])
def test_the_check_fails_when_a_page_is_stale(stale: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make_docs, "stale", lambda: stale)
    assert make_docs.main(["--check"]) == len(stale)


def test_every_move_of_every_table_is_drawn() -> None:
    page = states_page()
    moves = [(before, step, to) for table in (CASE, REPORT, CANDIDACY) for (before, step), to in table.items()]
    assert all(f"    {before.value} --> {to.value}: {step.value}\n" in page for before, step, to in moves)
    assert all(f"| `{step.value}` | " in page for step in HOLDER_MOVES)


def test_every_diagram_has_a_beginning_and_an_end() -> None:
    diagrams = states_page().split("```mermaid\n")[1:]
    assert [(one.count("[*] --> "), one.count(" --> [*]")) for one in diagrams] == [(1, 1), (1, 1), (1, 3)]
