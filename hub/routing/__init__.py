"""Who may send what, and which desk gets it; pure."""
