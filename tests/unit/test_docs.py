"""The generated pages say what the code says now."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.canonical.partners import KeyUse, Suite
from hub.cases.states import (
    ACTION,
    CANDIDACY,
    CASE,
    COINCIDENCE,
    HOLDER_MOVES,
    QUESTION,
    REPORT,
    RESEARCH,
    SEAT,
)
from hub.envelope.keys import check_public
from hub.envelope.policy import CTY, POLICIES, TYP
from hub.lanes import processing
from hub.schemas.cloudevent import read_event
from hub.schemas.disclosure import Part, parts_of
from hub.schemas.registry import message_types
from scripts import make_docs
from scripts.pages import checks, tables
from scripts.pages.disclosure import disclosure_page
from scripts.pages.states import states_page
from scripts.pages.ways import way

MACHINES = (CASE, REPORT, RESEARCH, CANDIDACY, SEAT, ACTION, QUESTION, COINCIDENCE)


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
    arrows = [(before, step, to) for table in MACHINES for (before, step), to in table.items()]
    drawn = {
        f"    {before} --> {to}: {step}".replace("-", "_").replace(": inbreng:", ": inbreng")
        for before, step, to in arrows
    }
    assert drawn <= {line.replace("-", "_") for line in page.splitlines()}
    assert all(f"| `{step.value}` | " in page for step in HOLDER_MOVES)


def test_every_diagram_has_a_beginning_and_an_end() -> None:
    diagrams = states_page().split("```mermaid\n")[1:]
    assert [one.count("[*] --> ") for one in diagrams] == [1] * len(MACHINES)
    # Of research there may always be another.
    assert [one.count(" --> [*]") for one in diagrams] == [1, 1, 0, 3, 1, 1, 2, 2]


def test_no_state_is_drawn_under_a_name_that_mermaid_takes_for_an_arrow() -> None:
    arrows = [line.split(" --> ") for line in states_page().splitlines() if " --> " in line]
    assert all("-" not in side.split(":")[0] and side.count(":") < 2 for arrow in arrows for side in arrow)


def test_the_pages_name_nothing_that_is_not_there() -> None:
    assert checks.findings(checks.pages()) == []


def test_the_readme_names_every_setting() -> None:
    assert checks.left_out((tables.ROOT / "README.md").read_text(encoding="utf-8")) == []
    assert "KETENHUB_HOME" in checks.left_out("no settings here")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("[here](docs/nowhere.md)", "links to docs/nowhere.md"),
        ("[here](docs/contract.md#nowhere)", "no such heading"),
        ("[here](#nowhere)", "no such heading"),
        ("see `hub/nowhere.py`", "names hub/nowhere.py"),
        ("see `NOWHERE.md`", "names NOWHERE.md"),
        ("run `make nothing`", "no such target"),
        ("```\nmake nothing\n```", "no such target"),
        ("run `ketenhub nothing`", "ketenhub nothing: no such command"),
        ("run `ketenhub partner nothing`", "ketenhub partner nothing: no such command"),
        ("run `ketenhub serve --nothing`", "ketenhub serve --nothing: no such option"),
        ("set `KETENHUB_NOTHING`", "nothing reads"),
        ("after `lease` (14 s)", "lease is 14 s, which is not the default"),
        ("`locks_held`, 30 ms", "which is not the default"),
        ("```\nnever closed", "does not close it"),
        ("```mermaid\nsomething else\n```", "is no diagram"),
    ],
)
def test_a_page_that_names_what_is_not_there_is_found(text: str, wrong: str) -> None:
    (found,) = checks.findings([checks.Page("README.md", text)])
    assert found.startswith("README.md:")
    assert wrong in found


def test_what_is_there_may_be_named() -> None:
    text = "# A heading: here\n[up](#a-heading-here) `hub/ids.py` `make test` `ketenhub key add P FILE --use enc`"
    assert checks.findings([checks.Page("README.md", text)]) == []


def test_a_default_is_said_in_any_unit_and_whatever_is_no_limit_may_take_any_time() -> None:
    text = "`lease` (15 seconds), `locks_held`: 20 ms, `retry`, 10 min, `quarantine_kept` (30 days), `something` (7 s)"
    assert checks.findings([checks.Page("README.md", text)]) == []


def test_a_decision_has_its_four_parts_and_is_in_the_list() -> None:
    found = checks.findings([checks.Page("docs/decisions/0999-nothing.md", "# Nothing\n\n## Context\n")])
    assert [line.partition(": ")[2][:8] for line in found] == ["has not ", "is not i", "says nei"]


GONE = "_".join(("no", "such", "thing"))  # this file is code as well


@pytest.mark.parametrize(
    ("status", "named", "wrong"),
    [
        ("accepted", f"`Outlet.{GONE}`", True),
        ("accepted", f"`{GONE}()`", True),
        ("accepted", "`read_event`, `Acks`, `a word`, `pg_dump`", False),
        ("superseded by [1](0001-the-hub-opens-and-reseals.md)", f"`{GONE}`", False),
    ],
)
def test_a_decision_that_holds_names_nothing_that_is_gone(status: str, named: str, wrong: bool) -> None:
    parts = "\n\n".join(checks.DECISION)
    page = checks.Page("docs/decisions/0001-the-hub-opens-and-reseals.md", f"Status: {status}.\n\n{parts}\n\n{named}\n")
    assert ["nowhere in the code" in line for line in checks.findings([page])] == [True] * wrong


def test_only_the_marked_parts_of_a_page_are_made_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tables, "ROOT", tmp_path)
    (tmp_path / "page.md").write_text("by hand\n<!-- begin one -->\nold\n<!-- end one -->\nby hand\n", encoding="utf-8")
    page = tables.filled("page.md", {"one": lambda: ["new", ""]})
    assert page == "by hand\n<!-- begin one -->\n\nnew\n\n<!-- end one -->\nby hand\n"
    with pytest.raises(ValueError, match="two"):
        tables.filled("page.md", {"two": list})


@pytest.mark.parametrize("name", message_types())
def test_every_message_is_in_the_contract_with_its_way(name: str) -> None:
    known = message_types()[name]
    assert f"| `{known.name}` | " in (tables.ROOT / "docs/contract.md").read_text(encoding="utf-8")
    assert way(known)


def test_every_field_that_a_role_sees_is_in_the_table_with_its_ground() -> None:
    page = disclosure_page()
    assert "| `betrokkenen[].bsn` | " in page
    assert all(f" | {rule.ground} |\n" in page for part in _parts() for rule in part.rules)


def test_every_message_has_a_table_or_says_that_it_stays_and_every_field_that_goes_out_has_a_ground() -> None:
    page = disclosure_page()
    assert all(f"\n### {known.name}\n" in page for known in message_types().values())
    assert all(part.rules for known in message_types().values() if known.from_hub for part in parts_of(known.from_hub))


def test_what_the_page_calls_the_fields_of_the_processing_log_is_what_they_are_called() -> None:
    page = disclosure_page()
    names = {value for name, value in vars(processing).items() if name.isupper() and str(value).startswith("dpl.")}
    assert len(names) == 4
    assert all(f"| `{name}` | " in page for name in names)


def _parts() -> Iterator[Part]:
    said = [model for known in message_types().values() for model in (known.to_hub, known.from_hub) if model]
    return (part for model in said for part in parts_of(model))


def test_the_examples_of_the_contract_are_right() -> None:
    text = (tables.ROOT / "docs/contract.md").read_text(encoding="utf-8")
    key, printed, event, jws, jwe = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL))
    assert check_public(json.dumps(key), KeyUse.SIGNING, Suite.S1).kid == jws["kid"] == key["kid"]
    assert printed.keys() == {"amqp", "hubOin", "hubSig", "hubEnc"}
    assert read_event(event).addressee == printed["hubOin"]
    policy = POLICIES[Suite.S1]
    assert jws == {"alg": policy.jws_alg, "kid": key["kid"], "typ": TYP}
    assert jwe.keys() == policy.jwe_header
    assert (jwe["alg"], jwe["enc"], jwe["cty"]) == (policy.jwe_alg, policy.jwe_enc, CTY)
    assert jwe["epk"].keys() == policy.jwe_key.members
