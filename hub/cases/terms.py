"""Terms as events: started by what the configuration names, met by what fulfils them."""

from uuid import UUID

from hub.cases import events as e
from hub.cases.calendar import due
from hub.cases.case import Case
from hub.cases.context import Context


def started(ctx: Context, name: str, about: UUID) -> e.TermStarted:
    """The configured term `name` runs from now, about a report or a handover."""
    rule = ctx.terms.named(name)
    ends = due(ctx.now, rule.length, rule.unit, ctx.terms.equated_days)
    return e.TermStarted(ctx.now, rule.name, rule.length, rule.unit, about, ends)


def met(case: Case, ctx: Context, name: str, about: UUID) -> tuple[e.TermMet, ...]:
    """The term is met, if it runs and was not met before."""
    term = case.term(name, about)
    return () if term is None or term.met else (e.TermMet(ctx.now, name, about),)
