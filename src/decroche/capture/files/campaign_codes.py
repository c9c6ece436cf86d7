"""The words that campaigns' exports use in German, and the codes of diallers: beside those in French and English."""

from __future__ import annotations

from collections.abc import Mapping

#: Headings by use, as those of ``campaign_words``.
GERMAN_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "person": (
        "telefon", "telefonnummer", "rufnummer", "tel nr", "handy", "kundennummer", "kunden nr", "kunden id", "kunde",
        "interessent", "ansprechpartner", "angerufene nummer", "zielrufnummer",
    ),
    "dials": (
        "anzahl anrufe", "anzahl anrufversuche", "anrufversuche", "versuche", "anwahlversuche", "anzahl versuche",
        "anwahlen", "kontaktversuche", "anzahl kontakte", "versuch",
    ),
    "outcome": (
        "ergebnis", "anrufergebnis", "gesprächsergebnis", "resultat", "letztes ergebnis", "abschlusscode",
        "kontaktergebnis", "anrufstatus",
    ),
    "opportunity": ("termin", "termin vereinbart", "interessiert", "interesse", "qualifiziert", "lead erzeugt"),
    "sale": ("verkauf", "verkauft", "abschluss", "auftrag", "gekauft", "gewonnen", "vertrag", "bestellung"),
    "reached": ("erreicht", "kontaktiert", "gesprochen", "angenommen"),
    "talk": ("dauer", "gesprächsdauer", "anrufdauer", "gesprächszeit", "sprechzeit"),
    "amount": ("umsatz", "betrag", "auftragswert", "wert", "verkaufswert", "nettobetrag", "preis", "summe"),
    "margin": ("deckungsbeitrag", "rohertrag", "gewinn"),
    "cost": ("kosten", "anrufkosten", "gesprächskosten"),
    "sold": ("abschlussdatum", "verkaufsdatum", "auftragsdatum", "bestelldatum", "datum verkauf", "vertragsdatum"),
    "script": ("skript", "leitfaden", "gesprächsleitfaden", "einstieg"),
    "agent": ("mitarbeiter", "bearbeiter", "telefonist", "betreuer", "verantwortlich"),
}  # fmt: skip

#: Results by sense, as those of ``campaign_words``.
GERMAN_RESULTS: Mapping[str, tuple[str, ...]] = {
    "sale": ("verkauf", "verkauft", "abschluss", "auftrag", "auftrag erteilt", "gekauft", "bestellt", "gewonnen"),
    "opportunity": (
        "termin", "termin vereinbart", "terminiert", "interessiert", "interesse", "angebot angefordert",
        "angebot gewünscht", "qualifiziert", "ja",
    ),
    "reached": (
        "kein interesse", "nicht interessiert", "abgelehnt", "ablehnung", "absage", "wiedervorlage", "rückruf",
        "rückruf vereinbart", "rückruf gewünscht", "erreicht", "gesprochen", "kein bedarf", "verloren", "bereits kunde",
        "aufgelegt", "falscher ansprechpartner", "sperrliste", "nein",
    ),
    "unreached": (
        "nicht erreicht", "nicht erreichbar", "keine antwort", "nicht abgenommen", "besetzt", "anrufbeantworter",
        "mailbox", "falsche nummer", "nummer ungültig", "kein anschluss", "niemand erreicht", "abwesend", "offen",
    ),
}  # fmt: skip

#: The dispositions of diallers (Vicidial, Five9, CallHippo, HubSpot) that are no words of people.
DIALLER_RESULTS: Mapping[str, tuple[str, ...]] = {
    "sale": ("sale made",),
    "opportunity": ("meeting scheduled", "demo scheduled", "appointment scheduled", "booked demo", "demo requested"),
    "reached": (
        "ni", "np", "no pitch no price", "callbk", "cbhold", "dnc", "dncl", "xfer", "call transferred", "transferred",
        "call later", "left live message", "not a fit", "no fit", "bad fit", "declined sale",
        "spoke with customer", "in progress",
    ),
    "unreached": (
        "na", "aa", "a", "am", "al", "b", "dc", "adc", "ab", "n", "drop", "pdrop", "xdrop", "lrerr", "adair",
        "outbound pre routing drop", "agent not available", "operator intercept", "resource unavailable",
        "no pickup", "no pick up", "bad number", "left vm", "abandon", "station session", "dial error", "system error",
        "disconnected number", "hardware timeout", "system shutdown", "sent to mailbox", "ringing", "queued", "skipped",
        "carrier rejected", "number not in service", "not in service",
    ),
}  # fmt: skip
GERMAN_NEGATIONS = frozenset({"kein", "keine", "keinen", "nicht", "ohne", "niemand"})
