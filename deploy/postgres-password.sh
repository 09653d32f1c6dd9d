#!/bin/sh
# The role that MemoryChat logs in as gets its password, once, when the database is made.
set -eu
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -v password="$MEMORYCHAT_PASSWORD" <<'SQL'
ALTER ROLE memorychat PASSWORD :'password';
SQL
