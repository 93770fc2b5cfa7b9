"""What the machine of `test_holder.py` demands of one message's notices and events, given the model after it."""

from collections import Counter
from datetime import datetime
from uuid import UUID

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical.terms import OFFER_ANSWER, OFFER_ANSWER_ACUTE, SAFETY_ASSESSMENT
from hub.cases import events as e
from hub.cases.case import Case
from hub.cases.states import CandidacyState, CaseState
from hub.ids import Oin
from tests.unit.cases.builders import VT, Played
from tests.unit.cases.model import Asked, Model

ANSWERS = {
    CandidacyState.OFFERED: "open",
    CandidacyState.ACCEPTED: "yes",
    CandidacyState.REFUSED: "no",
    CandidacyState.WITHDRAWN: "over",
}


def losers_are_told_once(command: c.CaseCommand, losers: set[Asked], played: Played) -> None:
    if isinstance(command, c.Withdraw):
        assert Counter(one.to for one in played.notices) == Counter(oin for _, oin in losers)
        assert all(one.body == n.PassOn() for one in played.notices)
        return
    told = Counter((one.body.handover, one.to) for one in played.notices if isinstance(one.body, n.OfferWithdrawn))
    assert told == Counter(losers), "every loser is told exactly once"


def answers_are_told(model: Model, sender: Oin, command: c.CaseCommand, played: Played) -> None:
    """Giver and triage hear a yes or a no once; the full part follows a yes, if there is one and it has not gone."""
    if not isinstance(command, c.Accept | c.Refuse):
        return
    offer = model.offers[command.handover]
    heard = Counter(one.to for one in played.notices if one.body == n.PassOn())
    assert heard == Counter({offer.giver, VT} - {sender})
    dossiers = [one.to for one in played.notices if isinstance(one.body, n.Dossier)]
    follows = isinstance(command, c.Accept) and not offer.acute and not offer.back
    assert dossiers == ([sender] if follows else [])


def notices_are_named_and_numbered(model: Model, now: datetime, played: Played) -> None:
    """Also takes over into the model what each party has been told, and the hash of each offer."""
    hashes = [event.sha256 for event in played.events if isinstance(event, e.NoticeIssued)]
    for notice in played.notices:
        _holder_is_for_holders(model, notice)
        _name_is_the_recipients_own(model, notice)
        if notice.correlation is None:
            assert notice.version is None
            continue
        model.told[notice.to] += 1
        assert notice.version == model.told[notice.to], "zaakversie rises by one for each recipient"
        hash_ = hashes.pop(0)
        if isinstance(notice.body, n.OfferMade | n.OfferBack):
            model.offers[notice.body.handover].hashes.setdefault(notice.to, []).append(hash_)
        if isinstance(notice.body, n.Stand):
            assert notice.body.version == notice.version
            _stand_is_as_far_as_known(model, notice.to, notice.body, now)


def case_is_as_the_model_says(case: Case, model: Model) -> None:
    assert case.holder == model.holder
    assert (case.state is CaseState.OPEN) == model.open
    assert (case.holder is not None) == model.open, "exactly one holder while open, none after"
    assert set(case.held) == model.held
    assert dict(case.told) == dict(model.told)
    found = {(id_, oin): ANSWERS[one.state] for id_, h in case.handovers.items() for oin, one in h.candidates.items()}
    assert found == {(id_, oin): how for id_, h in model.offers.items() for oin, how in h.answers.items()}
    assert [id_ for id_, report in case.reports.items() if report.opened] == list(case.reports)[:1]


def open_offers_are_the_holders(case: Case) -> None:
    for handover in case.handovers.values():
        assert not handover.open_candidates() or handover.giver == case.holder


def terms_run_while_somebody_owes_the_step(case: Case, model: Model) -> None:
    running = [(term.name, term.about) for term in case.terms if not term.met]
    assert len({(term.name, term.about) for term in case.terms}) == len(case.terms)
    answers = {about for name, about in running if name in (OFFER_ANSWER, OFFER_ANSWER_ACUTE)}
    assert answers == {id_ for id_, offer in model.offers.items() if offer.open()}
    assessments = {about for name, about in running if name == SAFETY_ASSESSMENT}
    assert assessments >= {id_ for id_, one in model.reports.items() if one.recorded and not one.assessed}
    assert assessments <= {id_ for id_, one in model.reports.items() if not one.assessed}
    assert model.open or not running


def _holder_is_for_holders(model: Model, notice: n.Notice) -> None:
    assert notice.holder == (model.holder if notice.to in {VT} | model.held else None)


def _name_is_the_recipients_own(model: Model, notice: n.Notice) -> None:
    if notice.to in {VT} | model.asked:
        assert notice.correlation == model.id
    elif isinstance(notice.body, n.RecordedFor | n.StepsTaken):
        assert notice.correlation == notice.body.report
    else:
        own = model.own_reports(notice.to)
        known = notice.correlation in own if own else notice.correlation is None
        assert known, "a reporter never hears what the case is called"


def _stand_is_as_far_as_known(model: Model, asker: Oin, stand: n.Stand, now: datetime) -> None:
    assert stand.holder == (model.holder if asker in {VT} | model.held else None)
    assert (stand.status == CaseState.OPEN.value) == model.open
    whole = asker == VT or (asker == model.holder and asker in model.asked)
    owed: set[tuple[Oin, UUID]] = {
        (VT, id_) for id_, one in model.reports.items() if not one.assessed and (whole or one.reporter == asker)
    }
    for id_, offer in model.offers.items():
        owed |= {(oin, id_) for oin in offer.open() if whole or asker in (offer.giver, oin)}
    assert {(step.by, step.about) for step in stand.steps} == owed
    assert all(term.overdue == (term.due is not None and term.due < now) for term in stand.terms)
