"""Between the partners' words and the hub's: `decode` makes a message a command, `encode` makes a notice its words.

What a role may say stands in `hub/routing/rules.py`, what it may see beside each field of `hub/schemas/`: here no role
has words of its own.
"""

from hub.adapters.decoding import decode
from hub.adapters.source import Source
from hub.adapters.telling import encode
from hub.adapters.telling_handovers import full_part

__all__ = ["Source", "decode", "encode", "full_part"]
