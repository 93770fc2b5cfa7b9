#!/usr/bin/env bash
# httpx 0.28.1: parameters of a client erase the query of every URL it is given.
#
# One would expect: a request has both. The documentation, "Clients", section "Merging of configuration", says that
# query parameters of client and request are combined.
# What happens: only `params` of client and call are combined. The query that stands in the URL itself is dropped,
# without an error or a warning, as soon as either has `params`. Even an empty `params={}` drops it.
# Why it matters: a link that a server gives ("next page", a signed download) is followed without what makes it that
# link. Below, a client that asks for 50 on a page follows "next" and gets page 1 for ever.
# Upstream: encode/httpx issue 3433, closed as meant. Until 0.27 the two were merged.
# Way out: no `params` on a client that follows links; or `url.copy_merge_params(...)` by hand.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check 'httpx==0.28.1'

cat >"$work/expected" <<'END'
httpx 0.28.1
asked https://api.example/items, sent https://api.example/items?per_page=50, got page 1
asked https://api.example/items?page=2, sent https://api.example/items?per_page=50, got page 1
asked https://api.example/items?page=2, sent https://api.example/items?per_page=50, got page 1
a client without params, asked ?page=2: sent https://api.example/items?page=2
the same with params={}: sent https://api.example/items
END

"$work/venv/bin/python" - >"$work/seen" 2>&1 <<'END' || true
import httpx

ITEMS = "https://api.example/items"


def server(request):
    page = int(request.url.params.get("page", 1))
    return httpx.Response(200, json={"page": page, "next": f"{ITEMS}?page={page + 1}"})


print("httpx", httpx.__version__)
with httpx.Client(params={"per_page": 50}, transport=httpx.MockTransport(server)) as client:
    url = ITEMS
    for _ in range(3):
        answer = client.get(url)
        print(f"asked {url}, sent {answer.request.url}, got page {answer.json()['page']}")
        url = answer.json()["next"]
with httpx.Client(transport=httpx.MockTransport(server)) as client:
    print("a client without params, asked ?page=2: sent", client.get(f"{ITEMS}?page=2").request.url)
    print("the same with params={}: sent", client.get(f"{ITEMS}?page=2", params={}).request.url)
END

printf '%s\n' '--- expected'; cat "$work/expected"
printf '%s\n' '--- seen'; cat "$work/seen"
diff -u "$work/expected" "$work/seen"
