"""RabbitMQ: where the known traps of broker and client are met.

| trap | met in |
|---|---|
| the broker cancels a consumer (4.3: on a timeout too), unnoticed | `reading`: ends the channel, subscribes anew |
| reconnected, but without consumers | `reading`: asks the broker whether it lists one |
| `message.process()` rejects what a shutdown interrupts | `consumer`: never used, nothing is ever rejected |
| a callback is cancelled with its channel, maybe in mid-commit | `reading`: callbacks only enqueue |
| a cancelled or timed-out call closes its channel | `reading.Probe`: a channel of its own |
| cancelled tasks get a loss, lost connections a cancellation | `boundary` |
| a message long unacknowledged fills the disk | `consumer`: acknowledged after each commit, given back by `pause` |
| delivery limits differ between versions | `topology`: explicit and high; attempts count in the database |
| an unroutable publish returns normally | `publisher`: mandatory, returns raise |
| two copies of a message on one channel get each other's outcome | `publisher`: one copy at a time |
| publishes accepted after a partition are never enqueued | `publisher`: a deadline, then a new channel |
| the wait for a reconnection has no timeout | `publisher`: one deadline over everything |
| not persistent by default | `publisher` |
| an acknowledgement is only written to a socket | `consumer`: what is lost comes again, the inbox knows it |
| acknowledgements are stuck while the broker is short of memory | `connection`: reading and publishing are apart |
| a blocked event loop loses its heartbeat | `connection`: a batch holds it far shorter; a lost connection heals |
| a partner's header or routing key ends the connection | `frames` |
| `x-death` copied into a republish makes a cycle, and the broker drops it | `publisher`: builds every message anew |
"""
