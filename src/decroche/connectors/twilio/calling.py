"""Calls through Twilio: it rings one side, and the other once that side has answered."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from decroche.connector_kit.calls import Calls, First, NotPlaced, Placed, Wanted
from decroche.connector_kit.connector import Settings
from decroche.connector_kit.errors import Misconfigured
from decroche.connector_kit.http import Http, answered
from decroche.connector_kit.objects import text
from decroche.connector_kit.texts import OutcomeUnknown, answered_object, hand_over
from decroche.connectors.twilio.account import FIELDS, HOST, account_path, authorization


def place(http: Http, settings: Settings, wanted: Wanted) -> Placed:
    """Have it ring. Raises as ``Calls`` says."""
    if not (wanted.agent.startswith("+") and wanted.line.startswith("+")):
        raise NotPlaced("the number of whoever talks and the line that is shown are needed")
    ours_first = wanted.first is First.AGENT
    rung, joined = (wanted.agent, wanted.person) if ours_first else (wanted.person, wanted.agent)
    dial = f"<Response><Dial callerId={quoteattr(wanted.line)}><Number>{escape(joined)}</Number></Dial></Response>"
    answer = hand_over(
        http,
        "POST",
        f"https://{HOST}{account_path(settings)}/Calls.json",
        fields=FIELDS,
        headers={"authorization": authorization(settings)},
        form={"To": rung, "From": wanted.line, "Twiml": dial, "Timeout": "25"},
    )
    if answer.status_code == 404:
        raise Misconfigured(answered(answer), FIELDS, status=404)
    if answer.status_code >= 400:
        raise NotPlaced(answered(answer))
    if (sid := text(answered_object(answer), "sid")) is None:
        raise OutcomeUnknown("the provider accepted a call and did not name it")
    return Placed(ref=sid)


CALLS = Calls(place=place, needs=("account_sid",), agent="number", firsts=(First.AGENT, First.CUSTOMER))
