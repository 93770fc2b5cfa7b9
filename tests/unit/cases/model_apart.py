"""What leaves a case with a report, by the contract, and who hears of it; the model as it was before."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from hub.canonical import notices as n
from hub.ids import CaseId, CoincidenceId, HandoverId, Oin, ReportId, TableId
from tests.unit.cases.model import Model, ModelReport


@dataclass(frozen=True)
class Leaving:
    """`gone`: its reporter has no other report there; `lost`: seats it had as a reporter; `over`: contact about it."""

    model: Model
    report: ReportId
    reporter: Oin
    gone: bool
    tables: frozenset[TableId]
    lost: frozenset[TableId]
    found: frozenset[CoincidenceId]
    over: frozenset[CoincidenceId]
    advice: bool
    offers: frozenset[HandoverId]

    def heard_there(self) -> Counter[tuple[Oin, type]]:
        heard = Counter[tuple[Oin, type]]()
        desk = self.model.reports[self.report].desk
        heard[desk, n.ReportNoted] += not self.advice and desk != self.model.triage
        for table in (self.model.beside.tables[id_] for id_ in self.tables):
            heard.update((oin, n.Changed) for oin in table.everybody() if not table.ended)
        heard[self.model.triage, n.Changed] += len(self.found)
        heard[self.reporter, n.Changed] += len(self.lost)
        if self.reporter != self.model.triage:
            heard[self.reporter, n.Changed] += sum(self.reporter in self.model.beside.told[id_] for id_ in self.over)
        return +heard

    def heard_here(self) -> Counter[tuple[Oin, type]]:
        """Asked after it has left: of who is a party still."""
        beside, heard = self.model.beside, Counter[tuple[Oin, type]]()
        for id_ in self.lost:
            table = beside.tables[id_]
            heard[table.chair, n.TableStand if table.seats else n.Changed] += 1
        for id_ in self.offers:
            heard[self.reporter, n.OfferWithdrawn] += 1
            heard[self.model.offers[id_].giver, n.Changed] += not self.model.offers[id_].open()
        return +heard

    def told_here(self) -> dict[CoincidenceId, set[Oin]]:
        """Asked before it has left: who was told of what ends here."""
        awaited = {id_: self.model.awaited(id_) for id_ in self.over}
        return awaited | {id_: self.model.awaited(id_) - {self.model.triage} for id_ in self.found}


def leaving(model: Model, report: ReportId, *, advice: bool) -> Leaving:
    one, beside = model.reports[report], model.beside
    gone = model.own_reports(one.reporter) == {report}
    open_ = [id_ for id_ in beside.told if id_ not in beside.contacted | beside.past]
    mine = {id_ for id_ in open_ if beside.between[id_][0] == report}
    along = {id_ for id_ in mine if advice or not beside.others[id_] <= set(model.own())}
    rests = {id_ for id_ in open_ if id_ in mine or beside.others[id_] == {report}}
    tables = {id_ for id_, table in beside.tables.items() if table.by == report}
    open_tables = {id_: table for id_, table in beside.tables.items() if gone and not table.ended}
    lost = {id_ for id_, table in open_tables.items() if one.reporter in table.guests.keys() & table.seats.keys()}
    asked = {id_ for id_, offer in model.offers.items() if one.reporter in offer.open() & offer.guests}
    over = set[CoincidenceId]() if advice else rests - along
    return Leaving(
        model,
        report,
        one.reporter,
        gone,
        frozenset(tables),
        frozenset(lost - tables),
        frozenset(along),
        frozenset(over),
        advice,
        frozenset(asked if gone and not advice else ()),
    )


def alone(model: Model, report: ReportId) -> Leaving:
    """With nothing that rested on it: that is over with its case."""
    whole, nothing = leaving(model, report, advice=True), frozenset[Any]()
    return replace(whole, tables=nothing, lost=nothing, found=nothing, over=nothing)


def leave(left: Leaving) -> None:
    """What the case is without it."""
    model, beside, oin = left.model, left.model.beside, left.reporter
    model.researching = model.researching and model.led() != {left.report}
    model.reports[left.report].detached = True
    took = any(offer.answers.get(oin) == "yes" for offer in model.offers.values())
    if model.reports[left.report].opener and not took and oin not in {model.triage, model.holder} | model.desks:
        model.held.discard(oin)
    beside.tables = {id_: table for id_, table in beside.tables.items() if id_ not in left.tables}
    for id_ in left.offers:
        model.end_candidacy(id_, oin)
    for id_ in left.lost:
        table = beside.tables[id_]
        del table.seats[oin]
        table.over |= {action for action, by in table.actions.items() if by == oin}
        table.accepted -= table.over
    beside.told = {id_: told for id_, told in beside.told.items() if id_ not in left.found}
    beside.past |= left.over
    if not model.names(oin):
        beside.told = {id_: told - {oin} for id_, told in beside.told.items()}
    beside.others = {id_: others - {left.report} for id_, others in beside.others.items()}


def own_case(left: Leaving, new: CaseId, *, advice: bool) -> Model:
    """The case of its own, which the triage holds; asked before it has left."""
    model, one = left.model, left.model.reports[left.report]
    fresh = Model(new, model.triage, model.triage, held={model.triage})
    so_far = ModelReport(one.reporter, True, one.desk, True, one.assessed, led=one.led, researched=one.researched)
    fresh.reports[left.report] = so_far
    fresh.researching = model.researching and one.led and not one.researched
    fresh.told[left.report] = model.told[left.report]
    for id_ in left.tables:
        table = model.beside.tables[id_]
        fresh.beside.tables[id_] = replace(
            table, guests={oin: tie for oin, tie in table.guests.items() if tie == left.report}
        )
    for found in left.found:
        fresh.beside.told[found] = model.awaited(found) & {model.triage, one.reporter}
        fresh.beside.between[found] = model.beside.between[found]
        others = model.beside.others[found]
        fresh.beside.others[found] = set(others) if advice else others - set(model.reports)
    return fresh


def withdrawn(model: Model, over: tuple[UUID, ...]) -> Counter[tuple[Oin, type]]:
    """Questions that end with a report: why each was asked is not in the model, so only that they were open is."""
    beside = model.beside
    ended = [id_ for id_ in beside.questions if id_ in over]
    assert not set(ended) & (beside.answered | beside.moot | beside.withdrawn)
    beside.withdrawn |= set(ended)
    return Counter((beside.questions[id_], n.Changed) for id_ in ended)
