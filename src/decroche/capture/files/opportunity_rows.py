"""Reads a row of opportunities or sales as a spreadsheet has it: French and English headings, amounts and dates."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from decroche.connector_kit.crm import Deal, DealState
from decroche.understand.numbers import read_number

#: What a column says, and the headings it is known by, without accents.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "ref": ("ref", "reference", "id", "deal id", "opportunity id", "numero de dossier", "dossier", "devis", "facture"),
    "title": ("title", "titre", "libelle", "name", "nom", "objet", "deal name", "opportunity name", "affaire"),
    "state": ("state", "status", "statut", "etat", "resultat", "outcome"),
    "amount": ("amount", "montant", "valeur", "value", "ca", "chiffre d'affaires", "revenue", "prix", "deal value"),
    "margin": ("margin", "marge"),
    "currency": ("currency", "devise"),
    "number": (
        "number", "phone", "phone number", "telephone", "tel", "numero", "numero de telephone", "mobile", "portable",
        "cellulaire",
    ),
    "email": ("email", "e-mail", "courriel", "mail", "adresse electronique"),
    "contact": ("contact id", "id contact", "crm id", "id crm", "contact"),
    "owner": ("owner", "proprietaire", "vendeur", "commercial", "conseiller", "deal owner"),
    "stage": ("stage", "etape", "deal stage"),
    "pipeline": ("pipeline",),
    "campaign": ("campaign", "campagne"),
    "source": ("source", "origine", "canal", "lead source"),
    "tags": ("tags", "etiquettes"),
    "opened_at": (
        "opened", "opened at", "created", "create date", "created at", "creation", "date de creation", "ouverture",
    ),
    "closed_at": (
        "closed", "closed at", "close date", "sold at", "cloture", "date de cloture", "date de vente", "vente", "date",
    ),
    "expected_on": ("expected", "expected close date", "prevue le", "cloture prevue"),
    "changed_at": ("changed", "changed at", "last modified", "last modified date", "modifie le", "modification"),
}  # fmt: skip
_STATES: Mapping[DealState, frozenset[str]] = {
    DealState.WON: frozenset({
        "won", "closed won", "closedwon", "gagne", "gagnee", "vendu", "vendue", "signe", "signee", "sold", "vente",
    }),
    DealState.LOST: frozenset({
        "lost", "closed lost", "closedlost", "perdu", "perdue", "refuse", "refusee", "annule", "annulee", "cancelled",
    }),
    DealState.OPEN: frozenset({"open", "ouvert", "ouverte", "en cours", "in progress", "pending", "nouveau", "new"}),
}  # fmt: skip
_SIGNS = {"€": "EUR", "£": "GBP"}
_CURRENCY = re.compile(r"[A-Z]{3}")
_DIGITS = re.compile(r"-?[0-9][0-9.,]*")
_SPACES = re.compile(r"[\s\u00a0\u202f'’]+")


class BadRow(ValueError):
    """A row that cannot be read: ``reason`` is amount, date, number or empty, ``text`` what was read."""

    def __init__(self, reason: str, text: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.text = text


@dataclass(frozen=True, slots=True, kw_only=True)
class OpportunityRow:
    """What a row tells: the deal, its margin, and who it names."""

    deal: Deal
    margin: Decimal | None = None
    number: int | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    contact: str | None = None


@dataclass(slots=True)
class Reader:
    """Reads the rows of one table. ``unknown`` counts the words for a state that nobody knows."""

    columns: tuple[str, ...]
    region: str
    zone: ZoneInfo
    now: datetime
    unknown: Counter[str] = field(default_factory=Counter)
    _seen: Counter[str] = field(default_factory=Counter)

    def row(self, cells: Sequence[str]) -> OpportunityRow:
        """What a row tells. Raises BadRow."""
        told: dict[str, str] = {}
        for name, cell in zip(self.columns, cells, strict=False):
            if name and cell.strip():
                told.setdefault(name, cell.strip())
        if not told:
            raise BadRow("empty")
        amount, currency = amount_of(told.get("amount"))
        margin, _ = amount_of(told.get("margin"))
        closed_at, opened_at = self._moment(told, "closed_at"), self._moment(told, "opened_at")
        state = self._state(told, closed_at)
        over = state in (DealState.WON, DealState.LOST)
        expected = self._moment(told, "expected_on")
        number = read_number(told["number"], region=self.region).e164 if "number" in told else None
        if "number" in told and (number is None or number < 0) and not ("email" in told or "contact" in told):
            raise BadRow("number", told["number"])
        code = told.get("currency", "").upper()
        return OpportunityRow(
            deal=Deal(
                ref=told.get("ref") or self._made_ref(told),
                title=told.get("title", ""),
                state=state,
                changed_at=self._moment(told, "changed_at") or self.now,
                opened_at=opened_at,
                closed_at=closed_at if over else None,
                expected_on=(expected or closed_at or self.now).astimezone(self.zone).date()
                if not over and (expected or closed_at)
                else None,
                amount=amount,
                currency=code if _CURRENCY.fullmatch(code) else currency,
                owner=told.get("owner"),
                pipeline=told.get("pipeline"),
                stage=told.get("stage"),
                source=told.get("source"),
                campaign=told.get("campaign"),
                tags=tuple(each.strip() for each in re.split("[;,]", told.get("tags", "")) if each.strip()),
            ),
            margin=margin,
            number=number if number is not None and number > 0 else None,
            email=told.get("email"),
            contact=told.get("contact"),
        )

    def _state(self, told: Mapping[str, str], closed_at: datetime | None) -> DealState:
        """Without a word for it, what was closed is a sale."""
        word = plain(told.get("state", ""))
        if not word:
            return DealState.WON if closed_at is not None and "state" not in self.columns else DealState.OPEN
        for state, words in _STATES.items():
            if word in words:
                return state
        self.unknown[told["state"][:60]] += 1
        return DealState.UNKNOWN

    def _moment(self, told: Mapping[str, str], name: str) -> datetime | None:
        return moment_of(told[name], region=self.region, zone=self.zone) if name in told else None

    def _made_ref(self, told: Mapping[str, str]) -> str:
        """What names a row without a reference: all that it says, and how often that was said before it."""
        said = "\x1f".join(f"{name}={told[name]}" for name in sorted(told) if name != "changed_at")
        mark = hashlib.blake2b(said.encode(), digest_size=12).hexdigest()
        self._seen[mark] += 1
        return mark if self._seen[mark] == 1 else f"{mark}-{self._seen[mark]}"


def columns_of(headings: Sequence[str]) -> tuple[str, ...]:
    """What each heading says; empty when nothing we read. The first of two that say the same is taken."""
    names = {word: name for name, words in COLUMNS.items() for word in words}
    found: list[str] = []
    for heading in headings:
        name = names.get(plain(heading), "")
        found.append("" if name in found else name)
    return tuple(found)


def amount_of(written: str | None) -> tuple[Decimal | None, str | None]:
    """An amount as people write it, and the currency that its sign tells. Raises BadRow.

    Of two kinds of separators the last is the decimal one; one alone with three digits behind it parts thousands.
    """
    if written is None:
        return None, None
    currency = next((code for sign, code in _SIGNS.items() if sign in written), None)
    bare = _SPACES.sub("", written)
    for word in ("€", "$", "£", "EUR", "CAD", "CHF", "USD", "GBP", "CA$"):
        if word in bare and word.isalpha():
            currency = word
        bare = bare.replace(word, "")
    if not _DIGITS.fullmatch(bare):
        raise BadRow("amount", written)
    last = max(bare.rfind("."), bare.rfind(","))
    behind = bare[last + 1 :] if last >= 0 else ""
    alone = len(re.findall("[.,]", bare)) == 1
    several_alike = last >= 0 and bare.count(bare[last]) > 1
    if last >= 0 and not (alone and len(behind) == 3) and not several_alike:
        bare = re.sub("[.,]", "", bare[:last]) + "." + behind
    else:
        bare = re.sub("[.,]", "", bare)
    try:
        return Decimal(bare), currency
    except InvalidOperation as error:
        raise BadRow("amount", written) from error


def moment_of(written: str, *, region: str, zone: ZoneInfo) -> datetime:
    """A day or a moment, of the zone where it names none; days are written first but in the United States.

    Raises BadRow.
    """
    try:
        found = datetime.fromisoformat(written)
        return (found if found.tzinfo is not None else found.replace(tzinfo=zone)).astimezone(UTC)
    except ValueError:
        pass
    parts = re.match(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})(?:[ T](\d{1,2})[:h](\d{2}))?", written.strip())
    if parts is None:
        raise BadRow("date", written)
    one, two, year = int(parts[1]), int(parts[2]), int(parts[3])
    day, month = (two, one) if region == "US" else (one, two)
    try:
        clock = time(int(parts[4] or 0), int(parts[5] or 0))
        return datetime.combine(date(year, month, day), clock, zone).astimezone(UTC)
    except ValueError as error:
        raise BadRow("date", written) from error


def plain(text: str) -> str:
    """A heading or a word without accents, capitals and what stands around it."""
    bare = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    return " ".join(bare.replace("_", " ").replace("’", "'").lower().split()).strip(" :*")
