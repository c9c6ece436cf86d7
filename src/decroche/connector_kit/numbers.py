"""Telephone numbers of platforms that write the country code without a plus sign."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir


def international(text: ir.StringValue) -> ir.StringValue:
    """``33199000001`` as ``+33199000001``; short, named and already prefixed numbers stay as written."""
    return ibis.ifelse(text.re_search(r"^[1-9]\d{9,14}$"), "+" + text, text)
