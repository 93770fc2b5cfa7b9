"""RabbitMQ: where its known traps are met; those of the client are met in `hub/amqp/`.

| trap | met in |
|---|---|
| the broker cancels a consumer (4.3: on a timeout too), unnoticed | `reading`: ends the channel, subscribes anew |
| reconnected, but without consumers | `reading`: asks the broker whether it lists one |
| `message.process()` rejects what a shutdown interrupts | `consumer`: never used, nothing is ever rejected |
| a callback is cancelled with its channel, maybe in mid-commit | `reading`: callbacks only enqueue |
| a message long unacknowledged fills the disk | `consumer`: acknowledged after each commit, given back by `pause` |
| delivery limits differ between versions | `topology`: explicit and high; attempts count in the database |
| an acknowledgement is only written to a socket | `consumer`: what is lost comes again, the inbox knows it |
| acknowledgements are stuck while the broker is short of memory | reading and publishing have links of their own |
| `x-death` copied into a republish makes a cycle, and the broker drops it | `publisher`: builds every message anew |
"""
