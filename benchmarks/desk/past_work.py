"""Adds what belongs to calls and journeys: what the platform said, texts, work with its notes, steps of playbooks."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime
from pathlib import Path

from benchmarks.desk.past import ACCOUNT
from decroche.understand.search_words import words_of, words_of_number

#: Each table, made of the calls and journeys that are there.
_STATEMENTS = {
    "observations": """
        INSERT INTO observations (endpoint_id, key, source, kind, received_at, body, about, state)
        SELECT :endpoint, external_key, 'live', 'call', started_at,
            CAST('{"event":"call","call_id":"' || external_key || '","from":"' || caller || '","status":"'
                || disposition || '","queue":"' || coalesce(queue, '') || '"}' AS BLOB), '{}', 'heard'
        FROM calls ORDER BY revision""",
    "facts": """
        INSERT INTO facts (observation_id, number, call_id, body)
        SELECT o.id, 0, c.id, CAST('{"call_key":"' || o.key || '","stage":"ended","at":"2026-01-01T00:00:00Z"}' AS BLOB)
        FROM observations o JOIN calls c ON c.revision = o.id""",
    "call_keys": """
        INSERT INTO call_keys (account_id, connector, key, call_id)
        SELECT account_id, 'ringover', external_key, id FROM calls""",
    "people": """
        INSERT INTO people (account_id, person, name, staff, vip, spam, sms_incapable)
        SELECT DISTINCT :account, person, 'Person ' || person, 0, person % 50 = 0, 0, 0
        FROM journeys WHERE person % 10 = 0""",
    "texts": """
        INSERT INTO texts (id, account_id, journey_id, person, direction, channel, endpoint_id, sender, recipient, body,
            purpose, template, state, segments, tries, created_at, tried_at, handed_at, settled_at)
        SELECT 'o' || substr(id, 2), account_id, id, person, 'out', 'sms', :endpoint, '36111', '+' || person,
            'Bonjour, vous avez cherché à nous joindre. Répondez RAPPEL et nous vous rappelons.', 'reply',
            'text_back', 'delivered', 1, 1, opened_at, opened_at, opened_at, opened_at
        FROM journeys""",
    "replies": """
        INSERT INTO texts (id, account_id, journey_id, person, direction, channel, endpoint_id, sender, recipient, body,
            purpose, state, tries, created_at)
        SELECT 'i' || substr(id, 2), account_id, id, person, 'in', 'sms', :endpoint, '+' || person, '36111',
            'Rappelez-moi demain matin si possible, merci. Dossier ' || (rowid * 7919 % 900000 + 100000),
            'none', 'received', 0, opened_at
        FROM journeys WHERE rowid % 5 = 0""",
    "work_items": """
        INSERT INTO work_items (id, account_id, journey_id, person, site, department, kind, state, opened_at, due_at,
            promised_at, attempts, outcome, closed_at, closed_because, about)
        SELECT 'w' || substr(id, 2), account_id, id, person, site, 'Department ' || (rowid % 4),
            CASE WHEN rowid % 5 = 0 THEN 'reply' WHEN rowid % 11 = 0 THEN 'voicemail' ELSE 'callback' END,
            CASE state WHEN 'open' THEN 'open' ELSE 'done' END, opened_at, opened_at,
            CASE WHEN rowid % 50 = 0 THEN opened_at END, rowid % 3,
            CASE state WHEN 'open' THEN NULL ELSE 'reached' END, closed_at,
            CASE state WHEN 'open' THEN NULL ELSE 'outcome' END,
            CASE WHEN rowid % 5 = 0 THEN '{"text":"i' || substr(id, 2) || '"}' ELSE '{}' END
        FROM journeys""",
    "work_notes": """
        INSERT INTO work_notes (id, item_id, at, who, kind, body)
        SELECT 'n' || substr(w.id, 2) || k.value, w.id, w.opened_at, 'Nadia', k.value, 'reached'
        FROM work_items w JOIN (SELECT 'called' AS value UNION SELECT 'closed') k
        WHERE w.state = 'done' OR (k.value = 'called' AND w.attempts > 0)""",
    "episodes": """
        INSERT INTO episodes (account_id, journey_id, number, opened_at, begun_at, playbook, arm, turn, ended_at,
            ended_because)
        SELECT account_id, id, 1, opened_at, opened_at, 'usual', 'act', 3, coalesce(closed_at, opened_at),
            CASE state WHEN 'open' THEN 'closed' ELSE state END
        FROM journeys""",
    "acts": """
        INSERT INTO acts (account_id, journey_id, episode, step, at, outcome, subject, reasons)
        SELECT account_id, id, 1, 'text_back', opened_at, 'done', 'o' || substr(id, 2), '[]' FROM journeys""",
    "bookings": """
        INSERT INTO bookings (id, account_id, journey_id, person, site, department, starts_at, ends_at, state, made_at)
        SELECT 'b' || substr(id, 2), account_id, id, person, site, '', coalesce(closed_at, opened_at),
            coalesce(closed_at, opened_at), CASE state WHEN 'open' THEN 'booked' ELSE 'kept' END, opened_at
        FROM journeys WHERE rowid % 20 = 0""",
    "search_entries": """
        INSERT INTO search_entries (account_id, kind, subject, person, at)
        SELECT account_id, 'text', id, person, created_at FROM texts ORDER BY created_at""",
    "names": """
        INSERT INTO search_entries (account_id, kind, subject, person, at)
        SELECT account_id, 'name', '', person, '1970-01-01 00:00:00.000000' FROM people""",
    "search_words": """
        INSERT INTO search_words (account_id, word, entry)
        SELECT e.account_id, k.value, e.id
        FROM search_entries e
        LEFT JOIN texts t ON t.id = e.subject
        LEFT JOIN people p ON e.kind = 'name' AND p.account_id = e.account_id AND p.person = e.person,
            json_each(words_of(coalesce(t.body, p.name), e.person)) k""",
    "in progress": """
        UPDATE calls SET progress = 'talking', disposition = NULL, reason = NULL, ended_at = NULL, answered = 1,
            answered_at = :now, started_at = :now, last_heard_at = :now, agent = 'Agent 1'
        WHERE id IN (
            SELECT id FROM calls WHERE direction = 'inbound' AND answered ORDER BY started_at DESC LIMIT 20)""",
}


def add_work(path: Path, *, endpoint: str, now: datetime) -> None:
    """Add it all, and tell the database how its tables are."""
    with sqlite3.connect(path) as base:
        base.execute("PRAGMA synchronous=OFF")
        base.execute("PRAGMA foreign_keys=OFF")
        values = {"account": ACCOUNT, "endpoint": endpoint, "now": now.strftime("%Y-%m-%d %H:%M:%S.%f")}
        base.create_function("words_of", 2, _words, deterministic=True)
        base.execute("UPDATE calls SET endpoint_id = :endpoint", values)
        for statement in _STATEMENTS.values():
            base.execute(statement, {name: value for name, value in values.items() if f":{name}" in statement})
        base.commit()
        base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    base.close()


def _words(said: str, person: int) -> str:
    return json.dumps(sorted(words_of(said) | words_of_number(person)))
