"""``/api/v1/conversations``: what was written with people, who waits for an answer, and a search of all of it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from decroche.api.access import Caller, Reader
from decroche.api.errors import NotAcceptable, NotFound, responses
from decroche.api.presenting import shown_number, text_out
from decroche.api.schemas import Id, Page
from decroche.api.work_schemas import ConversationOut, ConversationWhole, FoundOut, WaitOut
from decroche.ledger.account import Account
from decroche.ledger.work_items import Kind
from decroche.recover.workflows.finding import LONGEST, FoundTalk, read_found, search
from decroche.recover.workflows.inbox import (
    WAITS,
    NoSuchConversation,
    Talk,
    latest_talks,
    person_of,
    read_conversation,
    read_talks,
)
from decroche.recover.workflows.refusing import refusals_of
from decroche.telemetry import masked

router = APIRouter(tags=["callbacks"], generate_unique_id_function=lambda route: route.name)

#: How many stand on one page.
LISTED = 25

Wanted = Annotated[
    Literal["all", "waiting", "voicemails"], Query(description="All, those that wait for an answer, or voicemails.")
]
Sought = Annotated[
    str,
    Query(
        max_length=LONGEST,
        description="Words of texts, notes and voicemails, by their beginnings and without accents. With the right "
        "`numbers` also names, and the first or last digits of a number; without it its last two digits.",
    ),
]


@router.get("/conversations", responses=responses())
def list_conversations(
    caller: Reader,
    view: Wanted = "all",
    q: Sought = "",
    cursor: Annotated[str | None, Query(max_length=10, description="`next` of the page before.")] = None,
) -> Page[ConversationOut]:
    """Conversations: those that wait for us first, then the latest; or, with `q`, those that a search finds."""
    start = _start(cursor)
    account, now = caller.account, caller.services.clock()
    with caller.services.ledger.reading() as connection:
        if q.strip():
            region = str(Account(connection, account).about()["country"]).partition("-")[0]
            sought = search(connection, account, q, sites=None, region=region, names=caller.whole_numbers)
            count, hits = len(sought.hits), sought.hits[start : start + LISTED]
            items = [_found(caller, each) for each in read_found(connection, account, hits, sites=None)]
        else:
            kinds = (Kind.VOICEMAIL,) if view == "voicemails" else WAITS
            people = latest_talks(connection, account, sites=None, now=now, kinds=kinds, only_waiting=view != "all")
            count, some = len(people), people[start : start + LISTED]
            items = [_talk(caller, each) for each in read_talks(connection, account, some, sites=None)]
    return Page(items=items, next=str(start + LISTED) if count > start + LISTED else None)


@router.get("/conversations/{id}", responses=responses(404))
def read_this_conversation(caller: Reader, id: Id) -> ConversationWhole:
    """What was written with one person in the last 90 days, the oldest first; by the id of a journey, text or callback.

    Answer with `POST /texts` in its journey, and give what waits to somebody with `POST /callbacks/{id}/assign`.
    """
    account, now, whole = caller.account, caller.services.clock(), caller.whole_numbers
    with caller.services.ledger.reading() as connection:
        try:
            person = person_of(connection, account, id, sites=None)
        except NoSuchConversation as error:
            raise NotFound("There is no such conversation.") from error
        found = read_conversation(connection, account, person, sites=None, now=now)
        refusals = refusals_of(connection, account, person, key=caller.services.key)
    return ConversationWhole(
        id=id,
        person=shown_number(f"+{person}", whole=whole),
        name=found.about.get("name") if whole else None,
        waits=[WaitOut(id=item.id, kind=Kind(item.kind)) for item in found.items],
        journey_id=None if found.journey is None else found.journey["id"],
        texts=[text_out(row, whole=whole) for row in found.texts],
        refusals=sorted({str(row["scope"]) for row in refusals}),
    )


def _start(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 6):
        raise NotAcceptable("not a cursor of this list", "cursor")
    return int(cursor)


def _talk(caller: Caller, talk: Talk) -> ConversationOut:
    whole = caller.whole_numbers
    return ConversationOut(
        id=talk.ref,
        person=shown_number(f"+{talk.person}", whole=whole),
        name=talk.about.get("name") if whole else None,
        last=None if talk.last is None else text_out(talk.last, whole=whole),
        waits=[WaitOut(id=item.id, kind=Kind(item.kind)) for item in talk.waits],
        found=None,
    )


def _found(caller: Caller, found: FoundTalk) -> ConversationOut:
    shown = _talk(caller, found.talk)
    if not found.said or found.at is None:
        return shown
    said = found.said if caller.whole_numbers else masked(found.said)
    return shown.model_copy(update={"found": FoundOut(inside=found.kind, at=found.at, said=said, ours=found.ours)})
