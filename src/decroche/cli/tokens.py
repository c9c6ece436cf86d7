"""``decroche token``: the keys with which programs and pages come in are made, listed and taken back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from decroche.cli.connecting import Data, Database, Lang, Settings, account_of, told_settings
from decroche.cli.opening import at_ledger, server_speaker, usable_name
from decroche.cli.speaker import Speaker
from decroche.ledger.audit_log import COMMAND, note
from decroche.ledger.store import Ledger
from decroche.ledger.tokens import Scope, add_token, revoke_token, tokens_of

#: Words that are no names of tokens.
_LIST, _REVOKE = "list", "revoke"


def token(
    name: Annotated[str, typer.Argument(help="What a new token is for; or `list`; or `revoke`.")],
    which: Annotated[str | None, typer.Argument(help="After `revoke`: the name of the token, or its number.")] = None,
    scope: Annotated[
        list[str] | None, typer.Option(help="read, numbers, write, salaries. Repeatable; read by default.")
    ] = None,
    to: Annotated[str | None, typer.Option("--account", help="The business, where there are several.")] = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Make a token with which a program comes in; list them, or revoke one."""
    speaker = server_speaker(lang)
    if (name == _REVOKE) != (which is not None) or (name in (_LIST, _REVOKE) and scope):
        speaker.fail("token_words")
    try:
        scopes = [Scope(word) for word in scope or ["read"]]
    except ValueError:
        speaker.fail("unknown_scope", known=", ".join(Scope))
    name, told = usable_name(speaker, name), told_settings(speaker, settings, data, database)
    with at_ledger(speaker, told) as ledger:
        account = account_of(speaker, ledger, to).id
        if which is not None:
            _revoke(speaker, ledger, account, which)
        elif name == _LIST:
            _list(speaker, ledger, account)
        else:
            now = datetime.now(UTC)
            with ledger.writing() as connection:
                made = add_token(connection, account, name=name, scopes=scopes, now=now)
                details = {"scopes": " ".join(sorted(set(scopes)))}
                note(connection, account, COMMAND, "token.made", name, details, at=now)
            speaker.say("token_added", name=name, scopes=", ".join(dict.fromkeys(scopes)), token=made)


def _list(speaker: Speaker, ledger: Ledger, account: str) -> None:
    with ledger.reading() as connection:
        found = tokens_of(connection, account)
    for each in found:
        made = each.created_at.date()
        speaker.say("token_known", name=each.name, scopes=", ".join(sorted(each.scopes)), made=made, id=each.id)
    if not found:
        speaker.say("no_token")


def _revoke(speaker: Speaker, ledger: Ledger, account: str, which: str) -> None:
    with ledger.writing() as connection:
        known = tokens_of(connection, account)
        found = [each for each in known if which == each.id] or [each for each in known if which.strip() == each.name]
        if not found:
            speaker.fail("no_such_token", name=which.encode("utf-8", "replace").decode()[:40])
        if len(found) > 1:
            speaker.fail("tokens_of_one_name", name=found[0].name, ids=", ".join(each.id for each in found))
        now = datetime.now(UTC)
        revoke_token(connection, account, found[0].id, now=now)
        note(connection, account, COMMAND, "token.revoked", found[0].name, at=now)
    speaker.say("token_revoked", name=found[0].name)
