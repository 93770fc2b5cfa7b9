"""A private RabbitMQ node: own name, ports, data, cookie and epmd, all on 127.0.0.1; no root needed.

The folder of a node holds everything it reads and writes:

    password  .erlang.cookie  ports.json                         made once
    rabbitmq.conf  definitions.json  enabled_plugins             written before each start
    data/  log/                                                  the node's own

Debian's settings in /etc/rabbitmq are kept out by naming a file of our own for each of them. epmd, Erlang's name
server, is started by us, so that it is ours to end; the node finds it on its port and starts no other.
"""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from hub.errors import OperatorError
from hub.local.answers import admin_answers, amqp_answers
from hub.local.files import fresh_log, kept_ports, kept_secret, tail, write_private
from hub.local.install import Installation
from hub.local.keeping import Death
from hub.local.processes import end, eventually, mark
from hub.local.rabbitmq_files import ALONE, Place, configuration, definitions, environment

USER = "ketenhub"
START_SECONDS = 90.0
# Its management plugin makes every polite stop last 6 s (a call to Erlang's application controller that must time out).
# By then all is on disk: quorum queues sync before they confirm, and are registered about a second after their birth.
STOP_SECONDS = 2.0


class RabbitMQ:
    """One node. `launch`, then `wait_until_ready`; `stop` ends it with its helpers and its epmd."""

    def __init__(self, home: Path, installation: Installation, place: Place = ALONE) -> None:
        self.identity = home / "rabbitmq"
        self.folder = installation.folder(home)
        self.place = place
        self._installation = installation
        self._children: list[subprocess.Popen[bytes]] = []
        self._dead: Death | None = None
        self._ports: Mapping[str, int] = {}

    @property
    def amqp_url(self) -> str:
        return self._url("amqp", "amqp")

    @property
    def admin_url(self) -> str:
        return self._url("http", "management")

    def launch(self) -> None:
        """Write the configuration and start the node, after ending one that an earlier owner left running."""
        self.stop()
        self.folder.mkdir(mode=0o700, exist_ok=True)
        (self.folder / "log").mkdir(mode=0o700, exist_ok=True)
        self._ports = self._ports or self._chosen_ports()
        self._configure()
        with fresh_log(self._log) as log:
            if self.place.epmd is None:
                self._spawn(log, "epmd", "-port", str(self._ports["epmd"]), "-address", "127.0.0.1")
            self._spawn(log, str(self._installation.bin / "rabbitmq-server"))
        self._dead = None

    def wait_until_ready(self, patience: float = START_SECONDS) -> None:
        """Return once AMQP and the management API both answer.

        Raises:
            OperatorError: the node ended, or did not answer within `patience` seconds.
        """
        settled = eventually(lambda: self.death() is not None or self.is_ready(), patience)
        if not settled or self.death() is not None:
            how = "ended by itself" if settled else "did not answer in time"
            raise OperatorError("broker-not-started", f"RabbitMQ {how}; {self._log} ends with:\n{tail(self._log)}")

    def death(self) -> Death | None:
        """The end of the node's process or its epmd's, or of the last where they could not be started again."""
        for child in self._children:
            if (code := child.poll()) is not None:
                self._dead = Death(child.pid, code)
        return self._dead

    def revive(self) -> None:
        """Start them again, on the same data and address, after ending what is left of them."""
        self.launch()

    def is_ready(self) -> bool:
        return amqp_answers(self.amqp_url) and admin_answers(self.admin_url)

    def stop(self) -> None:
        """End the node, its helpers and its epmd; its data stay. Does nothing if nothing runs."""
        end(self.identity, patience=STOP_SECONDS)
        for child in self._children:
            child.wait()
        self._children.clear()

    def environment(self) -> dict[str, str]:
        """What RabbitMQ's programs find this node by."""
        return environment(self._ports, self._inside, self.place)

    def _chosen_ports(self) -> Mapping[str, int]:
        shared = {} if self.place.epmd is None else {"epmd": self.place.epmd}
        own = [name for name in ("amqp", "management", "distribution", "epmd") if name not in shared]
        return kept_ports(self.folder / "ports.json", own) | shared

    def _configure(self) -> None:
        kept_secret(self.folder / ".erlang.cookie")
        for name, text in {
            "rabbitmq.conf": configuration(self._ports, self._inside, self.place),
            "definitions.json": definitions(USER, self._password),
            "enabled_plugins": "[rabbitmq_management].",
        }.items():
            write_private(self.folder / name, text)

    def _spawn(self, log: IO[bytes], *command: str) -> None:
        child = subprocess.Popen(
            [*self._installation.enter, *command],
            env=self.environment() | mark(self.identity),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._children.append(child)

    @property
    def _log(self) -> Path:
        return self.folder / "log" / "boot.log"

    @property
    def _password(self) -> str:
        return kept_secret(self.folder / "password")

    def _inside(self, name: str) -> str:
        return self._installation.inside(self.folder / name)

    def _url(self, scheme: str, port: str) -> str:
        return f"{scheme}://{USER}:{self._password}@127.0.0.1:{self._ports[port]}"
