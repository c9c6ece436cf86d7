"""Queue events of mod_callcenter beyond what the cases of FreeSWITCH and OVH show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from decroche.connector_kit.callcenter import bare_headers, heard
from decroche.connector_kit.errors import Ignored, Malformed
from decroche.model.call import MissedReason
from decroche.model.fact import Stage, UnknownWord

AT = datetime(2026, 3, 4, 13, 12, tzinfo=UTC)
JOINED = str(int(AT.timestamp()) - 42)


def test_both_spellings_are_one() -> None:
    ours = {"Action": "member-queue-end", "MemberSessionUUID": "s", "CancelReason": "TIMEOUT", "Queue": "q"}
    freeswitch = {"CC-Action": "member-queue-end", "CC-Member-Session-UUID": "s", "CC-Cancel-Reason": "TIMEOUT"}
    ovh = {"Action": "member-queue-end", "QueueMemberSessionUUID": "s", "QueueCancelReason": "TIMEOUT", "Queue": "q"}
    assert bare_headers(freeswitch | {"CC-Queue": "q", "Unique-ID": "u", "CC-Agent": ""}) == ours
    assert bare_headers(ovh | {"Protocol": "sip", "QueueCause": ""}) == ours


def test_a_queue_that_is_all_there_is_begins_and_ends_the_call() -> None:
    words = {"Action": "member-queue-end", "MemberSessionUUID": "s", "Cause": "Cancel", "MemberJoinedTime": JOINED}
    [end] = heard(words, at=AT, whole_call=True).facts
    assert (end.stage, end.final, end.reason, end.wait_s) == (Stage.ENDED, True, MissedReason.ABANDONED_QUEUE, 42)
    [left] = heard(words, at=AT).facts
    assert (left.stage, left.final, left.direction) == (Stage.QUEUED, False, None)
    assert left.queued_at == AT - timedelta(seconds=42)


def test_a_cause_that_nobody_knows_is_told() -> None:
    words = {"Action": "member-queue-end", "MemberSessionUUID": "s", "Cause": "Vanished"}
    assert heard(words, at=AT).unknown == (UnknownWord("Cause", "Vanished"),)


@pytest.mark.parametrize("action", ["members-count", "agent-add", ""])
def test_what_says_nothing_of_a_call_is_ignored(action: str) -> None:
    with pytest.raises(Ignored):
        heard({"Action": action, "MemberSessionUUID": "s"}, at=AT)


def test_a_failed_offer_without_its_agent_is_ignored() -> None:
    with pytest.raises(Ignored):
        heard({"Action": "bridge-agent-fail", "MemberSessionUUID": "s"}, at=AT)


@pytest.mark.parametrize("words", [{"Action": "agent-offering"}, {"Action": "agent-status-change"}])
def test_what_names_no_call_or_agent_is_malformed(words: dict[str, str]) -> None:
    with pytest.raises(Malformed):
        heard(words, at=AT)
