"""The judge of a run: compares partners' own books, and nothing else; shares no code with what the hub decides by.

    verdict = judge(load(folder))        # or: python -m tests.faults.judge FOLDER
    assert verdict.clean, "\n".join(verdict.lines())

Findings: lost (accepted, and no effect where the contract says it shows), doubled, invented, against the rules,
unanswered. `books.py` says what a book holds, `effects.py` what each message must bring about, `holders.py` and
`rules.py` what may never be.
"""

from tests.faults.judge.books import Book, Got, Sent, load
from tests.faults.judge.findings import Finding, Kind, Verdict
from tests.faults.judge.judging import judge

__all__ = ["Book", "Finding", "Got", "Kind", "Sent", "Verdict", "judge", "load"]
