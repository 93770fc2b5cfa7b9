"""Tables of docs/contract.md from the packaged configuration: terms, who may take over, who hears of other reports."""

from collections.abc import Iterator, Mapping
from importlib.resources import files

from hub.canonical import terms as t
from hub.canonical.codes import ReceivingParty
from hub.canonical.holding import Holding
from hub.canonical.partners import Role
from hub.canonical.terms import TermRule
from hub.cases.terms import OWED
from hub.routing.config import Config, parse_config
from scripts.pages.tables import coded, table

DEFAULT = "default.toml"
WHO: Mapping[str, tuple[str, str]] = {
    t.SAFETY_ASSESSMENT: ("the triage", "its `verwerkt` of the report, or its recording if that is earlier"),
    t.ACUTE_RECORDING: ("the triage", "an acute report"),
    t.RESEARCH: (
        "the triage",
        "the end of the assessment's term of the case's first report, once an assessment leads to research",
    ),
    t.MDA_TABLE: ("the triage", "an assessment with `mdaPlusPlus`"),
    t.REGION_HANDOVER: (
        "the holder; while that is a reporter, the triage",
        "a report that names another region than the assumed one in which its case is recorded",
    ),
    t.OFFER_ANSWER: ("each candidate that has not answered", "the offer; its `antwoordVoor` sets another end"),
    t.OFFER_ANSWER_ACUTE: (
        "each candidate that has not answered",
        "an acute offer; its `antwoordVoor` sets another end",
    ),
    t.MORE_ASKED: ("the giver", "a candidate's question, or a yes after the full part has lapsed"),
    t.CONTACT: ("who was told of the coincidence; the word of one is enough", "the report that it was found beside"),
    t.CONTRIBUTION: (
        "each participant that has not answered",
        "the invitation; its `antwoordVoor`, else its `besluitVoor`, sets another end",
    ),
    t.ACTION_ANSWER: ("the responsible party", "the agreement"),
    t.TABLE_SILENCE: ("nobody has to: the table ends", "what was said last at the table"),
    t.MONITORING_FIRST: ("nobody: it starts `monitoring-vraag`", "a yes that is not a triage's, nor to an offer back"),
    t.MONITORING_SECOND: ("nobody: it starts `monitoring-vraag`", "the same"),
    t.MONITORING_QUESTION: ("the triage", "a moment of monitoring, or a report on a case that somebody else holds"),
    t.MONITORING_ANSWER: ("the holder that was asked", "the question; its `antwoordVoor` sets another end"),
}
"""Whose step a term waits for, and what it counts from (`hub/cases/`)."""


def terms() -> Iterator[str]:
    rules = _default().terms
    head = ("term", "waits for", "of", "length", "counts from", "reminder", "then an alarm")
    return table(head, (_row(rules.named(name)) for name in t.TERMS))


def pairs() -> Iterator[str]:
    """Which reporters hear of each other by the radar."""
    allowed = _default().radar.pairs
    rows = [[role for role in Role if role in pair] for pair in allowed]
    ordered = sorted(rows, key=lambda pair: [list(Role).index(role) for role in pair])
    yield from (f"- {coded(role.value for role in pair)}" for pair in ordered)
    yield ""


def holding() -> Iterator[str]:
    """Who may take over by an offer, and who gets its full part at once if it is acute."""
    default = _default().holding
    rows = ((kind, default.as_kind(kind)) for kind in ReceivingParty)
    said = (
        (f"`{kind.value}`", coded(role.value for role in roles) or "nobody", _at_once(roles, default))
        for kind, roles in rows
    )
    return table(("`soort`", "roles that may take over as it", "the full part, of an acute offer in the region"), said)


def _at_once(roles: tuple[Role, ...], default: Holding) -> str:
    having = [role.value for role in roles if role in default.at_once]
    words = "at once" if len(having) == len(roles) else f"at once to {coded(having)}" if having else "with the yes"
    return words if roles else ""


def _row(rule: TermRule) -> tuple[str, ...]:
    who, since = WHO[rule.name]
    remind = f"after {rule.remind}" if rule.remind else ""
    again = "" if rule.name in (t.MONITORING_FIRST, t.MONITORING_SECOND) else f"every {rule.again}"
    step = f"`{OWED[rule.name].step}`"
    most = f", at most {rule.most} times as far" if rule.name in t.SET_BY_PARTIES else ""
    return f"`{rule.name}`", step, who, f"{rule.length} {rule.unit.value}", since + most, remind, again


def _default() -> Config:
    return parse_config((files("hub.routing") / DEFAULT).read_text("utf-8"), DEFAULT)
