#!/usr/bin/env bash
# typer 0.29.2 (with pydantic 2.14.3): a date without dashes is taken for seconds, and becomes a day in 1970.
#
# One would expect: the formats that the documentation gives for a `datetime` parameter ("CLI Parameter Types",
# "DateTime": year-month-day, with or without a time), and exit code 2 for the rest, as the page shows.
# What happens: a parameter without `formats` is handed to pydantic, which takes text of digits for a Unix time. A date in
# ISO 8601's basic form, such as `date +%Y%m%d` prints it, is a moment in August 1970 with exit code 0. It is
# aware, while a date with dashes stays naive, so that the two cannot even be compared.
# Why it matters: `--since 20260301` means everything, `--before 20260301` nothing, and nobody hears of it. The
# documentation's own example of a wrong date, in words, is still refused.
# pydantic does so in strict JSON too, where the number itself is refused.
# Way out: `formats=[...]`, which is held to the letter.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  'typer==0.29.2' 'pydantic==2.14.3' 'pydantic-core==2.50.4'

cat >"$work/expected" <<'END'
typer 0.29.2, pydantic 2.14.3
--since 2026-03-01: 2026-03-01T00:00:00, exit 0
--since 20260301: 1970-08-23T11:51:41+00:00, exit 0
--since july-19-1989: refused, exit 2
--since 20260301 with formats: refused, exit 2
strict JSON "20260301": 1970-08-23T11:51:41+00:00
strict JSON 20260301: refused
END

"$work/venv/bin/python" - >"$work/seen" 2>&1 <<'END' || true
from datetime import datetime
from importlib.metadata import version
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError
from typer.testing import CliRunner

print(f"typer {version('typer')}, pydantic {version('pydantic')}")


def command(option):
    app = typer.Typer()

    @app.command()
    def main(since: Annotated[datetime, option]) -> None:
        print(since.isoformat())

    return app


def said(text, option):
    result = CliRunner().invoke(command(option), ["--since", text])
    return f"{result.stdout.strip() if result.exit_code == 0 else 'refused'}, exit {result.exit_code}"


for text in ("2026-03-01", "20260301", "july-19-1989"):
    print(f"--since {text}: {said(text, typer.Option())}")
print("--since 20260301 with formats:", said("20260301", typer.Option(formats=["%Y-%m-%d"])))
for json in ('"20260301"', "20260301"):
    try:
        print(f"strict JSON {json}:", TypeAdapter(datetime).validate_json(json, strict=True).isoformat())
    except ValidationError:
        print(f"strict JSON {json}: refused")
END

printf '%s\n' '--- expected'; cat "$work/expected"
printf '%s\n' '--- seen'; cat "$work/seen"
diff -u "$work/expected" "$work/seen"
