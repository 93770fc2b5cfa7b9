#!/usr/bin/env bash
# httpx 0.28.1, httpcore 1.0.9: an `AsyncClient` that a server refuses at its certificate raises an error that is not httpx's.
#
# One would expect: whatever goes wrong between client and server is an `httpx.TransportError`, and the asynchronous client
# raises what the other one does.
# What happens: with TLS 1.3 the server judges the client's certificate after the client's side of the handshake is over.
# Its refusal comes as an alert while the answer is read, and there `ssl.SSLError` goes through the asynchronous client as it
# is. The synchronous client raises `httpx.ReadError`; with TLS 1.2 both raise `httpx.ConnectError`.
# Why it matters: a service that retries, or says "not reachable", on `httpx.TransportError` crashes on the day that its
# certificate expires. Way out: catch `ssl.SSLError` beside it.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  'httpx==0.28.1' 'httpcore==1.0.9' 'h11==0.16.0' 'anyio==4.12.0' 'trustme==1.2.1'

cat >"$work/expected" <<'END'
httpx 0.28.1, httpcore 1.0.9
TLS 1.2, Client: httpx.ConnectError, TransportError: True
TLS 1.2, AsyncClient: httpx.ConnectError, TransportError: True
TLS 1.3, Client: httpx.ReadError, TransportError: True
TLS 1.3, AsyncClient: ssl.SSLError, TransportError: False
END

"$work/venv/bin/python" - >"$work/seen" 2>"$work/log" <<'END' || true
import asyncio
import socket
import ssl
import threading
from importlib.metadata import version

import httpx
import trustme

ca = trustme.CA()


def serve(most, ready):
    """A server that refuses who shows no certificate, and says so before it ends."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("localhost").configure_cert(context)
    ca.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    context.maximum_version = most
    listening = socket.create_server(("127.0.0.1", 0))
    ready.append(listening.getsockname()[1])

    def answer():
        accepted, _ = listening.accept()
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        side = context.wrap_bio(incoming, outgoing, server_side=True)
        while True:
            try:
                side.do_handshake()
                break
            except ssl.SSLWantReadError:
                accepted.sendall(outgoing.read())
                incoming.write(accepted.recv(65536))
            except ssl.SSLError:
                accepted.sendall(outgoing.read())  # the alert
                accepted.shutdown(socket.SHUT_WR)
                while accepted.recv(65536):  # all that the client says, so that nothing is reset
                    pass
                break
        accepted.close()
        listening.close()

    threading.Thread(target=answer, daemon=True).start()


def asked(most, is_async):
    ready = []
    serve(most, ready)
    trusting = ssl.create_default_context()
    ca.configure_trust(trusting)

    async def ask():
        async with httpx.AsyncClient(verify=trusting, timeout=10) as client:
            await client.get(f"https://localhost:{ready[0]}/")

    try:
        asyncio.run(ask()) if is_async else httpx.Client(verify=trusting, timeout=10).get(f"https://localhost:{ready[0]}/")
    except Exception as error:
        return type(error)
    return None


print(f"httpx {version('httpx')}, httpcore {version('httpcore')}")
for name, most in (("1.2", ssl.TLSVersion.TLSv1_2), ("1.3", ssl.TLSVersion.TLSv1_3)):
    for client, is_async in (("Client", False), ("AsyncClient", True)):
        kind = asked(most, is_async)
        print(f"TLS {name}, {client}: {kind.__module__}.{kind.__name__}, TransportError: {issubclass(kind, httpx.TransportError)}")
END

printf '%s\n' '--- expected'; cat "$work/expected"
printf '%s\n' '--- seen'; cat "$work/seen"
diff -u "$work/expected" "$work/seen" || { cat "$work/log" >&2; exit 1; }
