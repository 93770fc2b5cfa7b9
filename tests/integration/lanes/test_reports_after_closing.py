"""A reporter goes on using the reference of its first report, long after that case was closed."""

from uuid import UUID

from hub.schemas.samples import sample
from tests.kit import Kit
from tests.talk import ASSESSED, CLOSED, REPORT, OnCase, a_case, a_report, assessment


async def closed(kit: Kit) -> OnCase:
    """A case about the people of the sample, that Veilig Thuis has closed."""
    reported = await a_case(kit, data=sample(REPORT))
    await kit.tell("vt-test", ASSESSED, assessment(reported), correlationid=reported.case)
    await kit.tell("vt-test", CLOSED, correlationid=reported.case)
    return reported


async def again(kit: Kit, name: UUID) -> OnCase:
    return await a_report(kit, data=sample(REPORT), correlationid=name)


async def test_its_reports_on_one_child_come_together_in_one_new_case(kit: Kit) -> None:
    first = await closed(kit)
    second = await again(kit, first.report)
    third = await again(kit, first.report)

    assert second.case != first.case
    assert third.case == second.case


async def test_on_a_case_that_still_runs_its_word_counts_before_what_the_radar_finds(kit: Kit) -> None:
    await a_case(kit, data=sample(REPORT))
    elsewhere = await a_case(kit)

    assert (await again(kit, elsewhere.report)).case == elsewhere.case
