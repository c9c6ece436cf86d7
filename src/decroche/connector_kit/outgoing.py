"""Signs what we send to the addresses of others, so that they can tell that it is ours."""

from __future__ import annotations

import hashlib
import hmac


def signature(secret: str, sent_at: int, body: bytes) -> str:
    """The header ``Decroche-Signature``: when it was sent (Unix seconds), and the HMAC-SHA256 of time, dot and body."""
    mac = hmac.new(secret.encode(), b"%d." % sent_at + body, hashlib.sha256).hexdigest()
    return f"t={sent_at},v1={mac}"
