#!/usr/bin/env bash
# rich 15.0.0: a value with a name between two colons changes, also when it is escaped or printed without markup.
#
# One would expect: `rich.markup.escape(value)` or `markup=False` prints a value as it is. The documentation, "Console
# Markup", counts emoji codes as a part of markup ("Emoji"), and gives these two for text that is not to be read as
# markup ("Escaping", "Rendering Markup").
# What happens: both are about square brackets only. Names between colons are still replaced by emoji, in `print` and in
# the cells of a table. There are short names, and some are hexadecimal: a, b, ab, abc, abcd, bed, bee, cd, 100, 1234.
# Why it matters: addresses, cache keys and ids that a program prints come out different, and only some of them: of many
# IPv6 addresses one is wrong. What is copied from the output does not work.
# Way out: `Console(emoji=False)`, or `rich.text.Text(value)`.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check 'rich==15.0.0'

cat >"$work/expected" <<'END'
rich 15.0.0
2001:db8:a:b::1 printed: '2001:db8:a\U0001f171:1'
2001:db8:a:b::1 escaped: '2001:db8:a\U0001f171:1'
2001:db8:a:b::1 without markup: '2001:db8:a\U0001f171:1'
2001:db8:a:b::1 escaped, in a table: '2001:db8:a\U0001f171:1'
2001:db8:a:b::1 as Text: '2001:db8:a:b::1'
2001:db8:a:b::1 with emoji=False: '2001:db8:a:b::1'
user:id:7 escaped: 'user\U0001f1947'
END

PYTHONUTF8=1 "$work/venv/bin/python" - >"$work/seen" 2>&1 <<'END' || true
import io
from importlib.metadata import version

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text


def printed(value, emoji=True, **options):
    out = io.StringIO()
    Console(file=out, width=60, emoji=emoji).print(value, **options)
    return ascii(out.getvalue().strip())


def in_a_table(value):
    table = Table(box=None, show_header=False)
    table.add_row(value)
    return printed(table)


print("rich", version("rich"))
address = "2001:db8:a:b::1"
print(address, "printed:", printed(address))
print(address, "escaped:", printed(escape(address)))
print(address, "without markup:", printed(address, markup=False))
print(address, "escaped, in a table:", in_a_table(escape(address)))
print(address, "as Text:", printed(Text(address)))
print(address, "with emoji=False:", printed(address, emoji=False))
print("user:id:7 escaped:", printed(escape("user:id:7")))
END

printf '%s\n' '--- expected'; cat "$work/expected"
printf '%s\n' '--- seen'; cat "$work/seen"
diff -u "$work/expected" "$work/seen"
