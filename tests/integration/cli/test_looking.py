"""`case show` and `report` on a real database, as an operator types them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.canonical.codes import Lane
from hub.cases import events as e
from hub.cases.case import Case
from hub.cases.evolve import fold
from hub.ids import CaseId, RegionId, ReportId
from hub.ports import CaseChange, Changes, Count
from tests.kit import Kit, kit_on
from tests.patience import CEILING

ROOT = Path(__file__).parents[3]
WHY = ("--reason", "vraag-partner", "--reference", "2026-0012")
NORTH, SOUTH = RegionId("noord"), RegionId("haaglanden")


@pytest.fixture
async def kit(database: AsyncEngine) -> Kit:
    return await kit_on(database)


def typed(kit: Kit, *words: str, ok: int = 0) -> subprocess.CompletedProcess[str]:
    """A command on this database; its broker is not asked."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KETENHUB_")}
    urls = {"KETENHUB_DATABASE_URL": kit.url, "KETENHUB_AMQP_URL": "amqp://localhost:1"}
    done = subprocess.run(
        [sys.executable, "-m", "hub", *words],
        cwd=ROOT,
        env=clean | urls,
        text=True,
        capture_output=True,
        timeout=CEILING,
    )
    assert done.returncode == ok, (words, done.stdout, done.stderr)
    return done


async def written(kit: Kit, changes: Changes, worker: str = "one") -> None:
    async with kit.store.unit() as unit:
        await unit.write(changes, worker, Lane.ROUTINE)


def a_case_of(events: Iterable[e.Event]) -> Case:
    case = fold(None, events)
    assert case is not None
    return case


async def test_a_case_is_shown_by_the_number_of_a_report_on_it(kit: Kit) -> None:
    now, report, police, vt = datetime.now(UTC), ReportId(uuid4()), kit.oin("politie-test"), kit.oin("vt-test")
    events = (
        e.CaseOpened(now, CaseId(uuid4()), NORTH, vt, police),
        e.ReportReceived(now, report, police, Lane.ROUTINE, True),
        e.ReportRecorded(now, report, False),
        e.HolderMoved(now, police, vt, report),
    )
    await written(kit, Changes(cases=(CaseChange(a_case_of(events), tuple((one, None) for one in events), new=True),)))

    shown = typed(kit, "case", "show", str(report), *WHY).stdout

    assert f"sight on safety: vt-test ({vt})" in shown
    assert "█ politie-test" in shown
    assert "▒ vt-test" in shown
    assert "\x1b" not in shown


async def test_the_report_adds_workers_up_before_it_masks(kit: Kit, tmp_path: Path) -> None:
    three = Count("2026-03", NORTH, "meldingen.zorgmelding", "politie", number=3)
    four = Count("2026-03", NORTH, "meldingen.zorgmelding", "om", number=4)
    await written(kit, Changes(counts=(three, four, Count("2026-04", SOUTH, "adviezen.adviesvraag", "om", number=9))))
    await written(kit, Changes(counts=(three,)), worker="two")
    file = tmp_path / "counts.csv"

    said = typed(kit, "report", "--from", "2026-01", "--to", "2026-12", "--region", NORTH, "--csv", str(file)).stdout

    assert json.loads(said) == {"file": str(file), "rows": 2}
    assert file.read_text().splitlines()[1:] == [
        "noord,2026-03,meldingen.zorgmelding,om,,,<5",
        "noord,2026-03,meldingen.zorgmelding,politie,,,6",
    ]


async def test_a_region_that_nobody_knows_is_refused_with_those_there_are(kit: Kit) -> None:
    wrong = typed(kit, "report", "--from", "2026-01", "--to", "2026-12", "--region", "mars", ok=1)

    assert wrong.stderr.startswith("ketenhub: There is no region mars; there are ")
    assert SOUTH in wrong.stderr
