"""The OpenAPI document against the program: whatever is sent, nothing breaks, and what comes back is what it says."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import positive_data_acceptance

from decroche.api import (
    campaign_schemas,
    cost_schemas,
    experiment_schemas,
    feeds,
    opportunities,
    people_schemas,
    privacy,
    recovery_schemas,
    schemas,
    source_schemas,
    survey_schemas,
    work_schemas,
)
from tests.api.serving import NUMBERS, READ, WRITE, Served
from tests.docs.api_page import document


def open_document() -> dict[str, Any]:
    """The document without its tokens: they have tests of their own, and every request here has a good one."""
    told = document()
    del told["components"]["securitySchemes"]
    for methods in told["paths"].values():
        for operation in methods.values():
            del operation["security"]
    return told


SCHEMA = schemathesis.openapi.from_dict(open_document())
ROOMS = (
    schemas,
    work_schemas,
    recovery_schemas,
    people_schemas,
    privacy,
    opportunities,
    cost_schemas,
    experiment_schemas,
    campaign_schemas,
    source_schemas,
    feeds,
    survey_schemas,
)
#: It does not end: tests of its own listen to it.
ENDLESS = "/api/v1/events"
#: A text may be no cursor and a name no zone: what a schema allows need not be there.
NOT_ASKED = (positive_data_acceptance,)
OPERATIONS = {
    operation.label: operation
    for operation in (each.ok() for each in SCHEMA.get_all_operations() if isinstance(each, Ok))
    if operation.path != ENDLESS
}
POSITIVE, NEGATIVE = GenerationMode.POSITIVE, GenerationMode.NEGATIVE


def attempt(api: Served, case: Any) -> None:
    """Send a case, and hold the answer to the document."""
    client = api.client(READ, NUMBERS, WRITE)
    sent = case.as_transport_kwargs(base_url="http://decroche")
    headers = {**dict(sent.pop("headers", None) or {}), "Authorization": client.headers["Authorization"]}
    sent.pop("cookies", None)
    if isinstance(sent.get("data"), (str, bytes)):
        sent["content"] = sent.pop("data")
    try:
        answer = client.request(headers=headers, **sent)
    except (httpx.InvalidURL, httpx.LocalProtocolError, UnicodeError):  # no client can send this
        return
    case.validate_response(Response.from_httpx(answer, verify=False), excluded_checks=list(NOT_ASKED))


def try_all(api: Served, label: str, mode: GenerationMode, examples: int) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=OPERATIONS[label].as_strategy(generation_mode=mode))
    def run(case: Any) -> None:
        attempt(api, case)

    run()


#: Every operation as the document has it; and as it has it not, where it takes anything.
TRIED = [(label, POSITIVE) for label in OPERATIONS] + [
    (label, NEGATIVE) for label, each in OPERATIONS.items() if each.body or any(each.iter_parameters())
]


@pytest.mark.parametrize(("label", "mode"), TRIED)
def test_a_few_of_everything(shared: Served, label: str, mode: GenerationMode) -> None:
    try_all(shared, label, mode, 5)


@pytest.mark.hard
@pytest.mark.parametrize(("label", "mode"), TRIED)
def test_much_of_everything(shared: Served, label: str, mode: GenerationMode) -> None:
    try_all(shared, label, mode, 100)


def test_every_operation_and_field_is_described() -> None:
    told = document()
    assert told["info"]["title"] == "Décroche" and told["info"]["version"]
    assert told["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            assert operation["description"], (method, path)
            assert operation["security"] == [{"token": []}], (method, path)
            assert {"401", "403", "422", "503"} <= set(operation["responses"]), (method, path)
    names = [operation["operationId"] for methods in told["paths"].values() for operation in methods.values()]
    assert len(names) == len(set(names)) and all("api_v1" not in name for name in names)
    for name, kind in told["components"]["schemas"].items():
        assert kind.get("description") or "_" in name, name


def test_what_is_taken_has_an_example_that_can_be_taken() -> None:
    told = document()
    bodies = [
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for methods in told["paths"].values()
        for operation in methods.values()
        if "requestBody" in operation
    ]
    assert len(bodies) > 5
    for name in bodies:
        for example in told["components"]["schemas"][name]["examples"]:
            kind = next(found for room in ROOMS if (found := getattr(room, name, None)) is not None)
            kind.model_validate(example)
