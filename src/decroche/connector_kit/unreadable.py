"""What is kept of a delivery that is the platform's and that nobody can read: that it came, and which one it was."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

from decroche.connector_kit.connector import Delivery, Record
from decroche.connector_kit.errors import Malformed

#: The kind of such a record. No connector has it, and none is asked what it means.
UNREADABLE = "unreadable"


def unreadable(delivery: Delivery, error: Malformed) -> Record:
    """A record of ``delivery``: size, content type, a digest of what it said, and why it cannot be read.

    Its body is not kept: only a connector that can read it knows which parts of it are secret. The same delivery that
    comes again is the same record.
    """
    said = hashlib.sha256(urlsplit(delivery.url).query.encode() + b"\0" + delivery.body).hexdigest()
    about = {
        "content_type": delivery.headers.get("content-type", "")[:100],
        "size": str(len(delivery.body)),
        "sha256": said,
        "why": str(error)[:200],
    }
    return Record(kind=UNREADABLE, key=f"{UNREADABLE}/{said}", body=b"", about=about)
