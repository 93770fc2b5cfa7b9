"""A report was taken out of a case it was joined to wrongly: the next reports on that child still find the case."""

from uuid import UUID

from hub.schemas.samples import sample
from tests.kit import Kit
from tests.talk import ASSESSED, CLOSED, RECEIPT, REPORT, OnCase, a_case, a_report, assessment

DETACHED = "triage.melding-losgemaakt"


async def taken_apart(kit: Kit) -> tuple[OnCase, OnCase, UUID]:
    """Two reports on one child, of which Veilig Thuis gave the second a case of its own."""
    first = await a_case(kit, data=sample(REPORT))
    second = await a_report(kit, data=sample(REPORT))
    assert second.case == first.case
    told = await kit.tell("vt-test", DETACHED, {"melding": str(second.report)}, correlationid=first.case)
    return first, second, UUID(told.one("vt-test", RECEIPT)["data"]["referentie"])


async def test_the_next_joins_the_case_that_the_report_was_taken_out_of(kit: Kit) -> None:
    first, _, _ = await taken_apart(kit)
    third = await a_report(kit, data=sample(REPORT))
    fourth = await a_report(kit, data=sample(REPORT))

    assert third.case == fourth.case == first.case


async def test_once_that_case_is_closed_it_joins_the_one_of_the_report(kit: Kit) -> None:
    first, _, own = await taken_apart(kit)
    await kit.tell("vt-test", ASSESSED, assessment(first), correlationid=first.case)
    await kit.tell("vt-test", CLOSED, correlationid=first.case)

    assert (await a_report(kit, data=sample(REPORT))).case == own


async def test_a_report_that_names_its_own_case_still_goes_there(kit: Kit) -> None:
    _, second, own = await taken_apart(kit)

    assert (await a_report(kit, data=sample(REPORT), correlationid=second.report)).case == own


async def test_also_after_more_reports_went_there(kit: Kit) -> None:
    first, second, _ = await taken_apart(kit)
    await a_report(kit, data=sample(REPORT), correlationid=second.report)

    assert (await a_report(kit, data=sample(REPORT))).case == first.case
