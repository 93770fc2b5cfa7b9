"""The embedded servers start, tell their addresses, survive kills and leave nothing behind."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import aio_pika
import asyncpg
import httpx
import psutil
import pytest

from hub.errors import OperatorError
from hub.local.answers import admin_answers, amqp_answers, database_answers
from hub.local.homes import throwaway_home
from hub.local.install import Installation
from hub.local.keeping import Death, Died
from hub.local.processes import MARK, belonging, eventually, kill
from hub.local.servers import Addresses, found, running
from tests.patience import CEILING
from tests.servers import new_home, rabbitmq_under_test
from tests.signals import by_default

OWNER = """
import sys, time
from pathlib import Path
from hub.local.servers import running
from tests.servers import rabbitmq_under_test

broker = "broker" in sys.argv
with running(Path(sys.argv[1]), broker=broker, say=lambda line: None, installation=rabbitmq_under_test()):
    print("up", flush=True)
    time.sleep(600)
"""

GUEST = """
import time
from hub.local.homes import throwaway_home

with throwaway_home() as home:
    print(home, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def home() -> Iterator[Path]:
    with new_home() as path:
        yield path


def test_the_servers_answer_on_loopback_only_with_a_password_and_leave_nothing_behind(home: Path) -> None:
    with run(home) as addresses:
        leave_traces(addresses)
        assert all_answer(addresses)
        assert found(home) == addresses
        assert {listener[0] for listener in listeners(home)} <= {"127.0.0.1", "::1"}
        assert (home / "run" / "addresses.json").stat().st_mode & 0o777 == 0o600
        users = httpx.get(f"{addresses.admin_url}/api/users").raise_for_status().json()
        assert [user["name"] for user in users] == ["ketenhub"], "no guest"
        assert httpx.get(without_password(addresses.admin_url) + "/api/users").status_code == 401
        with pytest.raises(asyncpg.InvalidPasswordError):
            asyncio.run(asyncpg.connect(without_password(addresses.database_url)))
        with pytest.raises(OperatorError, match=rf"process {os.getpid()} .*KETENHUB_HOME"), run(home):
            pass
        ports = [port for _, port in listeners(home)]
    assert processes(home) == []
    assert not any(accepts(port) for port in ports), "epmd included"
    assert found(home) is None


def test_data_and_addresses_are_kept_when_the_owner_is_killed_and_then_the_servers(home: Path) -> None:
    with an_owner(home) as owner:
        owner.kill()
        owner.wait()
    orphans = processes(home)
    left = found(home)
    assert orphans
    assert left is not None, "what a killed owner left running is found"
    assert leave_traces(left) == 1
    with run(home) as addresses:
        assert addresses == left
        assert leave_traces(addresses) == 2
        assert not set(orphans) & set(processes(home)), "and is then taken over"
        for folder in folders(home):
            kill(folder)
    assert processes(home) == []


def test_a_server_that_dies_is_started_again_with_its_data_on_its_address(home: Path) -> None:
    died: list[tuple[str, Death]] = []
    with run(home, died=lambda *death: died.append(death)) as addresses:
        leave_traces(addresses)
        killed = {folder: outermost(folder) for folder in folders(home)}
        for pid in killed.values():
            os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: len(died) == 2 and all_answer(addresses), CEILING)
        assert {death.pid for _, death in died} == {*killed.values()}
        assert {folder: outermost(folder) for folder in folders(home)}.items().isdisjoint(killed.items())
        assert leave_traces(addresses) == 2
    assert processes(home) == []
    assert len(died) == 2, "what its owner ends has not died"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_to_the_owner_stops_the_servers(home: Path, number: signal.Signals) -> None:
    with an_owner(home, broker=number == signal.SIGTERM) as owner:
        owner.send_signal(number)
        owner.wait(CEILING)
    assert processes(home) == []
    assert not (home / "run" / "addresses.json").exists()


def test_a_run_that_is_killed_is_cleaned_up_by_the_next() -> None:
    with subprocess.Popen([sys.executable, "-c", GUEST], stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout is not None
        leftover = Path(killed.stdout.readline().strip())
        killed.kill()
    (leftover / "rabbitmq").mkdir()
    orphan = subprocess.Popen(["sleep", "600"], env=os.environ | {MARK: str(leftover / "rabbitmq")})
    with throwaway_home():
        assert not leftover.exists()
    assert orphan.wait(CEILING) == -signal.SIGKILL


def test_a_node_that_does_not_start_is_reported_with_its_log(home: Path) -> None:
    broken = Installation(enter=("/bin/sh", "-c", "echo no Erlang here; exit 1"))
    with (
        pytest.raises(OperatorError, match=r"(?s)ended by itself; .*boot\.log ends with:.*no Erlang here"),
        running(home, database=False, say=print, installation=broken),
    ):
        pass
    assert processes(home) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands PostgreSQL to another account")
def test_where_postgresqls_account_cannot_reach_the_home_its_data_are_elsewhere(home: Path) -> None:
    lines: list[str] = []
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    with running(closed / "home", broker=False, say=lines.append) as addresses:
        assert asyncio.run(add_row(addresses)) == 1
    place = Path(next(line for line in lines if "cannot reach" in line).split()[-1])
    assert closed.stat().st_mode & 0o777 == 0o700, "no folder above the home is opened"
    assert place.stat().st_mode & 0o777 == 0o700
    shutil.rmtree(place)


async def test_each_test_gets_an_empty_database_of_its_own(fresh_database: str, servers: Addresses) -> None:
    assert fresh_database != servers.database_url
    assert await add_row(Addresses("", "", fresh_database)) == 1


def run(home: Path, died: Died = lambda _, __: None) -> AbstractContextManager[Addresses]:
    return running(home, say=print, installation=rabbitmq_under_test(), died=died)


@contextmanager
def an_owner(home: Path, *, broker: bool = True) -> Iterator[subprocess.Popen[str]]:
    """A process that runs the servers of this home; killed at the end, if it still lives."""
    command = [sys.executable, "-c", OWNER, str(home), "broker" if broker else "database"]
    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **quiet, text=True, preexec_fn=by_default) as owner:
        try:
            assert owner.stdout is not None
            assert owner.stdout.readline() == "up\n"
            yield owner
        finally:
            owner.kill()


def outermost(folder: Path) -> int:
    """The process of a server that all its others come from; of RabbitMQ not epmd, which is apart."""
    running = belonging(folder)
    (pid,) = (pid for pid in running if psutil.Process(pid).ppid() not in running and name(pid) != "epmd")
    return pid


def name(pid: int) -> str:
    return psutil.Process(pid).name()


def folders(home: Path) -> list[Path]:
    return [home / "rabbitmq", home / "postgres" / "server"]


def processes(home: Path) -> list[int]:
    return [pid for folder in folders(home) for pid in belonging(folder)]


def listeners(home: Path) -> set[tuple[str, int]]:
    ours = processes(home)
    return {
        (connection.laddr.ip, connection.laddr.port)
        for connection in psutil.net_connections("inet")
        if connection.pid in ours and connection.status == psutil.CONN_LISTEN
    }


def all_answer(addresses: Addresses) -> bool:
    broker = amqp_answers(addresses.amqp_url) and admin_answers(addresses.admin_url)
    return broker and database_answers(addresses.database_url)


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def without_password(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(
        scheme=parts.scheme.partition("+")[0], netloc=f"{parts.username}:wrong@127.0.0.1:{parts.port}"
    ).geturl()


def leave_traces(addresses: Addresses) -> int:
    """Add a row and a message; returns how many of each there are now."""
    rows, messages = asyncio.run(add_row(addresses)), asyncio.run(add_message(addresses))
    assert rows == messages
    return rows


async def add_row(addresses: Addresses) -> int:
    connection = await asyncpg.connect(addresses.database_url.replace("+asyncpg", ""))
    try:
        await connection.execute("CREATE TABLE IF NOT EXISTS trace (id int GENERATED ALWAYS AS IDENTITY)")
        await connection.execute("INSERT INTO trace DEFAULT VALUES")
        return int(await connection.fetchval("SELECT count(*) FROM trace"))
    finally:
        await connection.close()


async def add_message(addresses: Addresses) -> int:
    async with await aio_pika.connect(addresses.amqp_url) as connection:
        channel = await connection.channel()
        await channel.declare_queue("trace", durable=True, arguments={"x-queue-type": "quorum"})
        await channel.default_exchange.publish(aio_pika.Message(b"x", delivery_mode=2), "trace")
        queue = await channel.declare_queue("trace", passive=True)
        return queue.declaration_result.message_count or 0
