"""Bodies that no platform would send, and some that nearly are what one sends."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

_ATOMS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-(10**25), max_value=10**25),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(
        [1772629878, "1772629878", "2026-03-04T13:11:18Z", "inbound", "in", "out", "MISSED", "+33639980001"]
    ),
)
_VALUES = st.recursive(
    _ATOMS,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=6), inside, max_size=3),
    max_leaves=6,
)


def told_objects(members: Sequence[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with some of ``members``, each holding anything, itself perhaps an object with such members."""
    inside = st.dictionaries(st.sampled_from(list(members)), _VALUES, max_size=4)
    return st.dictionaries(st.sampled_from(list(members)), _VALUES | inside | st.lists(inside, max_size=2), max_size=8)


def json_bodies() -> st.SearchStrategy[bytes]:
    """Bytes, and JSON of any shape."""
    return st.binary(max_size=40) | _VALUES.map(lambda value: json.dumps(value).encode())
