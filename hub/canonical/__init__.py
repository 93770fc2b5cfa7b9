"""The hub's own words: commands, notices, code lists and values. Standard library only; nothing here acts."""
