"""Writes the OpenAPI document and its page: ``python -m tests.docs.api_page``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from fastapi import FastAPI

from decroche.api.access import Services
from decroche.api.door import install_api

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
PAGE, DOCUMENT = REFERENCE / "api.md", REFERENCE / "openapi.json"

_HEAD = """\
# The API

<!-- Written by `python -m tests.docs.api_page` from the program. Do not edit. -->

{description}
A running server gives the same as an OpenAPI document at `/api/v1/openapi.json`; of this version it is
[openapi.json](openapi.json). To follow what changes: [events and webhooks](../how-to/follow-events-and-webhooks.md).

## Errors

| status | meaning |
|---|---|
{errors}

```json
{error}
```
"""


def document() -> dict[str, Any]:
    """The OpenAPI document of the program."""
    app = FastAPI(openapi_url="/api/v1/openapi.json")
    install_api(app, cast(Services, None))
    found: dict[str, Any] = json.loads(json.dumps(app.openapi()))
    return found


def document_text() -> str:
    """The document as it is committed."""
    return json.dumps(document(), ensure_ascii=False, indent=1) + "\n"


def markdown() -> str:
    """The whole page."""
    told = document()
    kinds = told["components"]["schemas"]
    operations = [
        (path, method, operation) for path, methods in told["paths"].items() for method, operation in methods.items()
    ]
    errors = {
        status: answer["description"]
        for _, _, operation in operations
        for status, answer in operation["responses"].items()
        if status >= "400"
    } | {"405": "The address knows no such method.", "500": "A fault of ours; the log of the server has it."}
    parts = [
        _HEAD.format(
            description=told["info"]["description"],
            errors="\n".join(f"| {status} | {text} |" for status, text in sorted(errors.items())),
            error=json.dumps(kinds["ErrorBody"]["examples"][0]),
        )
    ]
    for tag in told["tags"]:
        parts.append(f"\n## {tag['name'].capitalize()}\n\n{tag['description']}\n")
        parts += [_operation(*each, kinds) for each in operations if tag["name"] in each[2]["tags"]]
    parts.append("\n## What is given and taken\n")
    parts += [_kind(name, kind) for name, kind in sorted(kinds.items()) if not name.startswith("Page_")]
    return "".join(parts)


def _operation(path: str, method: str, operation: Mapping[str, Any], kinds: Mapping[str, Any]) -> str:
    lines = [f"\n### {method.upper()} {path}\n", operation["description"]]
    if parameters := operation.get("parameters"):
        lines += ["", "| parameter | in | type | meaning |", "|---|---|---|---|"]
        lines += [
            f"| `{each['name']}` | {each['in']} | {_type(each['schema'])} | {each.get('description', '')} |"
            for each in parameters
        ]
    if body := operation.get("requestBody"):
        name = _name(body["content"]["application/json"]["schema"])
        lines += ["", f"Takes {_type({'$ref': name})}:", "", "```json", json.dumps(kinds[name]["examples"][0]), "```"]
    good = next(status for status in sorted(operation["responses"]) if status < "300")
    lines += ["", f"Answers {good}{_answered(operation['responses'][good])}."]
    return "\n".join(lines) + "\n"


def _answered(answer: Mapping[str, Any]) -> str:
    kinds = answer.get("content", {})
    if "application/json" in kinds:
        return f" with {_type(kinds['application/json']['schema'])}"
    return "".join(f" with `{kind}`. {answer['description'].rstrip('.')}" for kind in kinds)


def _kind(name: str, kind: Mapping[str, Any]) -> str:
    text = kind.get("description", "").replace("\n", " ")
    if "enum" in kind:
        values = ", ".join(f"`{each}`" for each in kind["enum"])
        return f"\n### {name}\n\n{text}\n\nOne of {values}.\n"
    rows: Iterable[str] = (
        f"| `{field}` | {_type(about)} | {about.get('description', '')} |"
        for field, about in kind["properties"].items()
    )
    return f"\n### {name}\n\n{text}\n\n| field | type | meaning |\n|---|---|---|\n" + "\n".join(rows) + "\n"


def _name(schema: Mapping[str, Any]) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


def _type(schema: Mapping[str, Any]) -> str:
    """A type in a word or two."""
    if "$ref" in schema:
        name = _name(schema)
        if name.startswith("Page_"):
            inside = name.removeprefix("Page_").removesuffix("_")
            return f"a page of [{inside}](#{inside.lower()})"
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"`{each}`" for each in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    return str(schema.get("format") or schema.get("type", "any"))


if __name__ == "__main__":
    DOCUMENT.write_text(document_text(), encoding="utf-8")
    PAGE.write_text(markdown(), encoding="utf-8")
