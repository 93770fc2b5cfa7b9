"""A partner's books: what they remember, over restarts and kills too."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from hub.canonical.codes import Lane, Result
from hub.ids import MessageId
from hub.partner.books import Books, Letter
from hub.partner.messages import PROCESSED, Received, read
from tests.unit.partner.kit import NOW, enrolled, id_of, said, sealed

STEPS = {"melding": str(uuid4()), "stap": "beoordeeld", "uitkomst": "onderzoek"}


def letter(type_: str = "nl.ketenhub.zaken.standvraag.v1", payload: bytes = b"signed") -> Letter:
    return Letter(MessageId(uuid4()), type_, Lane.ROUTINE, "ab" * 32, payload)


def from_hub(folder: Path, name: str = "terugkoppelingen.stappen", data: Any = None, **changes: Any) -> Received:
    payload = said(name, STEPS if data is None else data, **changes)
    return read(enrolled(folder), sealed(payload), str(id_of(payload)))


def receipt(folder: Path, sent: Letter, **changes: Any) -> Received:
    data = {
        "bericht": str(sent.id),
        "sha256": sent.sha256,
        "ontvangenOp": "2026-03-02T12:00:01Z",
        "referentie": str(UUID(int=9)),
        "journaal": "cd" * 32,
    }
    return from_hub(folder, "verwerking.ontvangstbevestiging", data | changes)


def refusal(folder: Path, sent: Letter, **changes: Any) -> Received:
    data = {
        "bericht": str(sent.id),
        "sha256": sent.sha256,
        "hashVan": "inhoud",
        "code": "schema-ongeldig",
        "velden": ["/data/gemeente"],
        "uitleg": "Zie velden.",
    }
    return from_hub(folder, "verwerking.foutmelding", data | changes)


def test_a_letter_is_kept_as_it_was_signed(tmp_path: Path) -> None:
    one = letter()
    with Books(tmp_path) as books:
        books.write(one, NOW)
    with Books(tmp_path) as books:
        assert books.letter(one.id) == one
        assert books.unanswered() == [one.id]
        assert books.account().sent == 0, "nothing was confirmed yet"


def test_every_confirmed_copy_is_counted(tmp_path: Path) -> None:
    one = letter()
    with Books(tmp_path) as books:
        books.write(one, NOW)
        books.published(one.id)
        books.published(one.id)
        assert (books.copies_sent(one.id), books.account().sent, books.account().sent_deliveries) == (2, 1, 2)


def test_a_receipt_stands_beside_what_it_answers(tmp_path: Path) -> None:
    one = letter()
    with Books(tmp_path) as books:
        books.write(one, NOW)
        books.published(one.id)
        books.note(receipt(tmp_path, one), NOW)
        answer = books.answer(one.id)
        assert answer is not None
        assert (answer.accepted, answer.sha256, answer.reference) == (True, one.sha256, UUID(int=9))
        assert books.unanswered() == []
        assert (books.account().accepted, books.account().receipts) == (1, 1)


def test_a_refusal_tells_its_code_and_fields(tmp_path: Path) -> None:
    one = letter()
    with Books(tmp_path) as books:
        books.write(one, NOW)
        books.published(one.id)
        books.note(refusal(tmp_path, one), NOW)
        answer = books.answer(one.id)
        assert answer is not None
        assert (answer.accepted, answer.code, answer.fields) == (False, "schema-ongeldig", ("/data/gemeente",))
        assert (books.account().refused, books.account().unanswered) == (1, 0)


def test_a_receipt_over_other_content_is_no_answer(tmp_path: Path) -> None:
    one = letter()
    with Books(tmp_path) as books:
        books.write(one, NOW)
        books.note(receipt(tmp_path, one, sha256="00" * 32), NOW)
        assert books.answer(one.id) is None


def test_a_refusal_of_a_body_that_was_never_opened_is_an_answer(tmp_path: Path) -> None:
    one = letter()
    with Books(tmp_path) as books:
        books.write(one, NOW)
        books.note(refusal(tmp_path, one, sha256="00" * 32, hashVan="bericht", code="envelop-ongeldig"), NOW)
        answer = books.answer(one.id)
        assert answer is not None
        assert answer.code == "envelop-ongeldig"


def test_one_refusal_of_many_bodies_is_an_answer_to_each_that_it_names_and_to_no_other(tmp_path: Path) -> None:
    first, second, other = letter(), letter(), letter()
    also = [{"bericht": str(second.id), "sha256": "22" * 32}, {"sha256": "33" * 32}]
    more = {"hashVan": "bericht", "code": "envelop-ongeldig", "sha256": "11" * 32, "ookGeweigerd": also}
    with Books(tmp_path) as books:
        for one in (first, second, other):
            books.write(one, NOW)
        books.note(refusal(tmp_path, first, **more), NOW)
        answers = [books.answer(one.id) for one in (first, second, other)]
    assert [one and (one.code, one.sha256) for one in answers] == [
        ("envelop-ongeldig", "11" * 32),
        ("envelop-ongeldig", "22" * 32),
        None,
    ]


def test_the_first_answer_stands(tmp_path: Path) -> None:
    one = letter()
    with Books(tmp_path) as books:
        books.write(one, NOW)
        books.note(receipt(tmp_path, one), NOW)
        books.note(refusal(tmp_path, one), NOW)
        answer = books.answer(one.id)
        assert answer is not None
        assert answer.accepted


def test_confirmations_wait_for_no_answer(tmp_path: Path) -> None:
    with Books(tmp_path) as books:
        books.write(one := letter(PROCESSED), NOW)
        books.published(one.id)
        assert books.unanswered() == []
        assert (books.account().confirmations, books.account().unanswered) == (1, 0)


def test_a_message_is_fresh_until_it_is_processed(tmp_path: Path) -> None:
    message = from_hub(tmp_path)
    with Books(tmp_path) as books:
        assert books.note(message, NOW).fresh
        assert books.note(message, NOW).fresh, "written down, but cut off before it was processed"
        books.processed(message.id, NOW)
        assert not books.note(message, NOW).fresh
        assert books.copies_received(message.id) == 3
        assert (books.account().received, books.account().received_deliveries) == (1, 3)


def test_what_comes_under_a_known_id_is_known_also_with_other_bytes_as_after_a_restore_of_the_hub(
    tmp_path: Path,
) -> None:
    one = from_hub(tmp_path)
    again = from_hub(tmp_path, data=STEPS | {"zaakversie": 29_000_000}, id=one.id)
    with Books(tmp_path) as books:
        books.note(one, NOW)
        books.processed(one.id, NOW)
        assert not books.note(again, NOW).fresh
        assert (books.account().received, books.account().received_deliveries, books.account().unreadable) == (1, 2, 0)


def test_what_says_the_very_same_under_another_id_is_known_and_what_says_anything_else_is_not(tmp_path: Path) -> None:
    case, cause = uuid4(), uuid4()
    one = from_hub(tmp_path, data=STEPS | {"zaakversie": 3}, correlationid=case, causationid=cause)
    later = NOW + timedelta(days=31)
    again = from_hub(
        tmp_path, data=STEPS | {"zaakversie": 3}, correlationid=case, causationid=cause, time=later,
        expirytime=later + timedelta(days=30),
    )  # fmt: skip
    others = [
        from_hub(tmp_path, data=STEPS | {"zaakversie": 4}, correlationid=case, causationid=cause),
        from_hub(tmp_path, data=STEPS | {"zaakversie": 3}, correlationid=uuid4(), causationid=cause),
        from_hub(tmp_path, data=STEPS | {"zaakversie": 3}, correlationid=case, causationid=uuid4()),
    ]
    with Books(tmp_path) as books:
        assert books.note(one, NOW).fresh
        assert books.note(one, NOW).fresh, "cut off before it was processed"
        assert not books.note(again, NOW).fresh
        assert [books.note(other, NOW).fresh for other in others] == [True, True, True]
        assert books.account().unprocessed == 4


def test_of_a_case_only_the_newest_word_is_current(tmp_path: Path) -> None:
    case = uuid4()
    versions = [from_hub(tmp_path, data=STEPS | {"zaakversie": n}, correlationid=case) for n in (2, 1, 3)]
    elsewhere = from_hub(tmp_path, data=STEPS | {"zaakversie": 1}, correlationid=uuid4())
    with Books(tmp_path) as books:
        assert [books.note(message, NOW).current for message in versions] == [True, False, True]
        assert not books.note(versions[1], NOW).current, "the same again is as old as before"
        assert books.note(elsewhere, NOW).current


def test_what_could_not_be_read_gives_way_to_what_can(tmp_path: Path) -> None:
    message = from_hub(tmp_path)
    with Books(tmp_path) as books:
        books.unreadable(message.id, "ef" * 32, Result.CANNOT_OPEN, NOW)
        assert books.account().unreadable == 1
        assert books.note(message, NOW).fresh
        books.processed(message.id, NOW)
        assert (books.account().unreadable, books.account().received) == (0, 1)


def test_answered_payload_is_dropped_after_seven_days_and_its_line_stays(tmp_path: Path) -> None:
    answered, waiting = letter(), letter()
    with Books(tmp_path) as books:
        for one in (answered, waiting):
            books.write(one, NOW)
            books.published(one.id)
        books.note(receipt(tmp_path, answered), NOW)
        books.forget(NOW + timedelta(days=6))
        assert books.letter(answered.id) == answered
        books.forget(NOW + timedelta(days=8))
        assert (books.letter(answered.id), books.letter(waiting.id)) == (None, waiting)
        assert books.account().sent == 2


def test_a_kill_loses_no_line(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from uuid import UUID
from tests.unit.partner.test_books import NOW, letter
from hub.partner.books import Books

with Books(Path(sys.argv[1])) as books:
    for _ in range(20):
        books.write(one := letter(), NOW)
        books.published(one.id)
    print("written", flush=True)
    sys.stdin.read()
"""
    writer = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    assert writer.stdin is not None
    assert writer.stdout.readline() == "written\n"
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    writer.stdin.close()
    with Books(tmp_path) as books:
        assert books.account().sent == 20
