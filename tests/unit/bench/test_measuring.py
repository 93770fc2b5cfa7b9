"""The arithmetic of the measurements: figures that are wrong would be believed."""

from collections import Counter
from pathlib import Path

import pytest

from bench import flames
from bench.acute import quantiles
from bench.peer import messages
from bench.profile import stage
from bench.report import spread
from bench.retention import KINDS, PARTS, SQL, Stand, Swept
from bench.rounds import measured
from bench.work import NUMBERED, report


def test_the_rate_counts_what_was_done_after_the_warm_up() -> None:
    done = [0.0, 10.0, 10.5, 11.0, 11.5, 12.0, 12.5, 13.0]
    rate, seconds = measured(done)
    assert (rate, seconds) == (2.0, 2.5)


def test_messages_marked_at_the_very_end_of_the_warm_up_do_not_count_as_done_after_it() -> None:
    done = [1.0] * 6 + [2.0] * 4
    assert measured(done) == (4.0, 1.0)


def test_quantiles_are_of_the_times_themselves() -> None:
    found = quantiles([float(number) for number in range(101)])
    assert found == {"p50": 50.0, "p99": 99.0, "max": 100.0}


def test_a_spread_is_from_the_least_to_the_most() -> None:
    assert spread([3.0, 1.0, 2.0]) == {"median": 2.0, "least": 1.0, "most": 3.0}


@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        (
            ("take (hub/lanes/intake.py:1)", "open_envelope (hub/envelope/opening.py:9)", "decrypt (joserfc/x.py:1)"),
            "open",
        ),
        (("open_envelope (hub/envelope/opening.py:9)", "parse (hub/envelope/strict_json.py:3)"), "open"),
        (("arrive (hub/lanes/arrival.py:1)", "parse (hub/envelope/strict_json.py:3)"), "validate"),
        (("judge (hub/lanes/judge.py:1)", "decide (hub/cases/decide.py:2)"), "decide"),
        (("judge (hub/lanes/judge.py:1)", "keep (hub/envelope/at_rest.py:2)"), "encrypt at rest"),
        (("Relay._publish (hub/lanes/relay.py:1)", "seal (hub/envelope/sealing.py:2)"), "seal"),
        (("Relay._publish (hub/lanes/relay.py:1)", "Channel.basic_publish (aiormq/channel.py:2)"), "publish"),
        (("Relay._mark (hub/lanes/relay.py:1)", "published (hub/store/outbox.py:2)"), "SQL"),
        (("Connection.__reader (aiormq/connection.py:1)",), "AMQP client"),
        (("run (somewhere/else.py:1)",), "other"),
    ],
)
def test_a_sample_belongs_to_the_stage_of_the_function_it_is_in(stack: tuple[str, ...], expected: str) -> None:
    assert stage(stack) == expected


def test_samples_are_read_without_what_every_stack_begins_with(tmp_path: Path) -> None:
    raw = tmp_path / "samples.txt"
    start = "main (a.py:1);Runner.run (asyncio/runners.py:9)"
    raw.write_text(f"{start};work (b.py:2) 3\n{start} 2\n")
    assert flames.read(raw) == Counter({("work (b.py:2)",): 3, (flames.LOOP,): 2})


def test_the_peer_reads_the_same_report_and_loses_nothing_of_it() -> None:
    data = report(7)
    read = messages.CareReport.model_validate(data)
    assert read.model_dump(mode="json", by_alias=True, exclude_none=True) == data


def test_families_are_about_different_people_as_long_as_there_are_test_numbers() -> None:
    numbers = [person["bsn"] for family in range(NUMBERED) for person in report(family)["betrokkenen"][:2]]
    assert len(set(numbers)) == 2 * NUMBERED


def test_what_lapses_is_filled_by_a_part_of_its_own() -> None:
    _, *parts = PARTS.split(SQL.substitute(rows=8, since="2026-01-01"))
    assert parts[::2] == ["every", *KINDS]
    assert all("insert into" in one for one in parts[3::2])


def test_what_is_gone_is_what_was_there_before_and_is_not_after() -> None:
    assert Swept(Stand(1_500, 9_000_000), Stand(400, 2_000_000), [0.1]).said() == ("1,100", "9", "2")
