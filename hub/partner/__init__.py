"""The partner's side of the contract: a small client that seals, sends, receives and answers."""
