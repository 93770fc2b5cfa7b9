#!/usr/bin/env bash
# pydantic 2.14.3: the JSON schema of bytes in base64 refuses what the model takes, and takes what it refuses.
#
# One would expect: a validator that goes by `model_json_schema()` and the model agree on length. The documentation,
# "JSON Schema", says that the schema of mode "validation" is of what goes in.
# What happens: `max_length` and `min_length` of a `bytes` field count the bytes after decoding. The schema publishes the
# same numbers as `maxLength` and `minLength`, which count the letters of the text: base64 has four for three bytes. So it
# is for `val_json_bytes="base64"` and for `Base64Bytes`, and in the schema of mode "serialization" as well.
# Why it matters: a signature, hash or key of a fixed number of bytes fits the model and never the published contract.
# A partner that checks before it sends cannot send; one that generates test data from the schema is refused.
# Way out: a text with a `pattern` of its own; or `json_schema_extra` with the lengths of the text.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  'pydantic==2.14.3' 'pydantic-core==2.50.4' 'jsonschema==4.26.0'

cat >"$work/expected" <<'END'
pydantic 2.14.3, jsonschema 4.26.0
Configured: a hash of 32 bytes is 44 letters; maxLength 32, minLength 32
Configured: that hash: model takes, validation schema refuses, serialization schema refuses
Configured: 24 bytes, 32 letters: model refuses, validation schema takes, serialization schema takes
Base64Bytes: a hash of 32 bytes is 44 letters; maxLength 32, minLength 32
Base64Bytes: that hash: model takes, validation schema refuses, serialization schema refuses
Base64Bytes: 24 bytes, 32 letters: model refuses, validation schema takes, serialization schema takes
END

"$work/venv/bin/python" - >"$work/seen" 2>&1 <<'END' || true
import base64
import hashlib
import json
from importlib.metadata import version
from typing import Annotated

from jsonschema import Draft202012Validator
from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, ValidationError

print(f"pydantic {version('pydantic')}, jsonschema {version('jsonschema')}")
SIZE = Field(min_length=32, max_length=32)


class Configured(BaseModel):
    model_config = ConfigDict(val_json_bytes="base64", ser_json_bytes="base64")
    digest: Annotated[bytes, SIZE]


class WithType(BaseModel):
    digest: Annotated[Base64Bytes, SIZE]


def takes(model, document):
    try:
        model.model_validate_json(json.dumps(document))
    except ValidationError:
        return "model refuses"
    return "model takes"


def fits(model, document, mode):
    verdict = Draft202012Validator(model.model_json_schema(mode=mode)).is_valid(document)
    return f"{mode} schema {'takes' if verdict else 'refuses'}"


digest = base64.b64encode(hashlib.sha256(b"any").digest()).decode()
shorter = base64.b64encode(bytes(24)).decode()
for name, model in (("Configured", Configured), ("Base64Bytes", WithType)):
    field = model.model_json_schema()["properties"]["digest"]
    print(
        f"{name}: a hash of 32 bytes is {len(digest)} letters; "
        f"maxLength {field['maxLength']}, minLength {field['minLength']}"
    )
    for what, text in (("that hash", digest), (f"24 bytes, {len(shorter)} letters", shorter)):
        document = {"digest": text}
        verdicts = [takes(model, document), *(fits(model, document, mode) for mode in ("validation", "serialization"))]
        print(f"{name}: {what}: {', '.join(verdicts)}")
END

printf '%s\n' '--- expected'; cat "$work/expected"
printf '%s\n' '--- seen'; cat "$work/seen"
diff -u "$work/expected" "$work/seen"
