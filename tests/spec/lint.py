"""The page on words: what may not be written to a caller, what costs more than it must, and what reads ill."""

from __future__ import annotations

from collections.abc import Mapping

from decroche.model.money import Money
from decroche.recover.lint import Sending, lint
from decroche.recover.segments import count, to_gsm7
from decroche.recover.templates import Channel, Variant, parse
from tests.spec.spec import Page, Spec
from tests.spec.table import Cell, Rows

EURO_CENTS = Money.of("0.05", "EUR")


def findings(rows: Rows) -> list[Mapping[str, object]]:
    return [found(row) for row in rows]


def found(row: Mapping[str, Cell]) -> Mapping[str, object]:
    """What is said about one message: the words of the findings and the gravest severity."""
    language = str(row.get("language") or "fr")
    template = parse(str(row["message"]))
    variant = Variant(
        name=str(row.get("answers_as") or "missed"), channel=Channel.TEXT, language=language, body=template
    )
    sending = Sending(
        two_way=row.get("two_way") is not False,
        region=str(row["region"]) if row.get("region") else None,
        business="Garage Martin",
        per_segment=EURO_CENTS,
    )
    said = lint(variant, sending)
    return {
        "findings": ", ".join(finding.word for finding in said) or None,
        "severity": said[0].severity.value if said else None,
    }


def lengths(rows: Rows) -> list[Mapping[str, object]]:
    answers: list[Mapping[str, object]] = []
    for row in rows:
        text = str(row["text"]) * int(str(row.get("times") or 1))
        counted = count(text)
        written = to_gsm7(str(row["text"]))
        answers.append(
            {
                "encoding": counted.encoding.value,
                "places": counted.places,
                "segments": counted.segments,
                "room": counted.room,
                "written": written,
            }
        )
    return answers


PAGE = Page(
    name="lint",
    title="Words of messages",
    intro="""
What is looked at before the words of a message are used. A *refused* message cannot be used; a *warning* costs money or
trust; a *note* is about spaces. The lists of words are data: `src/decroche/recover/lint_words.toml`.
""",
    specs=(
        Spec(
            title="Advertising is refused",
            prose="""
A text that answers a missed call is a service only while it promotes nothing, "directly or indirectly": one word of an
offer makes it advertising, which needs consent. Only what the business wrote is looked at, not the values of variables;
case and accents do not matter.
""",
            given="""
            message                                                                 || findings  | severity
            ------------------------------------------------------------------------||-----------|---------
            {business} : répondez RAPPEL. STOP = plus de SMS.                       ||           |
            {business} : nos OFFRES du mois ! STOP = plus de SMS.                   || promotion | refused
            {business} : -20 % sur les pneus. STOP = plus de SMS.                   || promotion | refused
            {business} : moins 20 sur les pneus. STOP = plus de SMS.                || promotion | refused
            {business} : moins vingt pour cent. STOP = plus de SMS.                 || promotion | refused
            {business} : au moins 20 sur place, patience. STOP = plus de SMS.       ||           |
            {business} : rappel dans moins de 20 min. STOP = plus de SMS.           ||           |
            {business} : une remise vous attend. STOP = plus de SMS.                || promotion | refused
            {business} : remise des clés à 18 h. STOP = plus de SMS.                ||           |
            {business} : profitez-en, vidange offerte. STOP = plus de SMS.          || promotion | refused
            {business} : devis gratuit. STOP = plus de SMS.                         || promotion | refused
            {business} : l'appel est gratuit. STOP = plus de SMS.                   ||           |
            {business} : 2 pneus pour 1, 2 pour 1 ! STOP = plus de SMS.             || promotion | refused
            {business} : tapez 2 pour une question. STOP = plus de SMS.             ||           |
            {business} : 20% off today. STOP to opt out.                            || promotion | refused
            {business} : twenty percent off. STOP to opt out.                       || promotion | refused
            {business} : we can offer you a time. STOP to opt out.                  ||           |
            {business} : vidange à 49 €. STOP = plus de SMS.                        || promotion | refused
            {business} : freins dès 90 euros. STOP = plus de SMS.                   || promotion | refused
            {business} : le meilleur garage de Lyon. STOP = plus de SMS.            || promotion | refused
            {business} : donnez-nous votre avis. STOP = plus de SMS.                || promotion | refused
            {business} : https://g.page/r/x/review STOP = plus de SMS.              || promotion | refused
            {business} : nous vous l’avons promis. STOP = plus de SMS.              ||           |
            {business} : feel free to write. STOP to opt out.                       ||           |
            {business} : free winter check. STOP to opt out.                        || promotion | refused
            """,
            plain=findings,
        ),
        Spec(
            title="Who writes, and how to get no more",
            prose="""
Every message names the business, by the variable or written out. A message that nobody asked for also says how to get
no more of them; in Québec with ARRET. An answer to a word of the person does not need it.
""",
            given="""
            message                                          | language | region | answers as || findings | severity
            -------------------------------------------------|----------|--------|------------||----------|---------
            Appel manqué. Répondez RAPPEL. STOP = fin.       | fr       |        |            || identity | refused
            Garage Martin : répondez RAPPEL. STOP = fin.     | fr       |        |            ||          |
            {business} : répondez RAPPEL.                    | fr       |        |            || stop     | refused
            {business} : c'est noté.                         | fr       |        | unclear    ||          |
            {business} : textez RAPPEL. STOP = fin.          | fr-CA    | CA-QC  |            || arret    | refused
            {business} : textez RAPPEL. ARRET = fin.         | fr-CA    | CA-QC  |            ||          |
            {business} : répondez RAPPEL. STOP = fin.        | fr       | CA-QC  |            || arret    | refused
            {business}: reply CALL. ARRET/STOP to opt out.   | en       | CA-QC  |            || quebec   | refused
            {business}: votre appel, textez RAPPEL. / Reply CALL. ARRET/STOP. | en | CA-QC |   ||          |
            {business}: reply CALL. STOP to opt out.         | en       | CA     |            ||          |
            """,
            plain=findings,
        ),
        Spec(
            title="Asking for an answer that cannot come, or that carriers keep",
            prose="""
A sender of letters, or a number that receives no texts, cannot be answered: such a message must not ask for it, and
needs a link or a number for those who want no more. OUI, YES, ANNULER, CANCEL, FIN, END, INFO and their like are read
by carriers as commands: ask for RAPPEL, CALL or a digit.
""",
            given="""
            message                                           | two way || findings                        | severity
            --------------------------------------------------|---------||---------------------------------|---------
            {business} : répondez RAPPEL. STOP = fin.         | yes     ||                                 |
            {business} : répondez RAPPEL. {phone} STOP = fin. | no      || unanswerable                    | refused
            {business} : textez-nous. STOP = fin.             | no      || unanswerable, unanswerable_stop | refused
            {business} : appelez le {phone}. STOP = fin.      | no      ||                                 |
            {business} : appelez. STOP = fin.                 | no      || unanswerable_stop               | refused
            {business} : répondez OUI. STOP = fin.            | yes     || control_word                    | refused
            {business} : répondez oui. STOP = fin.            | yes     || control_word                    | refused
            {business} : oui, c'est noté. STOP = fin.         | yes     ||                                 |
            {business} : reply "Yes". STOP to opt out.        | yes     || control_word                    | refused
            {business} : CANCEL to cancel. STOP to opt out.   | yes     || control_word                    | refused
            {business} : tapez 1. STOP = fin.                 | yes     ||                                 |
            """,
            plain=findings,
        ),
        Spec(
            title="Dear signs, long texts, links and spaces",
            prose="""
One sign outside the carriers' alphabet may double the price: both prices are then told. A sign that changes no number
of segments is not worth a word.
""",
            given="""
            message                                                    | language || findings      | severity
            -----------------------------------------------------------|----------||---------------|---------
            {business} : nous avons même noté votre appel si tardif hier au soir. STOP = fin.|fr||dear_priced|warning
            {business} : même tard. STOP = fin.                        | fr       ||               |
            {business} : https://bit.ly/2 STOP = fin.                  | fr       || shortener     | warning
            {business} : https://garage.example/2 STOP = fin.          | fr       ||               |
            {business}: un mot ? STOP = fin.                           | fr       || space_missing | note
            {business} : un mot? STOP = fin.                           | fr       || space_missing | note
            {business} : un mot ? ARRET = fin.                         | fr-CA    || space_extra   | note
            {business} : un mot? ARRET = fin.                          | fr-CA    ||               |
            """,
            plain=findings,
        ),
        Spec(
            title="Segments",
            prose="""
A text in the carriers' alphabet (GSM 7 bit) has 160 places in one segment and 153 in each of several; signs of the
extension take two places and are never parted. Any other sign turns the whole text into UCS-2: 70 places, then 67; an
emoji takes two. `written` is the same text as people write it in the alphabet; it is empty where there is no way.
""",
            given="""
            text          | times || encoding | places | segments | room | written
            --------------|-------||----------|--------|----------|------|----------
            a             | 160   || gsm_7    | 160    | 1        | 0    | a
            a             | 161   || gsm_7    | 161    | 2        | 145  | a
            é             | 160   || gsm_7    | 160    | 1        | 0    | é
            ê             | 70    || ucs_2    | 70     | 1        | 0    | e
            ê             | 71    || ucs_2    | 71     | 2        | 63   | e
            Ç             | 1     || gsm_7    | 1      | 1        | 159  | Ç
            ç             | 1     || ucs_2    | 1      | 1        | 69   | c
            €             | 80    || gsm_7    | 160    | 1        | 0    | €
            €             | 81    || gsm_7    | 162    | 2        | 143  | €
            l’été…        | 1     || ucs_2    | 6      | 1        | 64   | l'été...
            привет        | 1     || ucs_2    | 6      | 1        | 64   |
            """,
            plain=lengths,
            defines=(count,),
        ),
    ),
)
