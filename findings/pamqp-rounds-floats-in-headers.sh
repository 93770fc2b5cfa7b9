#!/usr/bin/env bash
# pamqp 4.0.1, on which aiormq 7.2.4 and aio-pika 10.2.1 stand: a float in a header is rounded to 32 bits.
#
# One would expect: the number that was put in. A Python float has 64 bits, AMQP has a type for these ("d"), and pamqp's
# own documentation lists `float` among the values of a field table without a word on precision.
# What happens: every float is written as AMQP's 32-bit "f". It comes out with seven digits. Nothing is raised or logged
# (only a number beyond 3.4e38 is refused).
# Why it matters: `headers={"sent_at": time.time()}` arrives up to 64 seconds off, later or earlier than it was sent; an
# amount or a position is no longer what was sent. The message's own `Message.headers` still shows the true number, so
# a sender sees nothing of it.
# Upstream: changed in pamqp 6.0.0 (64 bits). aiormq 7.2.4 asks for pamqp below 5, so it does not get there.
# Way out: text, or whole numbers (milliseconds), which keep their value.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  'aio-pika==10.2.1' 'aiormq==7.2.4' 'pamqp==4.0.1'

cat >"$work/expected" <<'END'
aio-pika 10.2.1, aiormq 7.2.4, pamqp 4.0.1
sent_at: put in 1767225661.5, on the wire 1767225600.0
price: put in 19.99, on the wire 19.989999771118164
latitude: put in 52.0704978, on the wire 52.070499420166016
sent_at_ms: put in 1767225661500, on the wire 1767225661500
the moment in sent_at is off by 61.5 s
END

"$work/venv/bin/python" - >"$work/seen" 2>&1 <<'END' || true
from importlib.metadata import version

import aio_pika
from pamqp import frame, header

print(", ".join(f"{name} {version(name)}" for name in ("aio-pika", "aiormq", "pamqp")))
put_in = {"sent_at": 1767225661.5, "price": 19.99, "latitude": 52.0704978, "sent_at_ms": 1767225661500}
message = aio_pika.Message(b"", headers=put_in)
# What aiormq writes for this message, and what any client then reads.
_, _, read = frame.unmarshal(frame.marshal(header.ContentHeader(0, 0, message.properties), 1))
for name, value in put_in.items():
    print(f"{name}: put in {message.headers[name]}, on the wire {read.properties.headers[name]}")
print(f"the moment in sent_at is off by {abs(put_in['sent_at'] - read.properties.headers['sent_at'])} s")
END

printf '%s\n' '--- expected'; cat "$work/expected"
printf '%s\n' '--- seen'; cat "$work/seen"
diff -u "$work/expected" "$work/seen"
