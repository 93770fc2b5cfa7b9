"""The partner's side of the contract."""
