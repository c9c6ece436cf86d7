"""How a campaign's table is to be read: which column says who was dialled, how often, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from decroche.capture.files.mapping import MappingError, Moment
from decroche.model.campaign import Row, Told

#: The columns that are copied, by use.
COPIED = ("person", "dials", "amount", "margin", "cost", "script")
#: The columns that are true or false of a row.
FLAGS = ("reached", "opportunity", "sale")


class Flag(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """True where ``column`` is one of ``words``, or a number above ``above``; with neither, where it is not empty."""

    column: str
    words: tuple[str, ...] = ()
    above: float | None = None


class When(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A date, with its time of day in the same column or in ``time``. Formats are those of a mapping of calls.

    ``also`` is a second format of the same column, for the rows that do not have the first one.
    """

    date: str
    date_format: str = "iso"
    time: str | None = None
    time_format: str = "24h"
    also: str | None = None

    def moment(self) -> Moment:
        """The same, to be read with. Raises MappingError when a format is unknown."""
        return Moment(date=self.date, date_format=self.date_format, time=self.time, time_format=self.time_format)

    @classmethod
    def of(cls, moment: Moment) -> When:
        """The same of a moment that was found."""
        return cls(date=moment.date, date_format=moment.date_format, time=moment.time, time_format=moment.time_format)


class CampaignMapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole mapping. ``rows``: "person" (a row is a person with a number of dials) or "dial".

    ``segments`` are the columns by which the campaign is split. ``empty`` are texts that mean nothing.
    """

    rows: Literal["person", "dial"] = "dial"
    person: str | None = None
    dials: str | None = None
    amount: str | None = None
    margin: str | None = None
    cost: str | None = None
    script: str | None = None
    dialed: When | None = None
    sold: When | None = None
    reached: Flag | None = None
    opportunity: Flag | None = None
    sale: Flag | None = None
    segments: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    decimal_comma: bool = False

    def told(self) -> Told:
        """What the table has columns for."""
        row = Row(self.rows)
        return Told(
            row=row,
            person=self.person is not None,
            dials=row is Row.DIAL or self.dials is not None,
            reached=self.reached is not None,
            opportunity=self.opportunity is not None or self.sale is not None,
            sale=self.sale is not None,
            amount=self.amount is not None,
            margin=self.margin is not None,
            cost=self.cost is not None,
            script=self.script is not None,
        )

    def columns(self) -> Iterator[tuple[str, str]]:
        """Every (use, column) of the mapping."""
        for use in COPIED:
            if (name := getattr(self, use)) is not None:
                yield use, name
        for use, when in (("dialed", self.dialed), ("sold", self.sold)):
            for name in when.moment().columns() if when is not None else ():
                yield use, name
        for use in FLAGS:
            if (flag := getattr(self, use)) is not None:
                yield use, flag.column
        for name in self.segments:
            yield "segments", name

    def checked(self, names: Sequence[str]) -> CampaignMapping:
        """This mapping, with its columns as the table writes them. Raises MappingError for one it does not have."""
        known = {name.casefold(): name for name in names}
        for use, name in self.columns():
            if name.casefold() not in known:
                raise MappingError("mapping.column_absent", use=use, column=name, columns=", ".join(names))
        if self.opportunity is None and self.sale is None:
            raise MappingError("mapping.missing_key", key="opportunity.column")
        return self


def read_campaign_mapping(path: Path) -> CampaignMapping:
    """The mapping in the file ``path``. Raises MappingError when it is none, OSError when it cannot be read."""
    try:
        return msgspec.toml.decode(path.read_bytes().removeprefix(b"\xef\xbb\xbf"), type=CampaignMapping)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MappingError("mapping.unusable", detail=str(error)) from error


def written_mapping(mapping: CampaignMapping) -> str:
    """The TOML text of a mapping: to be corrected, and given back with ``--mapping``."""
    import tomlkit

    document = tomlkit.document()
    document.add(tomlkit.comment("How to read one table of a campaign. Correct it and pass it with --mapping."))
    document.add(tomlkit.comment("Every key: docs/reference/campaign-files.md"))
    for key, value in _without_nothing(msgspec.to_builtins(mapping)).items():
        document.add(key, value)
    return tomlkit.dumps(document)


def _without_nothing(values: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in values.items() if value not in (None, (), [], False)}
    plain = {key: value for key, value in kept.items() if not isinstance(value, dict)}
    return plain | {key: _without_nothing(value) for key, value in kept.items() if isinstance(value, dict)}
