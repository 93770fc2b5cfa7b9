"""A batch's memory: what earlier messages did is there for later ones, and what failed left no trace."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from hub.canonical.codes import Lane, MatchGround, Result
from hub.cases import events as e
from hub.cases.case import Case
from hub.cases.evolve import fold
from hub.cases.states import ReportState
from hub.ids import CaseId, HandoverId, MessageId, Oin, PartnerId, RadarKeyId, RegionId, ReportId
from hub.lanes.workspace import Part, Verdict, Workspace
from hub.ports import (
    Cause,
    Confirmation,
    Count,
    Fate,
    HeldPart,
    Loaded,
    ProcessingLine,
    Properties,
    Sealed,
    StoredDelivery,
)
from hub.routing.radar import RadarEntry
from tests.kit import PERIOD, Kit
from tests.unit.lanes.rows import NOW, an_inbox_row, an_outbox_row

POLICE, VT = Oin("00000099000000001000"), Oin("00000099000000005000")


def work(kit: Kit, loaded: Loaded | None = None) -> Workspace:
    return Workspace(NOW, kit.directory, PERIOD, loaded or Loaded())


def opening() -> tuple[Case, tuple[e.Event, ...]]:
    opened = e.CaseOpened(NOW, CaseId(uuid4()), RegionId("haaglanden"), VT, POLICE)
    received = e.ReportReceived(NOW, ReportId(uuid4()), POLICE, Lane.ROUTINE, True)
    case = fold(None, (opened, received))
    assert case is not None
    return case, (opened, received)


def folded(case: Case, event: e.Event) -> Case:
    after = fold(case, (event,))
    assert after is not None
    return after


def accepted(**fields: object) -> Verdict:
    return Verdict(an_inbox_row(fate=Fate.ACCEPTED), **fields)  # type: ignore[arg-type]


def test_a_case_that_is_opened_is_found_by_its_own_name_and_by_that_of_its_report(kit: Kit) -> None:
    memory, (case, events) = work(kit), opening()
    memory.put(accepted(parts=(Part(case, events),)), stored_before=False)

    assert memory.case(case.id) == memory.case(next(iter(case.reports))) == case
    assert memory.case(uuid4()) is memory.case(None) is None
    (change,) = memory.changes(1, 0).cases
    assert (change.new, change.case) == (True, case)


def test_the_events_of_several_messages_on_a_case_are_kept_in_order_each_with_its_message(kit: Kit) -> None:
    case, _ = opening()
    memory = work(kit, Loaded(cases={case.id: case}))
    recorded = e.ReportRecorded(NOW, next(iter(case.reports)), False)
    assessed = replace(recorded, implied=True)
    first, second = accepted(parts=(Part(case, (recorded,)),)), accepted(parts=(Part(case, (assessed,)),))
    memory.put(first, stored_before=False)
    memory.put(second, stored_before=False)

    (change,) = memory.changes(2, 0).cases
    assert change.events == ((recorded, first.row.id), (assessed, second.row.id))
    assert not change.new


def test_one_message_may_happen_to_several_cases_and_each_knows_which_message_it_was(kit: Kit) -> None:
    (one, first), (other, second) = opening(), opening()
    memory, verdict = work(kit), accepted(parts=(Part(one, first), Part(other, second)))
    memory.put(verdict, stored_before=False)

    changes = memory.changes(1, 0).cases
    assert [change.case for change in changes] == [one, other]
    assert {cause for change in changes for _, cause in change.events} == {verdict.row.id}


def test_what_happens_at_a_moment_names_no_message(kit: Kit) -> None:
    case, _ = opening()
    memory = work(kit, Loaded(cases={case.id: case}))
    reminded, said = e.TermReminded(NOW, "veiligheidsbeoordeling", next(iter(case.reports)), NOW), an_outbox_row()
    memory.happened((Part(case, (reminded,)),), (said,), ())

    changes = memory.changes(0, 0)
    assert changes.cases[0].events == ((reminded, None),)
    assert (changes.outbox, changes.inbox, changes.journal) == ((said,), (), ())


def test_a_report_that_goes_to_a_case_of_its_own_is_found_there_from_then_on(kit: Kit) -> None:
    case, _ = opening()
    joined = ReportId(uuid4())
    case = folded(case, e.ReportReceived(NOW, joined, POLICE, Lane.ROUTINE, False))
    memory = work(kit, Loaded(cases={case.id: case, joined: case}))
    new = CaseId(uuid4())
    detached = e.ReportDetached(NOW, joined, new)
    opened = e.CaseOpened(NOW, new, RegionId("haaglanden"), VT, VT)
    attached = e.ReportAttached(NOW, joined, POLICE, Lane.ROUTINE, NOW, ReportState.RECORDED, None, case.id)
    its_own = fold(None, (opened, attached))
    assert its_own is not None
    parts = (Part(folded(case, detached), (detached,)), Part(its_own, (opened, attached)))
    memory.put(accepted(parts=parts), stored_before=False)

    found = memory.case(joined)
    assert found is not None
    assert found.id == new
    assert [change.new for change in memory.changes(1, 0).cases] == [False, True]


def a_signal(pseudonym: bytes = b"child") -> RadarEntry:
    report, key = ReportId(uuid4()), RadarKeyId("key")
    return RadarEntry(pseudonym, report, MatchGround.BSN, True, POLICE, NOW, NOW + timedelta(days=1), key)


def test_a_signal_of_this_batch_is_known_to_later_messages_before_those_of_earlier_batches(kit: Kit) -> None:
    before, first, second = a_signal(), a_signal(), a_signal()
    memory = work(kit, Loaded(radar={b"child": (before,)}))
    for one in (first, second):
        memory.put(accepted(radar=(one,)), stored_before=False)

    assert memory.signals(b"child") == (second, first, before)
    assert memory.signals(b"other") == ()
    assert set(memory.changes(2, 0).radar) == {first, second}


def test_a_report_taken_out_of_the_radar_is_known_to_nobody_after_it(kit: Kit) -> None:
    before, here, stays = a_signal(), a_signal(), a_signal()
    memory = work(kit, Loaded(radar={b"child": (before,)}))
    memory.put(accepted(radar=(here, stays)), stored_before=False)
    memory.put(accepted(radar_over=(before.report, here.report)), stored_before=False)

    assert memory.signals(b"child") == (stays,)
    changes = memory.changes(2, 0)
    assert changes.radar == (stays,)
    assert set(changes.radar_over) == {before.report, here.report}


def test_counts_and_lines_of_the_processing_log_are_kept_for_each_message(kit: Kit) -> None:
    memory = work(kit)
    count = Count("2026-03", RegionId("haaglanden"), "meldingen.zorgmelding", "politie")
    line = ProcessingLine(PartnerId("vt-test"), "00", "00", None, "verstrekking", NOW, {})
    for _ in range(2):
        memory.put(accepted(counts=(count,), processing=(line,)), stored_before=False)

    changes = memory.changes(2, 0)
    assert (changes.counts, changes.processing) == ((count, count), (line, line))


def test_a_case_that_nothing_happened_to_is_not_written(kit: Kit) -> None:
    case, _ = opening()
    memory = work(kit, Loaded(cases={case.id: case}))
    memory.put(accepted(parts=(Part(case, ()),)), stored_before=False)

    assert memory.changes(1, 0).cases == ()


def test_a_message_decided_in_this_batch_is_a_cause_with_the_names_of_its_copies(kit: Kit) -> None:
    memory, verdict = work(kit), accepted()
    first, second = an_outbox_row(origin=verdict.row.id), an_outbox_row(origin=verdict.row.id)
    receipt = an_outbox_row(origin=verdict.row.id, partner=PartnerId("om-test"), owes_confirmation=False)
    memory.put(replace(verdict, outgoing=(first, second, receipt)), stored_before=False)

    assert verdict.row.message is not None
    found = memory.cause(verdict.row.partner, verdict.row.message)
    known_as = {verdict.row.partner: verdict.row.message, first.partner: first.id}
    assert found == Cause(known_as, verdict.row.partner, verdict.row.type)
    assert memory.cause(PartnerId("om-test"), verdict.row.message) is None


def test_an_undecided_or_unopened_message_is_no_cause(kit: Kit) -> None:
    memory = work(kit)
    for row in (
        an_inbox_row(fate=Fate.RETRY),
        an_inbox_row(fate=Fate.QUARANTINED),
        an_inbox_row(fate=Fate.REJECTED, opened=False, claims_id=False),
    ):
        memory.put(Verdict(row), stored_before=False)
        assert memory.cause(row.partner, row.message or MessageId(uuid4())) is None


def test_a_refused_message_is_a_cause(kit: Kit) -> None:
    memory, row = work(kit), an_inbox_row(fate=Fate.REJECTED)
    memory.put(Verdict(row), stored_before=False)

    assert memory.cause(row.partner, row.message or MessageId(uuid4())) is not None


def a_held_part() -> HeldPart:
    return HeldPart(CaseId(uuid4()), HandoverId(uuid4()), Sealed(b"", b"", ""), NOW)


def test_a_part_held_and_over_in_one_batch_is_never_written(kit: Kit) -> None:
    memory, part = work(kit), a_held_part()
    memory.put(accepted(held=part), stored_before=False)
    assert memory.held(part.case, part.handover) == part
    memory.put(accepted(held_over=((part.case, part.handover),)), stored_before=False)

    changes = memory.changes(2, 0)
    assert (changes.held, changes.held_over) == ((), ())


def test_a_part_held_before_and_put_anew_and_over_in_one_batch_goes(kit: Kit) -> None:
    """The giver supplements, and the yes comes in the same batch: what was held until now must not stay behind."""
    part = a_held_part()
    key = (part.case, part.handover)
    memory = work(kit, Loaded(held={key: part}))
    memory.put(accepted(held=replace(part, expires=NOW)), stored_before=False)
    memory.put(accepted(held_over=(key,)), stored_before=False)

    changes = memory.changes(2, 0)
    assert (changes.held, changes.held_over) == ((), (key,))


def test_a_part_held_before_and_over_now_goes_once(kit: Kit) -> None:
    part = a_held_part()
    key = (part.case, part.handover)
    memory = work(kit, Loaded(held={key: part}))
    for _ in range(2):
        memory.put(accepted(held_over=(key,)), stored_before=False)

    assert memory.changes(2, 0).held_over == (key,)


def test_the_bytes_of_a_decided_retry_go_and_those_of_a_failed_one_stay(kit: Kit) -> None:
    memory = work(kit)
    good, bad = an_inbox_row(fate=Fate.ACCEPTED), an_inbox_row(fate=Fate.RETRY)
    kept = StoredDelivery(bad.id, Sealed(b"", b"", ""), Properties(), "bug:KeyError", 2, NOW)
    memory.put(Verdict(good), stored_before=True)
    memory.put(Verdict(bad, stored=kept), stored_before=True)

    changes = memory.changes(0, 0)
    assert (changes.stored_over, changes.stored) == ((good.id,), (kept,))


def test_every_verdict_has_a_journal_row_and_a_copy_that_is_counted_has_none(kit: Kit) -> None:
    memory, row = work(kit), an_inbox_row(fate=Fate.ACCEPTED)
    put = memory.put(Verdict(row), stored_before=False)
    again = memory.count_again(replace(put, deliveries=2))

    changes = memory.changes(2, 1)
    assert changes.inbox == (again,)
    assert [entry.hash for entry in changes.journal] == [again.journal_hash]
    assert again.directory_version == kit.directory.version
    assert memory.known(row.id) == again


def test_an_answer_that_is_said_twice_is_written_once(kit: Kit) -> None:
    memory, answer = work(kit), an_outbox_row()
    memory.say(answer)
    memory.say(answer)
    memory.say(None)

    assert memory.changes(2, 2).outbox == (answer,)


def test_confirmations_are_kept_in_order(kit: Kit) -> None:
    memory, id_ = work(kit), MessageId(uuid4())
    said = [Confirmation(id_, PartnerId("vt-test"), result) for result in (Result.CANNOT_OPEN, Result.STORED)]
    for one in said:
        memory.put(accepted(confirmation=one), stored_before=False)

    assert list(memory.changes(2, 0).confirmations) == said
