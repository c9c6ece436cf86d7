"""``/api/v1/people``, ``texts/test``: what is known of a person, to what they consented, and a text to a colleague."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from fastapi import Path as InPath

from decroche.api.access import Caller, Reader, Writer
from decroche.api.errors import NotAcceptable, NotFound, NotPermitted, responses
from decroche.api.people_schemas import ConsentIn, ConsentOut, PersonIn, PersonOut, TestIn, WithdrawIn
from decroche.api.presenting import text_out
from decroche.api.schemas import Number, Page, TextOut
from decroche.api.texts import not_sent_said
from decroche.ledger.recovery_settings import note_person
from decroche.recover.workflows.knowing import consents_given, keep_consent, known_of, withdraw_consents
from decroche.recover.workflows.replying import NotSent, send_test

router = APIRouter(tags=["recovery"], generate_unique_id_function=lambda route: route.name)

_Of = Annotated[Number, InPath(description="The number of the person, with its plus sign.")]


@router.get("/people/{number}", responses=responses(403))
def read_person(caller: Reader, number: _Of) -> PersonOut:
    """What is known of a person besides their calls; only with the right `numbers`."""
    person = _person(caller, number)
    with caller.services.ledger.reading() as connection:
        return PersonOut(number=number, **known_of(connection, caller.account, person))


@router.put("/people/{number}", responses=responses(403, 413))
def write_person(caller: Writer, number: _Of, given: PersonIn) -> PersonOut:
    """Note something of a person; what is left out stays, null forgets it."""
    person = _person(caller, number)
    with caller.services.ledger.writing() as connection:
        values = given.model_dump(exclude_unset=True)
        # What is yes or no is never unknown.
        values |= {name: bool(values[name]) for name in ("vip", "staff", "spam") if name in values}
        if values:
            note_person(connection, caller.account, person, **values)
        return PersonOut(number=number, **known_of(connection, caller.account, person))


@router.get("/people/{number}/consents", responses=responses(403))
def list_consents(caller: Reader, number: _Of) -> Page[ConsentOut]:
    """The consents of a person with their proof and their age, the oldest first."""
    return _consents(caller, _person(caller, number))


@router.post("/people/{number}/consents", status_code=201, responses=responses(403, 413))
def add_consent(caller: Writer, number: _Of, given: ConsentIn) -> Page[ConsentOut]:
    """Write a consent down with its proof; the same again changes nothing."""
    person, now = _person(caller, number), caller.services.clock()
    at = given.at or now
    if at > now:
        raise NotAcceptable("It was given at a moment that has not come.", "at")
    with caller.services.ledger.writing() as connection:
        keep_consent(
            connection,
            caller.account,
            person,
            means=str(given.means),
            purpose=str(given.purpose),
            evidence=given.evidence,
            at=at,
            expires_at=given.expires_at,
            key=caller.services.key,
        )
    return _consents(caller, person)


@router.post("/people/{number}/consents/withdraw", responses=responses(403, 404, 413))
def withdraw_consent(caller: Writer, number: _Of, given: WithdrawIn) -> Page[ConsentOut]:
    """The person takes their consents back: all, or those of one means."""
    person = _person(caller, number)
    with caller.services.ledger.writing() as connection:
        means = None if given.means is None else str(given.means)
        now = caller.services.clock()
        if not withdraw_consents(connection, caller.account, person, means=means, key=caller.services.key, now=now):
            raise NotFound("There is no such consent.")
    return _consents(caller, person)


@router.post("/texts/test", status_code=201, responses=responses(409, 413))
def write_test(caller: Writer, given: TestIn) -> TextOut:
    """Send a text to somebody of the business, by the whole real way, also while recovery is off. The rules decide."""
    services = caller.services
    refused: NotSent | None = None
    with services.ledger.writing() as connection:
        try:
            row = send_test(
                connection,
                caller.account,
                int(given.number[1:]),
                given.body,
                author=given.who,
                key=services.key,
                now=services.clock(),
            )
        except NotSent as error:
            # The ruling that was logged stays.
            refused = error
    if refused is not None:
        raise NotPermitted(not_sent_said(refused))
    return text_out(row, whole=caller.whole_numbers)


def _person(caller: Caller, number: str) -> int:
    caller.needs_numbers("it cannot ask for a person")
    return int(number[1:])


def _consents(caller: Caller, person: int) -> Page[ConsentOut]:
    services = caller.services
    with services.ledger.reading() as connection:
        found = consents_given(connection, caller.account, person, key=services.key, now=services.clock())
    return Page(
        items=[
            ConsentOut(
                means=each.means,
                purpose=each.purpose,
                obtained_at=each.obtained_at,
                expires_at=each.expires_at,
                withdrawn_at=each.withdrawn_at,
                evidence=each.evidence,
                age_days=each.age.days,
                holds=each.holds,
            )
            for each in found
        ]
    )
