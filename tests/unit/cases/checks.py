"""What the machine of `test_holder.py` demands of a case and of what is told, given the model after it."""

from datetime import datetime
from uuid import UUID

from hub.canonical import notices as n
from hub.canonical import terms as t
from hub.cases import events as e
from hub.cases.case import Case
from hub.cases.stand import open_steps
from hub.cases.states import (
    ActionState,
    CandidacyState,
    CaseState,
    CoincidenceState,
    QuestionState,
    ReportState,
    ResearchState,
    SeatState,
)
from hub.cases.terms import owed
from hub.ids import Oin, ReportId
from tests.unit.cases.builders import Played
from tests.unit.cases.model import Model
from tests.unit.cases.model_heard import may_hear_alarm

ANSWERS = {
    CandidacyState.OFFERED: "open",
    CandidacyState.MORE_ASKED: "open",
    CandidacyState.ACCEPTED: "yes",
    CandidacyState.STARTED: "yes",
    CandidacyState.COMPLETED: "yes",
    CandidacyState.REFUSED: "no",
    CandidacyState.WITHDRAWN: "over",
}
SAID = (SeatState.INVITED, SeatState.DECLINED, SeatState.NOTHING_KNOWN, SeatState.KNOWN)
WITH_HASH = n.OfferMade | n.OfferBack | n.OfferSupplemented


# The register


def register_goes_forward(case: Case, events: list[e.Event]) -> None:
    moments = [event.at for event in events]
    assert moments == sorted(moments)
    assert case.at == moments[-1]


# What is told


def notices_are_named_and_numbered(model: Model, now: datetime, played: Played) -> None:
    """Also takes over into the model what each party has been told, and the hash of each offer."""
    hashes = [event.sha256 for event in played.events if isinstance(event, e.NoticeIssued)]
    for notice in played.notices:
        if isinstance(notice.body, n.PassOn) and notice.body.apart:
            assert (notice.correlation, notice.version, notice.holder) == (None, None, None)
            assert model.addressed(notice.to) != {None}, "only a party has to be kept from linking what it is told"
            sit = {oin for table in model.beside.tables.values() for oin in table.sit() if model.open}
            assert notice.to not in model.overseers() | sit
            continue
        knows = model.knows_holder(notice.to) and not model.by_own_report(notice.to, notice.correlation)
        assert notice.holder == (model.holder if knows else None)
        _name_is_the_recipients_own(model, notice)
        if notice.correlation is None:
            assert notice.version is None
            continue
        counted = notice.correlation if notice.correlation in model.reports else notice.to
        model.told[counted] += 1
        assert notice.version == model.told[counted], "zaakversie rises by one for each recipient and name"
        hash_ = hashes.pop(0)
        if isinstance(notice.body, WITH_HASH):
            model.offers[notice.body.handover].hashes.setdefault(notice.to, []).append(hash_)
        if isinstance(notice.body, n.Stand):
            assert notice.body.version == notice.version
            _stand_is_as_far_as_known(model, notice.to, notice.body, now)


def alarms_go_to_who_may_hear_them(model: Model, played: Played) -> None:
    for notice in played.notices:
        match notice.body:
            case n.Escalation(term=term, about=about, by=by):
                assert may_hear_alarm(model, notice.to, term, about, by), f"{term} of {by} to {notice.to}"
            case n.Reminder(term=term, about=about):
                assert may_hear_alarm(model, notice.to, term, about, (notice.to,))
            case n.TableStand(table=table):
                assert notice.to == model.beside.tables[table].chair
            case n.Changed(about=about):
                over = next(one for id_, one in model.beside.tables.items() if id_ == about)
                assert over.ended
                assert notice.to in over.everybody()
            case _:
                raise AssertionError(type(notice.body).__name__)


def who_goes_on_watching_hears_the_alarm(model: Model, about: UUID, ended: set[Oin], played: Played) -> None:
    """Whether its report opened the case or joined it."""
    report = model.own().get(ReportId(about))
    if report is None or report.recorded or report.reporter in ended:
        return
    if any(isinstance(notice.body, n.Escalation) for notice in played.notices):
        assert any(notice.to == report.reporter for notice in played.notices)


def _name_is_the_recipients_own(model: Model, notice: n.Notice) -> None:
    abouts = (getattr(notice.body, name, None) for name in ("report", "about", "table"))
    about = next((one for one in abouts if one is not None), None)
    if about in model.own_reports(notice.to) and notice.to not in model.overseers():
        assert notice.correlation == about, "what is said of its own report goes under that"
    else:
        assert notice.correlation in model.addressed(notice.to, about), "a reporter never hears what the case is called"


def _status(model: Model, asker: Oin, name: UUID | None) -> str:
    if model.by_own_report(asker, name):
        return "vastgelegd" if model.own()[ReportId(name or asker)].recorded else "nog-niet-vastgelegd"
    if model.knows_state(asker, name):
        return "open" if model.open else "gesloten"
    had = asker in model.desks or any(
        "yes" in offer.answers.values() and (offer.giver == asker or offer.answers.get(asker) == "yes")
        for offer in model.offers.values()
    )
    answers = {offer.answers.get(asker) for offer in model.offers.values()}
    declined = any(asker in one.everybody() - one.hear() for one in model.beside.tables.values() if not one.ended)
    became = {
        "overgedragen": had,
        "geweigerd": "no" in answers,
        "ingetrokken": "over" in answers,
        "neemt-niet-deel": declined and model.open,
        "beeindigd": True,
    }
    return next(word for word, holds in became.items() if holds)


def _stand_is_as_far_as_known(model: Model, asker: Oin, stand: n.Stand, now: datetime) -> None:
    """By a report of its own it is told of that; by the case, as who sits at a table may ask too, of no report."""
    name = stand.report
    own = model.by_own_report(asker, name)
    assert own == (name is not None)
    assert stand.holder == (model.holder if model.knows_holder(asker) and not own else None)
    assert stand.status == _status(model, asker, name)
    whole = asker in model.overseers()
    owed: set[tuple[Oin, UUID]] = set()
    if model.open:
        owed = {
            (model.triage if whole else one.desk, id_)
            for id_, one in model.own().items()
            if not one.assessed and (whole or name == id_)
        }
        for id_, offer in model.offers.items():
            owed |= {(oin, id_) for oin in offer.open() if whole or (asker == oin and not own)}
        for table_id, table in model.beside.tables.items():
            seated = asker in table.sit() and (whole or model.under(table, asker) == name)
            owed |= {(oin, table_id) for oin in table.silent() if seated or asker == model.triage}
    about = {id_ for part in (model.reports, model.offers, model.beside.tables) for id_ in part}
    waiting = {"overdrachten.aanvulling-gegeven"}
    seen = {(step.by, step.about) for step in stand.steps if step.about in about and step.type not in waiting}
    assert seen == owed
    if asker != model.triage:
        assert all(step.by == asker for step in stand.steps if step.about in model.beside.told)
    assert all(term.overdue == (term.due is not None and term.due < now) for term in stand.terms)


# How it stands


def nobody_is_asked_for_what_it_has(case: Case) -> None:
    """Also where organisations have become one: no offer, seat, question, action or contact to oneself."""
    for step in open_steps(case):
        assert (step.type, step.by) != ("overdrachten.aanvaard", case.holder), "the holder is asked to take over"
    for handover in case.handovers.values():
        assert handover.giver not in handover.open_candidates()
    for table in case.tables.values():
        assert table.chair not in table.seats
        assert not any(
            one.responsible == table.chair and one.state is ActionState.AGREED for one in table.actions.values()
        )
    for term in case.running():
        step, by = owed(case, term)
        assert by, "nobody could meet it"
        watched = step.startswith("monitoring")
        assert not watched or (case.holder != case.triage), "who holds is not watched by itself"


def case_is_as_the_model_says(case: Case, model: Model) -> None:
    assert (case.holder, case.triage) == (model.holder, model.triage)
    assert (case.state is CaseState.OPEN) == model.open
    assert (case.holder is not None) == model.open, "exactly one holder while open, none after"
    assert set(case.held) == model.held
    assert set(case.desks) == model.desks
    told = {**case.told, **case.told_under}
    assert {to: number for to, number in told.items() if number} == {
        to: number for to, number in model.told.items() if number
    }
    _reports_are(case, model)
    _offers_are(case, model)
    _beside_is(case, model)


def _reports_are(case: Case, model: Model) -> None:
    states = {ReportState.ASSESSED: (True, True), ReportState.RECORDED: (True, False)}
    for id_, report in case.reports.items():
        one = model.reports[id_]
        assert (report.state is ReportState.DETACHED) == one.detached
        assert one.detached or states.get(report.state, (False, False)) == (one.recorded, one.assessed)
    assert [id_ for id_, report in case.reports.items() if report.opened] == list(case.reports)[:1]
    assert (case.research is ResearchState.RUNNING) == model.researching


def _offers_are(case: Case, model: Model) -> None:
    found = {(id_, oin): ANSWERS[one.state] for id_, h in case.handovers.items() for oin, one in h.candidates.items()}
    assert found == {(id_, oin): how for id_, h in model.offers.items() for oin, how in h.answers.items()}
    for handover in case.handovers.values():
        assert not handover.open_candidates() or handover.giver == case.holder, "open offers are the holder's"
        assert handover.full_wanted == model.offers[handover.id].wanted


def _beside_is(case: Case, model: Model) -> None:
    beside = model.beside
    assert {id_ for id_, one in case.tables.items() if one.ended} == {
        id_ for id_, one in beside.tables.items() if one.ended
    }
    assert {id_: {oin: SAID.index(one) for oin, one in table.seats.items()} for id_, table in case.tables.items()} == {
        id_: table.seats for id_, table in beside.tables.items()
    }
    answered = {id_ for id_, one in case.questions.items() if one.state is QuestionState.ANSWERED}
    taken_back = {id_ for id_, one in case.questions.items() if one.state is QuestionState.WITHDRAWN}
    assert taken_back == beside.withdrawn - beside.answered
    assert {id_ for id_, one in case.questions.items() if one.state is QuestionState.MOOT} == beside.moot
    assert (answered, {id_: one.of for id_, one in case.questions.items()}) == (beside.answered, beside.questions)
    contacted = {id_ for id_, one in case.coincidences.items() if one.state is CoincidenceState.CONTACTED}
    assert {id_ for id_, one in case.coincidences.items() if one.state is CoincidenceState.MOOT} == beside.past
    assert (contacted, {id_: set(one.told) for id_, one in case.coincidences.items()}) == (
        beside.contacted,
        beside.told,
    )


def terms_run_while_somebody_owes_the_step(case: Case, model: Model) -> None:
    runs = [(term.name, term.about) for term in case.running()]
    assert len(runs) == len(set(runs)), "one run of a term at a time"
    assert model.open or not runs, "no term runs on a closed case"
    if not model.open:
        return

    def about(*names: str) -> set[UUID]:
        return {about for name, about in runs if name in names}

    owed = {id_ for id_, offer in model.offers.items() if offer.open()}
    assert owed == about(t.OFFER_ANSWER, t.OFFER_ANSWER_ACUTE)
    more = {id_ for id_, offer in model.offers.items() if offer.more or offer.wanted}
    assert more == about(t.MORE_ASKED)
    unassessed = {id_ for id_, one in model.own().items() if not one.assessed}
    assert {id_ for id_ in unassessed if model.reports[id_].recorded} <= about(t.SAFETY_ASSESSMENT) <= unassessed
    assert about(t.ACUTE_RECORDING) <= {id_ for id_, one in model.own().items() if not one.recorded}
    assert about(t.RESEARCH) == ({model.id} if model.researching else set())
    _terms_beside(model, about(t.CONTRIBUTION), about(t.ACTION_ANSWER), about(t.MONITORING_ANSWER), about(t.CONTACT))
    assert about(t.MONITORING_FIRST, t.MONITORING_SECOND) <= ({model.by} if model.by and model.watched else set())


def _terms_beside(model: Model, tables: set[UUID], actions: set[UUID], questions: set[UUID], found: set[UUID]) -> None:
    beside = model.beside
    silent = {id_ for id_, table in beside.tables.items() if table.silent()}
    assert silent == tables
    done = [table.accepted | table.over for table in beside.tables.values()]
    agreed = {id_ for table in beside.tables.values() for id_ in table.actions}
    assert actions == agreed.difference(*done)
    over = beside.answered | beside.moot | beside.withdrawn
    assert questions <= {id_ for id_, of in beside.questions.items() if of == model.holder and id_ not in over}
    assert found <= {id_ for id_ in beside.told if id_ not in beside.contacted | beside.past}
