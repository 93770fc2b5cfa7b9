"""`rabbitmqctl` on the private node of a session: the management API says where the node's own files are."""

import json
import subprocess
from pathlib import Path

import httpx
from yarl import URL

from hub.local.install import debian_rabbitmq
from hub.local.rabbitmq_files import environment
from hub.local.servers import Addresses


def rabbitmqctl(servers: Addresses, *words: str) -> None:
    """Run one command, as the account that owns the node."""
    folder = _folder(servers)
    ports = json.loads((folder / "ports.json").read_text())
    command = [str(debian_rabbitmq(lambda _: None).bin / "rabbitmqctl"), *words]
    surroundings = environment(ports, lambda name: str(folder / name))
    done = subprocess.run(command, env=surroundings, cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr[-2000:]


def _folder(servers: Addresses) -> Path:
    url = URL(servers.admin_url)
    node = httpx.get(str(url.with_user(None) / "api/nodes"), auth=(url.user or "", url.password or "")).json()[0]
    return Path(node["config_files"][0]).parent
