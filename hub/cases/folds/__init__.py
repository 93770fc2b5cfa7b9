"""What each event does to a case, by subject. No rule stands here: what is decided, is applied."""

from typing import assert_never

from hub.cases import events as e
from hub.cases.case import Case
from hub.cases.folds import apart, handovers, holder, reports, succession, tables, terms


def evolve(case: Case, event: e.OnCase) -> Case:
    """A case that is there, after one event more."""
    if isinstance(event, e.OfTheCase):
        return holder.evolve(case, event)
    if isinstance(event, e.OfReports):
        return reports.evolve(case, event)
    if isinstance(event, e.OfTerms):
        return terms.evolve(case, event)
    if isinstance(event, e.OfHandovers | e.OfMonitoring):
        return handovers.evolve(case, event)
    if isinstance(event, e.OfTables):
        return tables.evolve(case, event)
    if isinstance(event, e.OfApart):
        return apart.evolve(case, event)
    if isinstance(event, e.OfSuccession):
        return succession.evolve(case, event)
    assert_never(event)
