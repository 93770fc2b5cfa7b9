"""PgBouncer before the database: by transaction or statement it is refused and leaves nothing; by session it works."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.canonical.partners import Directory
from hub.errors import OperatorError
from hub.local.account import unprivileged_account
from hub.local.files import kept_ports
from hub.local.processes import eventually
from hub.routing.document import from_document, to_document
from hub.store.database import Database
from hub.store.engine import connect
from hub.store.migrate import check, migrate
from hub.store.sessions import require_sessions
from tests.databases import one
from tests.fakes import until

UNPACKED = Path(__file__).parents[3] / ".cache" / "pgbouncer"


@contextmanager
def pooled(url: str, home: Path, mode: str, size: int, more: str = "") -> Iterator[str]:
    """The URL of a PgBouncer before this database, which pools like that."""
    if not (UNPACKED / "usr/sbin/pgbouncer").exists():
        pytest.skip("no PgBouncer: scripts/pgbouncer .cache/pgbouncer, as root on Debian")
    account, behind = unprivileged_account(), make_url(url)
    port = kept_ports(home / "port.json", ["pgbouncer"])["pgbouncer"]
    folder = Path(f"/tmp/ketenhub-pool-{os.getpid()}-{time.monotonic_ns()}")
    folder.mkdir(mode=0o700)
    for file in (UNPACKED / "usr/sbin/pgbouncer", *UNPACKED.glob("usr/lib/*/lib*.so*")):
        shutil.copy(file, folder / file.name)
    login = f"user={behind.username} password={behind.password}"
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\n* = host={behind.host} port={behind.port} {login}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"
        f"listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = {mode}\n"
        f"default_pool_size = {size}\n{more}\n"
    )
    for path in (folder, *folder.iterdir()):
        account.owns(path)
    environment = {"LD_LIBRARY_PATH": str(folder), "PATH": os.defpath}
    process = subprocess.Popen([folder / "pgbouncer", "-q", folder / "pgbouncer.ini"], env=environment, cwd=folder,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **account.switch())  # fmt: skip
    try:
        assert eventually(lambda: _listens(port), 20.0)
        yield behind.set(port=port).render_as_string(hide_password=False)
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder)


def never(_: datetime) -> Directory:
    raise AssertionError


async def unlocked(engine: AsyncEngine) -> bool:
    return bool(await one(engine, "select count(*) = 0 from pg_locks where locktype = 'advisory'"))


def _listens(port: int) -> bool:
    """Listens, as the system sees it: in state 0A."""
    return any(f":{port:04X} " in line and " 0A " in line for line in Path("/proc/net/tcp").read_text().splitlines())


@pytest.mark.parametrize(
    ("mode", "size", "more"),
    [
        ("transaction", 1, ""),
        ("transaction", 5, ""),
        ("transaction", 5, "server_round_robin = 1\n"),
        ("statement", 5, ""),
    ],
)
async def test_a_pooler_that_shares_sessions_is_refused_and_leaves_nothing(
    fresh_database: str, tmp_path: Path, mode: str, size: int, more: str
) -> None:
    direct = connect(fresh_database, "direct")
    with pooled(fresh_database, tmp_path, mode, size, more) as url:
        engine = connect(url, "test")
        database = Database(engine, to_document, from_document, 30.0)
        for begin in (database.require_sessions, lambda: database.prepare(never), lambda: database.found(None)):
            with pytest.raises(OperatorError, match=r"^database-pooled: .*pool_mode = session"):
                await begin()
        await engine.dispose()
        assert await unlocked(direct)
        assert await one(direct, "select to_regclass('alembic_version') is null")
    await direct.dispose()


async def test_one_that_pools_by_session_works_and_keeps_no_lock_of_a_migration(
    fresh_database: str, tmp_path: Path
) -> None:
    direct = connect(fresh_database, "direct")
    with pooled(fresh_database, tmp_path, "session", 8) as url:
        engine = connect(url, "test")
        await require_sessions(engine)
        await migrate(engine)
        await check(engine)
        await engine.dispose()
        await until(lambda: unlocked(direct))
    await direct.dispose()


async def test_the_database_itself_is_one_with_sessions(fresh_database: str) -> None:
    engine = connect(fresh_database, "test")
    await require_sessions(engine)
    await engine.dispose()
