"""The contract's table of effects: what every accepted message has to bring about, and in whose books it must show.

    a report                  presented to one triage under the number in its receipt; told to the roles it names
    news on a case            told to the triage, and to the roles it names; perhaps to the holder
    recorded, assessed        told to the reporter, the recording once; the assessment as a step taken
    offer                     at each candidate; acute: with the full part
    more asked, more given    at the giver; at each candidate that has not answered
    yes                       told to the giver and the triage; the full part at the receiver; the others are withdrawn
    no, help begun or done    told to the giver and the triage
    withdrawn                 at each candidate that has not answered
    the case is closed        told to the holder; whoever had not answered an offer is withdrawn
    joint table               at everybody else at the table; how it stands at its chair, each time
    monitoring                the question at the holder, the answer at the triage
    request for the stand     the stand, to who asked
    advice                    the question at a triage, the answer at who asked
    a report is taken apart   as recorded; what went along or ended is allowed, and said once

A message without an answer yet may have had its effect. Where the books do not say who must hear, an effect is allowed
and not demanded: at the holder that news reaches, at a triage of a case that has moved between regions, and what
crossed an answer. Partners' clocks are taken to be one, which on one machine they are.
"""

from collections.abc import Callable, Iterator, Mapping

from tests.faults.judge import of_handovers, of_reports, of_talks
from tests.faults.judge import records as r
from tests.faults.judge.books import Book
from tests.faults.judge.effect import Effect
from tests.faults.judge.records import Records, Step


def effects(records: Records, holder_at_end: Callable[[str], Book | None]) -> Iterator[Effect]:
    """All that must be, and may be, in the books.

    Args:
        holder_at_end: who holds a case after all that was accepted on it.
    """
    for type_, steps in list(records.steps.items()):
        for step in steps:
            if type_.startswith("meldingen."):
                yield from of_reports.report(step, records)
            else:
                yield from TABLE.get(type_, _nothing)(step, records)
    for step in records.steps[r.CLOSED]:
        yield from of_reports.closed(step, records, holder_at_end)
    for handover in records.handovers.values():
        yield from of_handovers.withdrawn(handover, records)


def _nothing(_step: Step, _records: Records) -> Iterator[Effect]:
    yield from ()


TABLE: Mapping[str, Callable[[Step, Records], Iterator[Effect]]] = {
    r.RECORDED: of_reports.recorded,
    r.ASSESSED: of_reports.assessed,
    r.DETACHED: of_reports.detached,
    "triage.onderzoeksuitkomst": of_reports.researched,
    r.OFFER: of_handovers.offered,
    r.MORE_ASKED: of_handovers.more_asked,
    r.MORE_GIVEN: of_handovers.more_given,
    r.YES: of_handovers.accepted,
    r.NO: of_handovers.refused,
    "overdrachten.hulp-gestart": of_handovers.helped,
    "overdrachten.afgerond": of_handovers.helped,
    r.PUT: of_talks.at_the_table,
    r.CONTRIBUTION: of_talks.at_the_table,
    r.AGREED: of_talks.at_the_table,
    r.ACTION_ACCEPTED: of_talks.at_the_table,
    "monitoring.vraag": of_talks.asked,
    "monitoring.antwoord": of_talks.asked,
    "zaken.standvraag": of_talks.stand,
    "adviezen.adviesvraag": of_talks.asked,
    "adviezen.advies": of_talks.advised,
}
"""What is not here is told to nobody: radar.contact-gelegd, radar.intrekking, overdrachten.belegd."""
