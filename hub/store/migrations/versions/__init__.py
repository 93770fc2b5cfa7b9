"""How the database came to what it is: revisions, oldest first."""
