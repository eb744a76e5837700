"""What survives a restart: tables, queries and migrations. `open.open_store` is the way in; all SQL lives here."""
