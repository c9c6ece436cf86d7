"""Tells from Asterisk's channel names and contexts who is at each end of a call, and so which way the call went.

The rule, in order:

1. An end whose channel bears a number of 2 to 6 digits (``PJSIP/101-0000002b``) is an extension: inside.
2. A calling channel in a context that names the outside (``from-trunk``, ``incoming``…) is outside; in
   ``from-internal`` it is inside. Contexts are read only where the channel's name does not decide.
3. Otherwise the number decides: 2 to 6 digits is inside; anything else is outside when calling, and 7 digits or more is
   outside when called.

A filled ``did`` column makes the call inbound. Else a call from outside is inbound, a call from inside to outside is
outbound, and any other is internal.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

ENDPOINT = r"^[^/]+/(.+?)(?:-[0-9a-fA-F]{1,8})?(?:[@;].*)?$"
SHORT = r"^\d{2,6}$"
LONG = r"^\+?\d{7,}$"
OUTSIDE_CONTEXT = r"from-(trunk|pstn|did|sip-external|zaptel|dahdi)|ext-did|incoming|inbound|entrant"
INSIDE_CONTEXT = r"^from-internal$"


def endpoint(channel: ir.StringValue) -> ir.StringValue:
    """The name of the phone or trunk in a channel: ``101`` in ``PJSIP/101-0000002b`` and ``Local/101@queue-1;1``."""
    return channel.re_extract(ENDPOINT, 1).nullif("")


def is_local(channel: ir.StringValue) -> ir.BooleanValue:
    """Whether the channel is one of Asterisk's internal couplings, which double the rows of a call."""
    return channel.lower().startswith("local/").fill_null(False)


def is_short(number: ir.StringValue) -> ir.BooleanValue:
    """Whether the text is an extension's number."""
    return number.re_search(SHORT).fill_null(False)


def is_long(number: ir.StringValue) -> ir.BooleanValue:
    """Whether the text is a number of the public network."""
    return number.re_search(LONG).fill_null(False)


def direction(
    *,
    did: ir.StringValue,
    context: ir.StringValue,
    source_channel: ir.StringValue,
    source: ir.StringValue,
    destination_channel: ir.StringValue,
    destination: ir.StringValue,
) -> ir.StringValue:
    """Which way the call went, by the rule above."""
    context = context.lower()
    from_inside = ibis.cases(
        (is_short(endpoint(source_channel)), True),
        (context.re_search(OUTSIDE_CONTEXT), False),
        (context.re_search(INSIDE_CONTEXT), True),
        else_=is_short(source),
    )
    to_outside = ibis.cases(
        (is_short(endpoint(destination_channel)), False),
        else_=is_long(destination),
    )
    return ibis.cases(
        (did.notnull(), "inbound"),
        (~from_inside, "inbound"),
        (to_outside, "outbound"),
        else_="internal",
    )
