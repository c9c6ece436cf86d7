"""Templates in the words of a business: what is read, what is refused, which is chosen, and what comes out."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decroche.language import LANGUAGES, Language
from decroche.model.hours import HourClass
from decroche.recover.templates import (
    VARIABLES,
    BadTemplate,
    Channel,
    Unrenderable,
    Values,
    Variable,
    Variant,
    Wanted,
    choose,
    parse,
)

FRIDAY = datetime.fromisoformat("2026-11-20 18:06")
FRENCH, ENGLISH = Language("fr"), Language("en")


def test_variables_stand_between_braces_and_doubled_braces_are_braces() -> None:
    template = parse("Bonjour {first_name}, { business } {{sic}}")
    assert template.parts == ("Bonjour ", Variable("first_name"), ", ", Variable("business"), " {sic}")
    assert template.variables == {"first_name", "business"}
    assert template.words == "Bonjour  ,   {sic}"
    values = Values(now=FRIDAY, first_name="Zoé", business="Garage\u00a0Martin")
    assert template.render(values, FRENCH) == "Bonjour Zoé, Garage Martin {sic}"


@pytest.mark.parametrize(
    ("text", "position", "said"),
    [
        (" \n", 0, "The message is empty."),
        ("a {business", 2, "A lone brace “{” at character 3"),
        ("a } b", 2, "A lone brace “}” at character 3"),
        ("{{business}", 10, "A lone brace “}” at character 11"),
        ("{Busines}", 0, "“Busines” is not a variable (character 1). Did you mean “business”?"),
        ("x{}", 1, "“” is not a variable (character 2). There are: business, site"),
        ("{zzzz}", 0, "There are: business"),
    ],
)
def test_what_is_no_template_is_told_with_its_place(text: str, position: int, said: str) -> None:
    with pytest.raises(BadTemplate) as refused:
        parse(text)
    assert refused.value.position == position
    assert said in refused.value.said(ENGLISH).replace("\u00a0", " ")
    assert all(refused.value.said(Language(code)) for code in LANGUAGES)


def test_a_value_that_is_not_there_keeps_the_message_from_being_written() -> None:
    with pytest.raises(Unrenderable) as refused:
        parse("{phone} {link} {business}").render(Values(now=FRIDAY, business="", link="https://a.example"), FRENCH)
    assert refused.value.missing == ("business", "phone")
    assert refused.value.said(FRENCH) == "Il manque ici une valeur pour {business} et {phone}."


@pytest.mark.parametrize(
    ("at", "french", "english"),
    [
        (datetime.fromisoformat("2026-11-20 18:05"), "18 h 05", "6:05 pm"),
        (datetime.fromisoformat("2026-11-20 00:30"), "0 h 30", "12:30 am"),
        (datetime.fromisoformat("2026-11-20 12:00"), "12 h", "12 pm"),
        (datetime.fromisoformat("2026-11-19 19:12"), "hier 19 h 12", "7:12 pm yesterday"),
        (datetime.fromisoformat("2026-11-21 08:00"), "demain 8 h", "8 am tomorrow"),
        (datetime.fromisoformat("2026-11-23 08:00"), "lundi 8 h", "8 am on Monday"),
        (datetime.fromisoformat("2026-11-26 08:00"), "jeudi 8 h", "8 am on Thursday"),
        (datetime.fromisoformat("2026-11-27 08:00"), "vendredi 27 novembre 8 h", "8 am on Friday, 27 November"),
        (datetime.fromisoformat("2026-11-18 08:00"), "mercredi 18 novembre 8 h", "8 am on Wednesday, 18 November"),
        (datetime.fromisoformat("2027-08-02 14:30"), "lundi 2 aout 14 h 30", "2:30 pm on Monday, 2 August"),
    ],
)
def test_a_moment_is_said_as_people_say_it(at: datetime, french: str, english: str) -> None:
    template, values = parse("{opening}"), Values(now=FRIDAY, opening=at)
    assert (template.render(values, FRENCH), template.render(values, ENGLISH)) == (french, english)


@pytest.mark.parametrize(
    ("since", "until", "french", "english"),
    [
        ("2026-11-20 18:16", "2026-11-20 18:56", "entre 18 h 16 et 18 h 56", "between 6:16 pm and 6:56 pm"),
        ("2026-11-20 18:06", "2026-11-20 18:41", "d'ici 18 h 41", "by 6:41 pm"),
        ("2026-11-21 08:00", "2026-11-21 08:35", "demain entre 8 h et 8 h 35", "between 8 am and 8:35 am tomorrow"),
        ("2026-11-23 08:10", "2026-11-23 09:00", "lundi entre 8 h 10 et 9 h", "between 8:10 am and 9 am on Monday"),
        (
            "2026-11-20 18:50",
            "2026-11-21 09:20",
            "entre 18 h 50 et demain 9 h 20",
            "between 6:50 pm and 9:20 am tomorrow",
        ),
        ("2026-11-20 18:05", "2026-11-23 08:30", "d'ici lundi 8 h 30", "by 8:30 am on Monday"),
    ],
)
def test_a_period_is_said_as_people_say_it(since: str, until: str, french: str, english: str) -> None:
    turn = (datetime.fromisoformat(since), datetime.fromisoformat(until))
    template, values = parse("{turn}"), Values(now=FRIDAY, turn=turn)
    assert (template.render(values, FRENCH), template.render(values, ENGLISH)) == (french, english)


def test_french_elides_before_yesterday() -> None:
    values = Values(now=FRIDAY, call_time=datetime.fromisoformat("2026-11-19 19:12"))
    assert parse("votre appel de {call_time}").render(values, FRENCH) == "votre appel d'hier 19 h 12"
    assert parse("le code {call_time}").render(values, FRENCH) == "le code hier 19 h 12"


def test_a_text_keeps_names_unless_the_cheap_alphabet_is_asked_for_and_an_email_is_typeset() -> None:
    template = parse("{business} : {opening}, l'été")
    values = Values(now=FRIDAY, business="Hôtel Ñandú", opening=datetime.fromisoformat("2027-08-02 14:00"))
    assert template.render(values, FRENCH) == "Hôtel Ñandú : lundi 2 aout 14 h, l'été"
    assert template.render(values, FRENCH, plain=True) == "Hotel Ñandu : lundi 2 aout 14 h, l'été"
    email = template.render(values, FRENCH, channel=Channel.EMAIL)
    assert email == "Hôtel Ñandú\u00a0: lundi 2\u00a0août 14\u00a0h, l’été"


def variant(
    body: str,
    *,
    name: str = "missed",
    language: str = "fr",
    channel: Channel = Channel.TEXT,
    hour_classes: tuple[HourClass, ...] = (),
    departments: tuple[str, ...] = (),
    trades: tuple[str, ...] = (),
) -> Variant:
    return Variant(
        name=name,
        channel=channel,
        language=language,
        body=parse(body),
        hour_classes=hour_classes,
        departments=departments,
        trades=trades,
    )


WORDS = (
    variant("all"),
    variant("open", hour_classes=(HourClass.OPEN,)),
    variant("clinic", trades=("clinic",)),
    variant("clinic open", trades=("clinic",), hour_classes=(HourClass.OPEN,)),
    variant("service", departments=("Après-vente", "service")),
    variant("canada", language="fr-CA"),
    variant("english", language="en"),
    variant("second", name="second"),
    variant("mail", channel=Channel.EMAIL),
    variant("slots {link}", name="slots"),
    variant("slots", name="slots", hour_classes=(HourClass.OPEN, HourClass.WEEKEND)),
)


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        (Wanted(name="missed", language="fr", hour_class=HourClass.WEEKEND), "all"),
        (Wanted(name="missed", language="fr", hour_class=HourClass.OPEN), "open"),
        (Wanted(name="missed", language="fr", hour_class=HourClass.HOLIDAY, trade="clinic"), "clinic"),
        (Wanted(name="missed", language="fr", hour_class=HourClass.OPEN, trade="clinic"), "clinic open"),
        (Wanted(name="missed", language="fr", hour_class=HourClass.OPEN, department="APRES-VENTE"), "service"),
        (Wanted(name="missed", language="fr", hour_class=HourClass.OPEN, department="Pièces"), "open"),
        (Wanted(name="missed", language="fr-CA", hour_class=HourClass.OPEN), "canada"),
        (Wanted(name="second", language="fr-CA", hour_class=HourClass.OPEN), "second"),
        (Wanted(name="missed", language="en", hour_class=HourClass.OPEN), "english"),
        (Wanted(name="second", language="en", hour_class=HourClass.OPEN), "second"),
        (Wanted(name="missed", language="fr", channel=Channel.EMAIL, hour_class=HourClass.OPEN), "mail"),
        (Wanted(name="slots", language="fr", hour_class=HourClass.HOLIDAY, given={"link"}), "slots {link}"),
        (Wanted(name="slots", language="fr", hour_class=HourClass.HOLIDAY, given=()), None),
        (Wanted(name="slots", language="fr", hour_class=HourClass.OPEN, given=()), "slots"),
        (Wanted(name="other", language="fr", hour_class=HourClass.OPEN), None),
        (Wanted(name="missed", language="de", hour_class=HourClass.OPEN), None),
    ],
)
def test_the_most_fitting_words_are_chosen(wanted: Wanted, chosen: str | None) -> None:
    found = choose(wanted, WORDS)
    assert (found and found.body.source) == chosen


def test_the_words_of_the_business_come_first_and_an_account_may_order_the_languages() -> None:
    own = (variant("own words"),)
    wanted = Wanted(name="missed", language="fr", hour_class=HourClass.OPEN, trade="clinic")
    found = choose(wanted, own, WORDS)
    assert found is not None and found.body.source == "own words"
    german = Wanted(name="missed", language="de", hour_class=HourClass.OPEN)
    found = choose(german, WORDS, fallback={"de": ("de", "en")})
    assert found is not None and found.body.source == "english"


names = st.sampled_from(VARIABLES)
pieces = st.lists(
    st.one_of(st.text(st.characters(exclude_characters="{}", exclude_categories=["Cs"])), names.map(Variable))
)


@given(pieces)
def test_what_was_composed_is_what_is_read(parts: list[str | Variable]) -> None:
    text = "".join(f"{{{part.name}}}" if isinstance(part, Variable) else part for part in parts)
    if not text.strip():
        return
    template = parse(text)
    assert [part for part in template.parts if isinstance(part, Variable)] == [
        part for part in parts if isinstance(part, Variable)
    ]
    again = "".join(f"{{{part.name}}}" if isinstance(part, Variable) else part for part in template.parts)
    assert again == template.source


@given(st.text(st.sampled_from("ab {}busines_"), max_size=30))
def test_any_text_is_a_template_or_is_refused_with_a_place_in_it(text: str) -> None:
    try:
        template = parse(text)
    except BadTemplate as refused:
        assert 0 <= refused.position <= len(text)
        assert refused.said(ENGLISH)
    else:
        assert template.variables <= set(VARIABLES)


@given(st.text(min_size=1).filter(str.strip), st.sampled_from(["{business}", "{phone}", "}}", "{0}", "{x!r}"]))
def test_a_value_is_never_read_as_a_template(name: str, trap: str) -> None:
    rendered = parse("<{business}>").render(Values(now=FRIDAY, business=name + trap), FRENCH)
    assert rendered.endswith(trap + ">")
