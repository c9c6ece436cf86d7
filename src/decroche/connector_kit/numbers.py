"""Telephone numbers of platforms that write the country code without a plus sign."""

from __future__ import annotations

import re

import ibis
import ibis.expr.types as ir


def international(text: ir.StringValue) -> ir.StringValue:
    """``33199000001`` as ``+33199000001``; short, named and already prefixed numbers stay as written."""
    return ibis.ifelse(text.re_search(r"^[1-9]\d{9,14}$"), "+" + text, text)


def with_plus(text: str | None) -> str | None:
    """What ``international`` gives for one number."""
    return f"+{text}" if text is not None and re.fullmatch(r"[1-9][0-9]{9,14}", text) else text
