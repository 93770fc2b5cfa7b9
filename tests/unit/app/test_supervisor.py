"""Workers have names by which others know them."""

import os

import pytest

from hub.app.supervisor import jobs
from hub.store.tables import REVISION

KEPT = 63
"""Bytes that PostgreSQL keeps of the name of a connection."""


@pytest.mark.parametrize("host", ["h", "a-pod-with-a-name-as-long-as-kubernetes-allows-them-to-be-abcdefg"])
def test_a_workers_connection_says_its_lane_however_long_the_name_of_its_machine(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "uname", lambda: os.uname_result(("", host, "", "", "")))
    monkeypatch.setattr(os, "getpid", lambda: 4_194_304)
    names = [f"ketenhub {REVISION} {job.name}" for job in jobs(64)]
    assert all(len(name) <= KEPT for name in names)
    assert [name.rpartition("-")[2] for name in names[:3]] == ["acuut", "1", "2"]
