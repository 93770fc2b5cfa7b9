"""Where the servers are: addresses as an operator writes them, read whole, and what they say of TLS.

A parameter counts as it is written here or the address is refused: one that a client would pass over, or read in
another way, may be the one that turns checking on.
"""
