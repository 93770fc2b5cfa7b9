"""Opening, sealing and keeping closed; pure but for the crypto library's randomness."""
