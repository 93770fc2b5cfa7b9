#!/usr/bin/env bash
# import-linter 2.16 with grimp 3.19: a folder without __init__.py is not looked at, and the contract is "kept".
#
# One would expect: every module below the root package is judged. The README says that it constrains the imports between
# one's modules, and Python imports modules from a folder without __init__.py since 3.3 (PEP 420).
# What happens: such a folder, and all that is below it, is left out without a word. The run says KEPT and ends with 0.
# Only the number of files that were analysed tells.
# Why it matters: one forgotten empty file, and an import that the contract forbids passes every check. Nobody is told,
# at the moment it happens or later.
# Upstream: python-grimp/grimp issue 298, open.
# Way out: a check of its own that each folder with Python in it has an __init__.py (ruff's INP001 is one).
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check 'import-linter==2.16' 'grimp==3.19'

# `shop.stock` may not import `shop.counter`; a module in a folder of `shop.stock` does.
cd "$work"
mkdir -p shop/counter shop/stock/reports
touch shop/__init__.py shop/counter/__init__.py shop/stock/__init__.py
echo 'PRICE = 1' >shop/counter/till.py
echo 'from shop.counter.till import PRICE' >shop/stock/reports/monthly.py
cat >.importlinter <<'END'
[importlinter]
root_package = shop

[importlinter:contract:layers]
name = Imports go down only
type = layers
layers =
    shop.counter
    shop.stock
END

cat >expected <<'END'
import-linter 2.16, grimp 3.19
Python imports it: PRICE is 1
without __init__.py: Analyzed 4 files, 0 dependencies. Contracts: 1 kept, 0 broken. Exit 0
with an empty __init__.py: Analyzed 6 files, 1 dependencies. Contracts: 0 kept, 1 broken. Exit 1
END

lint() {
  local code=0
  PYTHONPATH=. venv/bin/lint-imports --no-cache >lint.out 2>&1 || code=$?
  echo "$1: $(grep '^Analyzed' lint.out) $(grep '^Contracts:' lint.out) Exit $code"
}
{
  venv/bin/python -c 'from importlib.metadata import version as v; print("import-linter", v("import-linter") + ", grimp", v("grimp"))'
  venv/bin/python -c 'import shop.stock.reports.monthly as m; print("Python imports it: PRICE is", m.PRICE)'
  lint 'without __init__.py'
  touch shop/stock/reports/__init__.py
  lint 'with an empty __init__.py'
} >seen 2>&1 || true

printf '%s\n' '--- expected'; cat expected
printf '%s\n' '--- seen'; cat seen
diff -u expected seen
