"""Who hears of a message, by the contract: every notice it leads to, by recipient and kind, and no other."""

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical.codes import Outcome
from hub.canonical.terms import ACTION_ANSWER, CONTACT, CONTRIBUTION, MDA_TABLE
from hub.ids import Oin, ReportId
from tests.unit.cases.builders import DESKS, OM, POLICE, RVDK
from tests.unit.cases.model import Model

Heard = Counter[tuple[Oin, type]]
PAIRS = {frozenset({POLICE, RVDK}), frozenset({POLICE, OM})}
"""Which reporters may hear of each other by the radar."""


def may_hear_of(one: Oin, other: Oin) -> bool:
    return frozenset({one, other}) in PAIRS


def heard(
    model: Model, sender: Oin, command: c.CaseCommand, *, tell: tuple[Oin, ...], acute: bool, has_full: bool
) -> Heard:
    """What this accepted message leads to on its case; `model` as it was before."""
    passed = _passed_on(model, sender, command, tell)
    return (
        _all(n.PassOn, passed)
        + _of_reports(model, sender, command)
        + _of_offers(model, sender, command, acute, has_full)
    )


def of_report(model: Model, sender: Oin, tell: tuple[Oin, ...], *, acute: bool) -> Heard:
    """The triage gets it; who holds and is no mere reporter hears that there is one, if it is acute."""
    triage = model.triage
    told = _all(n.PresentReport, [triage]) + _all(n.PassOn, [oin for oin in tell if oin not in (triage, sender)])
    holds = {model.holder} & model.insiders() if acute else set[Oin | None]()
    return told + _all(n.ReportNoted, holds - {triage, sender})


def of_radar(
    triage: Oin, sender: Oin, others: Iterable[Oin], on_case: Iterable[Oin], elsewhere: Oin | None
) -> dict[Oin, set[Oin]]:
    """Of whom each party hears.

    Args:
        others: who else reported.
        on_case: those of them that did on the case the report joins.
    """
    found = set(others) - {sender}
    if not found:
        return {}
    hears = {triage: found}
    if elsewhere is not None:
        hears[elsewhere] = found
    mine = {oin for oin in found if may_hear_of(sender, oin)}
    if mine and sender != triage:
        hears[sender] = mine
    for oin in set(on_case) - {sender, triage}:
        if may_hear_of(oin, sender):
            hears[oin] = {sender}
    return hears


def may_hear_alarm(model: Model, to: Oin, term: str, about: UUID, by: tuple[Oin, ...]) -> bool:
    """Who must act; the triage and a holder that knows the case; a reporter about its own report until it is recorded,
    of the desk that it reported to.

    What the radar found, and a table where it does not sit in the chair, is not for a holder; and who must act hears of
    nobody else that must.
    """
    if to == model.triage:
        return True
    if to in by:
        return by == (to,)
    chairs = {id_ for id_, table in model.beside.tables.items() if table.chair == to}
    chairs |= {action for id_ in chairs for action in model.beside.tables[id_].actions}
    if to == model.holder and term in (CONTRIBUTION, ACTION_ANSWER) and about in chairs:
        return True  # also one that holds by its report only: the table is its own
    if to in model.overseers():
        return term not in (CONTACT, MDA_TABLE) and (term not in (CONTRIBUTION, ACTION_ANSWER) or about in chairs)
    own = model.own().get(ReportId(about))
    return own is not None and own.reporter == to and not own.recorded and by == (own.desk,)


def takes_region(model: Model, sender: Oin) -> bool:
    """A yes of another desk takes the case to its region: it hears of each report that it is still to assess."""
    return sender in DESKS and sender != model.triage


def _all(kind: type, to: Iterable[Oin | None]) -> Heard:
    return Counter((oin, kind) for oin in to if oin is not None)


def _passed_on(model: Model, sender: Oin, command: c.CaseCommand, tell: tuple[Oin, ...]) -> Iterable[Oin | None]:
    match command:
        case c.Update():
            knows = model.holder if model.holder in model.insiders() else None
            return {model.triage, knows, *tell} - {sender}
        case c.Accept() | c.Refuse() | c.Complete():
            return {model.offers[command.handover].giver, model.triage} - {sender}
        case c.Start() if model.offers[command.handover].done != "completed":
            return {model.offers[command.handover].giver, model.triage} - {sender}
        case c.Withdraw():
            return model.offers[command.handover].open()
        case c.OpenTable():
            return command.participants
        case c.Contribute() | c.Agree() | c.AcceptAction():
            acts = {one.responsible for one in command.actions} if isinstance(command, c.Agree) else set[Oin]()
            return (model.beside.tables[command.table].hear() | acts) - {sender}
        case c.AskMonitoring():
            return [model.holder]
        case c.AnswerMonitoring():
            return [model.triage]
        case c.Close():
            return {model.holder} - {model.triage}
    return []


def _of_reports(model: Model, sender: Oin, command: c.CaseCommand) -> Heard:
    match command:
        case c.Record():
            report = model.reports[command.report]
            return _all(n.RecordedFor, {report.reporter} - {sender} if not report.assessed else ())
        case c.Assess():
            report = model.reports[command.report]
            if model.splits(command) is not None:
                return Counter()
            other = {report.reporter} - {sender}
            recorded = _all(n.RecordedFor, other if not report.recorded else ())
            back = command.outcome is Outcome.TURNED_INTO_ADVICE and command.handover
            holds = model.triage in (model.holder, model.holder_after(model.triage, command))
            offered = _all(n.OfferBack, other if back and holds else ())
            return recorded + _all(n.StepsTaken, other) + offered
        case c.ConcludeResearch():
            reporters = (model.reports[id_].reporter for id_ in model.led())
            return _all(n.StepsTaken, [oin for oin in reporters if oin != sender])
        case c.Contribute() | c.Agree() | c.AcceptAction():
            return _all(n.TableStand, [model.beside.tables[command.table].chair])
    return Counter()


def _of_offers(model: Model, sender: Oin, command: c.CaseCommand, acute: bool, has_full: bool) -> Heard:
    match command:
        case c.Offer():
            made = _all(n.OfferMade, command.candidates)
            return made + _all(n.Dossier, command.candidates if acute else ())
        case c.AskMore():
            return _all(n.MoreAsked, [model.offers[command.handover].giver])
        case c.GiveMore():
            offer = model.offers[command.handover]
            took = [oin for oin, answer in offer.answers.items() if answer == "yes"]
            full = [*(offer.open() if offer.acute else ()), *(took if offer.wanted else ())] if command.full else []
            return _all(n.OfferSupplemented, offer.open()) + _all(n.Dossier, full)
        case c.Accept():
            offer = model.offers[command.handover]
            full = not offer.acute and not offer.back
            ended = _all(n.OfferWithdrawn, [oin for _, oin in model.losers(sender, command)])
            wanted = _all(n.MoreWanted, [offer.giver] if full and not has_full else [])
            taken = [sender for one in model.own().values() if not one.assessed and takes_region(model, sender)]
            return _all(n.Dossier, [sender] if full and has_full else []) + wanted + ended + _all(n.ReportNoted, taken)
        case c.Close():
            tables = (table for table in model.beside.tables.values() if not table.ended)
            at_tables = (oin for table in tables for oin in table.everybody())
            ended = _all(n.OfferWithdrawn, [oin for _, oin in model.losers(sender, command)])
            return ended + _all(n.Changed, at_tables)
        case c.AskStand():
            return _all(n.Stand, [sender])
    return Counter()
