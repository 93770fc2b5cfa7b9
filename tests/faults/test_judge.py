"""The judge finds nothing in a history in which all is well, and each error that is planted in one."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.faults.history import (
    CHAPTERS,
    History,
    advice_beside_others,
    at_the_table,
    family_goes_on,
    refused_then_acute,
    turned_into_advice,
)
from tests.faults.judge import Book, Got, Kind, Sent, judge
from tests.faults.judge.books import CONFIRMATION, RECEIPT, REFUSAL
from tests.patience import CEILING

ROOT = Path(__file__).parents[2]
chapters = st.lists(st.sampled_from(CHAPTERS), min_size=1, max_size=5)
Chapter = Callable[[History], None]


def told(*chapters_: Chapter) -> History:
    history = History()
    for chapter in chapters_:
        chapter(history)
    return history


def kinds(history: History) -> set[Kind]:
    return {finding.kind for finding in judge(history.all).findings}


def got(history: History, who: str, type_: str) -> Got:
    """The last message of this type that this partner got."""
    return [one for one in history.books[who].got.values() if one.type == type_][-1]


def sent(history: History, who: str, type_: str) -> Sent:
    return [one for one in history.books[who].sent.values() if one.type == type_][-1]


def unsay(history: History, who: str, type_: str) -> None:
    """The last message of this type never came, and what came after it on the case counts on without a gap."""
    gone = got(history, who, type_)
    del history.books[who].got[gone.id]
    for one in history.books[who].got.values():
        later = one.about.get("zaakversie", 0) > gone.about.get("zaakversie", 10**6)
        if later and one.correlation == gone.correlation:
            one.about["zaakversie"] -= 1
    confirmations = [id_ for id_, one in history.books[who].sent.items() if one.about.get("bericht") == gone.id]
    for id_ in confirmations:
        del history.books[who].sent[id_]


def case(history: History, one: Got) -> str | None:
    presented = [other for other in history.books["vt"].got.values() if other.type == "triage.melding-aangeboden"]
    named = {other.about["melding"]: other.correlation for other in presented}
    return named.get(one.correlation or "", one.correlation)


def answer(history: History, who: str, to: Sent) -> Got:
    return next(
        one for one in history.books[who].got.values() if one.type in (RECEIPT, REFUSAL) and one.causation == to.id
    )


# --- all is well ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda one: one.__name__)
def test_nothing_is_found_where_all_is_well(chapter: Chapter) -> None:
    assert not judge(told(chapter).all).findings


def test_late_copies_of_the_same_message_are_no_fault() -> None:
    history = told(family_goes_on)
    for book in history.all:
        for got_ in book.got.values():
            got_.arrivals.append(got_.sha256)
        for sent_ in book.sent.values():
            sent_.confirmed += 2
    verdict = judge(history.all)
    assert verdict.clean
    assert verdict.again == verdict.got
    assert verdict.resent == 2 * verdict.sent


def test_what_was_meant_to_be_refused_and_was_is_no_fault() -> None:
    history = told(family_goes_on)
    history.says("school", "zaken.standvraag", {}, on=history.new(), refused="zaak-onbekend")
    assert not judge(history.all).findings
    assert judge(history.all).refused == {"zaak-onbekend": 1}


# --- lost ----------------------------------------------------------------------------------------------------------

MUST_SHOW = [
    (family_goes_on, "vt", "triage.melding-aangeboden"),
    (family_goes_on, "politie", "triage.melding-vastgelegd"),
    (family_goes_on, "politie", "terugkoppelingen.stappen"),
    (family_goes_on, "team", "overdrachten.aanbod"),
    (family_goes_on, "other-team", "overdrachten.aanbod"),
    (family_goes_on, "vt", "overdrachten.aanvulling-gevraagd"),
    (family_goes_on, "vt", "overdrachten.aanvaard"),
    (family_goes_on, "team", "overdrachten.dossier"),
    (family_goes_on, "other-team", "overdrachten.ingetrokken"),
    (family_goes_on, "vt", "overdrachten.hulp-gestart"),
    (family_goes_on, "vt", "overdrachten.afgerond"),
    (family_goes_on, "team", "monitoring.vraag"),
    (family_goes_on, "vt", "monitoring.antwoord"),
    (family_goes_on, "team", "triage.zaak-gesloten"),
    (refused_then_acute, "vt", "overdrachten.geweigerd"),
    (refused_then_acute, "team", "overdrachten.dossier"),
    (refused_then_acute, "om", "meldingen.reclasseringssignaal"),
    (refused_then_acute, "team", "overdrachten.aanvaard"),
    (turned_into_advice, "vt", "overdrachten.aanvaard"),
    (advice_beside_others, "school", "overdrachten.aanbod"),
    (at_the_table, "rvdk", "actieoverleg.aanmelding"),
    (at_the_table, "team", "actieoverleg.inbreng"),
    (at_the_table, "rvdk", "actieoverleg.afspraken"),
    (at_the_table, "politie", "actieoverleg.afspraak-aanvaard"),
    (at_the_table, "politie", "actieoverleg.stand"),
    (at_the_table, "politie", "zaken.stand"),
    (at_the_table, "vt", "adviezen.adviesvraag"),
    (at_the_table, "school", "adviezen.advies"),
]


@pytest.mark.parametrize(("chapter", "who", "type_"), MUST_SHOW, ids=lambda one: getattr(one, "__name__", one))
def test_an_effect_that_is_not_there_is_lost(chapter: Chapter, who: str, type_: str) -> None:
    history = told(chapter)
    unsay(history, who, type_)
    assert Kind.LOST in kinds(history)


def test_a_supplement_that_never_came_is_lost_where_the_candidate_has_not_answered() -> None:
    history = told()
    number, case_ = history.reported()
    history.assessed(number, case_, "politie", "overdracht")
    handover = history.offered("vt", case_, "team", "other-team")
    history.supplemented("vt", case_, handover, "team", "team", "other-team")
    assert not kinds(history)
    unsay(history, "other-team", "overdrachten.aanvulling-gegeven")
    assert kinds(history) == {Kind.LOST}


def test_a_version_that_is_skipped_is_lost_whatever_it_was() -> None:
    history = told(family_goes_on)
    got(history, "vt", "overdrachten.afgerond").about["zaakversie"] += 100
    assert Kind.LOST in kinds(history)


def test_a_coincidence_that_the_triage_is_not_told_of_is_lost() -> None:
    history = told(family_goes_on)
    got(history, "vt", "triage.melding-aangeboden").about["anderen"] = [history.oin("school")]
    assert kinds(history) == {Kind.LOST}


# --- doubled -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("chapter", "who", "type_"), MUST_SHOW, ids=lambda one: getattr(one, "__name__", one))
def test_an_effect_that_comes_twice_under_different_ids_is_doubled(chapter: Chapter, who: str, type_: str) -> None:
    history = told(chapter)
    first = got(history, who, type_)
    about = {name: value for name, value in first.about.items() if name not in ("zaakversie", "houder")}
    history.hears(who, type_, about, on=first.correlation, case=case(history, first), cause=first.causation)
    assert Kind.DOUBLED in kinds(history)


def test_two_answers_to_one_message_are_doubled() -> None:
    history = told(family_goes_on)
    report = sent(history, "politie", "meldingen.zorgmelding")
    history.hears("politie", RECEIPT, dict(answer(history, "politie", report).about), cause=report.id)
    assert Kind.DOUBLED in kinds(history)


def test_one_id_with_two_contents_is_doubled() -> None:
    history = told(family_goes_on)
    got(history, "vt", "overdrachten.aanvaard").arrivals.append("00" * 32)
    assert kinds(history) == {Kind.DOUBLED}


def test_two_messages_with_one_version_are_doubled() -> None:
    history = told(family_goes_on)
    got(history, "vt", "overdrachten.afgerond").about["zaakversie"] -= 1
    assert Kind.DOUBLED in kinds(history)


def test_a_term_that_is_alarmed_twice_for_one_round_is_doubled() -> None:
    history = told(family_goes_on)
    number = got(history, "vt", "triage.melding-aangeboden").about["melding"]
    for _ in range(2):
        alarm = {"over": number, "termijn": "veiligheidsbeoordeling", "ronde": 1}
        history.hears(
            "vt", "verwerking.escalatie", alarm, on=got(history, "vt", "triage.melding-aangeboden").correlation
        )
    assert kinds(history) == {Kind.DOUBLED}


# --- invented ------------------------------------------------------------------------------------------------------


def test_an_answer_about_nothing_that_was_sent_is_invented() -> None:
    history = told(family_goes_on)
    history.hears("school", RECEIPT, {"bericht": history.new(), "sha256": "00" * 32})
    assert kinds(history) == {Kind.INVENTED}


def test_a_receipt_of_other_content_is_invented() -> None:
    history = told(family_goes_on)
    answer(history, "politie", sent(history, "politie", "meldingen.zorgmelding")).about["sha256"] = "00" * 32
    assert kinds(history) == {Kind.INVENTED}


def test_an_effect_of_what_was_refused_is_invented() -> None:
    history = told(family_goes_on)
    yes = sent(history, "team", "overdrachten.aanvaard")
    refusal = answer(history, "team", yes)
    refusal.type, refusal.about["code"] = REFUSAL, "stap-niet-toegestaan"
    assert Kind.INVENTED in kinds(history)


def test_a_report_that_nobody_sent_is_invented() -> None:
    history = told(family_goes_on)
    about = {"melding": history.new(), "afzender": history.oin("school"), "anderen": []}
    history.hears("vt", "triage.melding-aangeboden", about, on=history.new())
    assert Kind.INVENTED in kinds(history)


def test_a_cause_that_its_reader_does_not_know_is_invented() -> None:
    history = told(family_goes_on)
    got(history, "vt", "overdrachten.aanvaard").causation = history.new()
    assert kinds(history) == {Kind.INVENTED}


def test_an_alarm_about_nothing_is_invented() -> None:
    history = told(family_goes_on)
    history.hears("vt", "verwerking.escalatie", {"over": history.new(), "termijn": "onderzoek", "ronde": 1})
    assert kinds(history) == {Kind.INVENTED}


# --- against the rules ---------------------------------------------------------------------------------------------


def test_a_yes_without_an_offer_is_against_the_rules() -> None:
    history = told(turned_into_advice)
    offer = got(history, "school", "overdrachten.aanbod")
    del history.books["school"].got[offer.id]
    assert Kind.AGAINST in kinds(history)


def test_a_yes_to_an_older_offer_is_against_the_rules() -> None:
    history = told(family_goes_on)
    sent(history, "team", "overdrachten.aanvaard").about["aanbodHash"] = got(
        history, "team", "overdrachten.aanbod"
    ).sha256
    assert kinds(history) == {Kind.AGAINST}


def test_two_who_said_yes_to_one_offer_are_against_the_rules() -> None:
    history = History()
    number, case_ = history.reported()
    history.assessed(number, case_, "politie", "overdracht")
    handover = history.offered("vt", case_, "team", "other-team")
    history.accepted("team", "vt", case_, handover)
    history.accepted("other-team", "vt", case_, handover)
    assert Kind.AGAINST in kinds(history)


def test_two_who_hold_by_offers_of_one_holder_are_against_the_rules() -> None:
    history = History()
    number, case_ = history.reported()
    history.assessed(number, case_, "politie", "overdracht")
    one, other = history.offered("vt", case_, "team"), history.offered("vt", case_, "other-team")
    history.accepted("team", "vt", case_, one)
    history.accepted("other-team", "vt", case_, other)
    findings = judge(history.all).findings
    assert any(finding.kind is Kind.AGAINST and "two hold" in finding.what for finding in findings)


def test_a_yes_beside_a_withdrawal_is_against_the_rules() -> None:
    history = told(family_goes_on)
    handover = sent(history, "team", "overdrachten.aanvaard").about["overdracht"]
    history.hears("team", "overdrachten.ingetrokken", {"overdracht": handover})
    assert Kind.AGAINST in kinds(history)


def test_a_holder_that_nobody_made_so_is_against_the_rules() -> None:
    history = told(family_goes_on)
    got(history, "vt", "overdrachten.hulp-gestart").about["houder"] = history.oin("rvdk")
    assert kinds(history) == {Kind.AGAINST}


def test_a_holder_that_comes_back_without_a_yes_is_against_the_rules() -> None:
    history = told(family_goes_on)
    got(history, "vt", "overdrachten.afgerond").about["houder"] = history.oin("vt")
    assert kinds(history) == {Kind.AGAINST}


@pytest.mark.parametrize("code", ["envelop-ongeldig", "schema-ongeldig", "oorzaak-onbekend", "zaak-onbekend"])
def test_a_right_message_that_is_refused_for_its_form_or_as_if_unknown_is_against_the_rules(code: str) -> None:
    history = told(family_goes_on)
    history.says("school", "zaken.standvraag", {}, refused=code).wrong = False
    assert kinds(history) == {Kind.AGAINST}


def test_a_wrong_message_that_is_accepted_is_against_the_rules() -> None:
    history = told(at_the_table)
    sent(history, "school", "adviezen.adviesvraag").wrong = True
    assert kinds(history) == {Kind.AGAINST}


def test_a_confirmation_that_is_refused_is_against_the_rules() -> None:
    history = told(family_goes_on)
    own = sent(history, "vt", CONFIRMATION)
    history.hears("vt", REFUSAL, {"bericht": own.id, "sha256": own.sha256, "code": "schema-ongeldig"}, cause=own.id)
    assert kinds(history) == {Kind.AGAINST}


def test_a_message_that_cannot_be_read_is_against_the_rules() -> None:
    history = told(family_goes_on)
    history.books["school"].unreadable.append(history.new())
    assert kinds(history) == {Kind.AGAINST}


# --- unanswered ----------------------------------------------------------------------------------------------------


def test_a_message_without_an_answer_is_unanswered_and_its_effect_no_invention() -> None:
    history = told(family_goes_on)
    said = sent(history, "vt", "monitoring.vraag")
    del history.books["vt"].got[answer(history, "vt", said).id]
    assert kinds(history) == {Kind.UNANSWERED}


# --- any history ---------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=40)
@given(chapters)
def test_no_history_in_which_all_is_well_has_findings(order: list[Chapter]) -> None:
    assert judge(told(*order).all).clean


@settings(deadline=None, max_examples=150)
@given(chapters, st.data())
def test_whatever_message_of_the_hub_is_taken_out_it_is_missed(order: list[Chapter], data: st.DataObject) -> None:
    history = told(*order)
    book, one = data.draw(st.sampled_from(list(_heard(history))))
    del book.got[one.id]
    assert not judge(history.all).clean


@settings(deadline=None, max_examples=150)
@given(chapters, st.data())
def test_whatever_message_of_the_hub_comes_under_a_second_id_it_is_found(
    order: list[Chapter], data: st.DataObject
) -> None:
    history = told(*order)
    book, one = data.draw(st.sampled_from(list(_heard(history))))
    id_ = history.new()
    book.got[id_] = replace(one, id=id_, sha256="ab" * 32, arrivals=["ab" * 32])
    assert not judge(history.all).clean


@settings(deadline=None, max_examples=150)
@given(chapters, st.data())
def test_whatever_is_torn_out_of_a_book_is_found(order: list[Chapter], data: st.DataObject) -> None:
    history = told(*order)
    said = [(book, one) for book in history.all for one in book.sent.values() if one.type != CONFIRMATION]
    book, one = data.draw(st.sampled_from(said))
    del book.sent[one.id]
    assert not judge(history.all).clean


@settings(deadline=None, max_examples=150)
@given(chapters, st.data())
def test_whoever_is_named_as_holder_without_having_held_it_is_found(order: list[Chapter], data: st.DataObject) -> None:
    history = told(*order)
    naming = [one for _, one in _heard(history) if "houder" in one.about]
    data.draw(st.sampled_from(naming)).about["houder"] = history.oin("rvdk")
    assert Kind.AGAINST in kinds(history)


def _heard(history: History) -> Iterator[tuple[Book, Got]]:
    yield from ((book, one) for book in history.all for one in book.got.values())


# --- on disk -------------------------------------------------------------------------------------------------------


def save(history: History, folder: Path) -> None:
    """As fake partners write: a line each."""
    for book in history.all:
        lines: list[dict[str, object]] = [
            {"line": "partner", "id": book.partner, "oin": book.oin, "role": book.role, "regions": book.regions}
        ]
        for one in book.sent.values():
            lines += [{"line": "sent"} | _bare(one, "confirmed"), {"line": "confirmed", "id": one.id, "at": one.at}]
        lines += [{"line": "got"} | _bare(one, "arrivals") for one in book.got.values()]
        (folder / f"{book.partner}.book").write_text("".join(json.dumps(line) + "\n" for line in lines))


def _bare(one: Sent | Got, but: str) -> dict[str, object]:
    return {name: value for name, value in asdict(one).items() if name != but}


def judged(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.faults.judge", str(folder)]
    return subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=False, timeout=CEILING)


def test_the_command_judges_saved_books_and_its_exit_code_says_whether_all_is_well(tmp_path: Path) -> None:
    history = told(*CHAPTERS)
    save(history, tmp_path)
    assert judged(tmp_path).returncode == 0
    report = sent(history, "politie", "meldingen.zorgmelding")
    del history.books["politie"].got[answer(history, "politie", report).id]
    save(history, tmp_path)
    done = judged(tmp_path)
    assert done.returncode == 1
    assert report.id in done.stdout
    assert "unanswered 1" in done.stdout


def test_a_line_that_a_kill_cut_off_does_not_count(tmp_path: Path) -> None:
    save(told(family_goes_on), tmp_path)
    with (tmp_path / "vt.book").open("a") as file:
        file.write('{"line": "sent", "id": "hal')
    assert judged(tmp_path).returncode == 0


def test_without_books_there_is_nothing_to_judge(tmp_path: Path) -> None:
    assert judged(tmp_path).returncode == 2
