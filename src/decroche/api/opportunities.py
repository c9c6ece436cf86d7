"""``/api/v1/opportunities``: what may become a sale and what has, told by programs, listed, and decided on."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from decroche.api.access import Caller, Reader, Writer
from decroche.api.errors import NotAcceptable, NotFound, responses
from decroche.api.presenting import cursor_text, read_cursor, shown_number, shown_word
from decroche.api.schemas import Day, Given, Id, Moment, Name, Number, OptionalName, Page
from decroche.capture.files.opportunity_rows import OpportunityRow
from decroche.capture.opportunity_files import keep_rows
from decroche.connector_kit.crm import Deal, DealState
from decroche.ledger.opportunities import (
    API,
    NoCandidate,
    NoSuchOpportunity,
    decide,
    list_opportunities,
    read_opportunity,
)
from decroche.model.money import currency_of

router = APIRouter(tags=["opportunities"], generate_unique_id_function=lambda route: route.name)

_State = Literal["open", "won", "lost", "unknown"]
_Amount = Annotated[str, StringConstraints(pattern=r"^-?[0-9]{1,15}(\.[0-9]{1,6})?$"), Field(examples=["1500.00"])]
_Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), Field(examples=["EUR"])]


class OpportunityIn(Given):
    """An opportunity as it is now. The same `ref` is the same opportunity; what is told later wins."""

    ref: Name
    state: Literal["open", "won", "lost"]
    title: OptionalName = ""
    number: Number | None = None
    email: OptionalName = ""
    contact: OptionalName = Field(default="", description="The id of a contact of a CRM that is connected.")
    amount: _Amount | None = None
    margin: _Amount | None = None
    currency: _Currency | None = None
    owner: OptionalName = ""
    stage: OptionalName = ""
    campaign: OptionalName = ""
    source: OptionalName = ""
    tags: list[Name] = Field(default_factory=list, max_length=20)
    opened_at: Moment | None = None
    closed_at: Moment | None = None
    expected_on: Day | None = None
    changed_at: Moment | None = Field(default=None, description="When it changed last; now, where it is left out.")


class OpportunitiesIn(Given):
    """Some opportunities."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "ref": "D-1042",
                            "state": "won",
                            "number": "+33639980012",
                            "amount": "1500.00",
                            "margin": "320.00",
                            "currency": "EUR",
                            "closed_at": "2026-03-04T13:00:00Z",
                        }
                    ]
                }
            ]
        }
    )

    items: list[OpportunityIn] = Field(min_length=1, max_length=100)


class OpportunitiesKept(BaseModel):
    """What became of them. `doubtful` wait for a decision, of `nobody` it is not known whose they are."""

    new: int
    changed: int
    same: int
    doubtful: int
    nobody: int


class OpportunityOut(BaseModel):
    """An opportunity. Amounts are exact decimals in `currency`, never converted."""

    id: str
    origin: str = Field(description="The id of a CRM's connection, or `file`, or `api`.")
    ref: str
    title: str
    state: _State
    stage: str | None
    pipeline: str | None
    owner: str | None
    amount: str | None
    margin: str | None
    currency: str | None
    campaign: str | None
    source: str | None
    tags: list[str]
    opened_at: Moment | None
    closed_at: Moment | None
    expected_on: Day | None
    changed_at: Moment
    person: str | None
    matched_by: Literal["number", "email", "crm_id", "decided"] | None
    doubt: Literal["several_numbers", "several_emails", "number_against_email", "several_contacts"] | None
    candidates: list[str] = Field(description="Who it may be, where it is in doubt.")
    gone_at: Moment | None = Field(description="Deleted there, or part of `merged_into`.")
    merged_into: str | None


class DecisionIn(Given):
    """Whose it is: one of its candidates, or nobody of them (null)."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"number": "+33639980012"}]})

    number: Number | None


@router.get("/opportunities", responses=responses())
def list_all_opportunities(
    caller: Reader,
    state: _State | None = None,
    doubtful: Annotated[bool, Query(description="Only those that wait for a decision.")] = False,
    gone: Annotated[bool, Query(description="Those that are deleted there, too.")] = False,
    cursor: Annotated[str | None, Query(max_length=200, description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[OpportunityOut]:
    """The opportunities, the last changed first."""
    with caller.services.ledger.reading() as connection:
        rows, following = list_opportunities(
            connection,
            caller.account,
            state=state,
            doubtful=doubtful,
            gone=gone,
            after=read_cursor(cursor),
            limit=limit,
        )
    return Page(items=[_out(row, caller) for row in rows], next=cursor_text(following))


@router.post("/opportunities", responses=responses(413))
def tell_opportunities(caller: Writer, given: OpportunitiesIn) -> OpportunitiesKept:
    """Tell of opportunities and sales; the same again changes nothing. Each is matched by number, then e-mail."""
    services = caller.services
    now = services.clock()
    rows = [_row(each, now) for each in given.items]
    with services.ledger.for_account(caller.account) as account:
        country = str(account.about()["country"])
    with services.ledger.writing() as connection:
        kept = keep_rows(connection, caller.account, API, rows, currency=currency_of(country), now=now)
    return OpportunitiesKept(
        new=kept.new, changed=kept.changed, same=kept.same, doubtful=kept.doubtful, nobody=kept.nobody
    )


@router.get("/opportunities/{id}", responses=responses(404))
def read_one_opportunity(caller: Reader, id: Id) -> OpportunityOut:
    """One opportunity."""
    with caller.services.ledger.reading() as connection:
        return _one(connection, caller, id)


@router.post("/opportunities/{id}/decision", responses=responses(403, 404, 413))
def decide_opportunity(caller: Writer, id: Id, given: DecisionIn) -> OpportunityOut:
    """Decide whose a doubtful opportunity is. Needs the right `numbers` too."""
    caller.needs_numbers("a decision names a person")
    services = caller.services
    with services.ledger.writing() as connection:
        try:
            person = None if given.number is None else int(given.number[1:])
            decide(connection, caller.account, id, person, by=caller.bearer.name, now=services.clock())
        except NoSuchOpportunity:
            raise NotFound("There is no such opportunity.") from None
        except NoCandidate:
            raise NotAcceptable("Not one of those it may be.", "number") from None
        return _one(connection, caller, id)


def _one(connection: Any, caller: Caller, id: str) -> OpportunityOut:
    try:
        return _out(read_opportunity(connection, caller.account, id), caller)
    except NoSuchOpportunity:
        raise NotFound("There is no such opportunity.") from None


def _row(given: OpportunityIn, now: Any) -> OpportunityRow:
    if given.changed_at is not None and given.changed_at > now:
        raise NotAcceptable("It changed at a moment that has not come.", "changed_at")
    return OpportunityRow(
        deal=Deal(
            ref=given.ref,
            title=given.title,
            state=DealState(given.state),
            changed_at=given.changed_at or now,
            opened_at=given.opened_at,
            closed_at=given.closed_at,
            expected_on=given.expected_on,
            amount=None if given.amount is None else Decimal(given.amount),
            currency=given.currency,
            owner=given.owner or None,
            stage=given.stage or None,
            source=given.source or None,
            campaign=given.campaign or None,
            tags=tuple(given.tags),
        ),
        margin=None if given.margin is None else Decimal(given.margin),
        number=None if given.number is None else int(given.number[1:]),
        email=given.email or None,
        contact=given.contact or None,
    )


def _out(row: Mapping[str, Any], caller: Caller) -> OpportunityOut:
    whole = caller.whole_numbers
    values = {
        **row,
        "title": shown_word(row["title"], whole=whole),
        "person": None if row["person"] is None else shown_number(f"+{row['person']}", whole=whole),
        "candidates": [shown_number(f"+{each}", whole=whole) for each in row["candidates"]] if row["doubt"] else [],
        **{name: None if row[name] is None else str(row[name]) for name in ("amount", "margin")},
    }
    return OpportunityOut.model_validate(values)
