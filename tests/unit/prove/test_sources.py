"""What sources cost and bring: each part once, the waste beside the margin, and one source for a number and a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decroche.model.cost import Among, CostKind, CostLine, Key, Rhythm, Sharing
from decroche.model.money import Money
from decroche.model.source import BadTracking, Tracking, check_beside, source_word, tracked_on
from decroche.model.touch import Path, Sale, Touch, Way
from decroche.prove.kpis.credits import Credits, Rule, credits
from decroche.prove.kpis.sources import SourceGroup, costs_by_source, key_of, source_groups

SOLD = datetime(2026, 3, 20, 12, tzinfo=UTC)
MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
NUMBER = 33199000001
ADS = Tracking(number=NUMBER, source="google_ads", campaign="Pneus", begins=MARCH, ends=date(2026, 3, 15))


def eur(amount: object) -> Money:
    return Money.of(str(amount), "EUR")


def path(amount: object, *keys: tuple[str, str]) -> Path:
    touches = [
        Touch(at=SOLD - timedelta(days=place + 1), channel=source, way=Way.INBOUND, source=source, campaign=campaign)
        for place, (source, campaign) in enumerate(keys)
    ]
    return Path(touches=touches, sale=Sale(at=SOLD, revenue=eur(amount)))


def groups(
    paths: list[Path],
    *,
    calls: dict[tuple[str, str], tuple[int, int]] | None = None,
    costs: dict[tuple[str, str], Money] | None = None,
    margins: list[Path] | None = None,
    rule: Rule = Rule.LINEAR,
) -> dict[str, SourceGroup]:
    def divided(some: list[Path]) -> Credits:
        return credits(some, rule, currency="EUR", channel_of=key_of)

    opened = [Path(touches=each.touches, sale=Sale(at=SOLD, revenue=eur(0))) for each in paths]
    found = source_groups(
        calls or {}, costs or {}, opened=divided(opened), sold=divided(paths), margins=divided(margins or []),
        currency="EUR",
    )  # fmt: skip
    return {each.whole.source: each for each in found}


def test_a_number_stands_for_one_source_on_a_day_and_a_campaign_belongs_to_one_source() -> None:
    after = Tracking(number=NUMBER, source="print", begins=date(2026, 3, 16))
    check_beside(after, [ADS])
    assert [tracked_on([ADS, after], NUMBER, date(2026, 3, day)) for day in (15, 16)] == [ADS, after]
    assert tracked_on([ADS, after], NUMBER, date(2026, 2, 28)) is None and tracked_on([ADS], 1, MARCH) is None
    for bad, why in (
        ({"number": NUMBER, "source": "print", "begins": date(2026, 3, 15)}, "taken"),
        ({"number": NUMBER, "source": "print", "begins": date(2026, 1, 1)}, "taken"),
        ({"number": 33199000002, "source": "print", "campaign": "PNEUS", "begins": MARCH}, "other_source"),
    ):
        with pytest.raises(BadTracking, match=why):
            check_beside(Tracking(**bad), [ADS])  # type: ignore[arg-type]
    with pytest.raises(BadTracking, match="ends"):
        Tracking(number=NUMBER, source="print", begins=MARCH, ends=date(2026, 2, 1))
    assert (source_word(" Google  Ads "), source_word("Salon de Lyon")) == ("google_ads", "Salon de Lyon")


def test_the_waste_stands_beside_the_margin_and_in_no_sum() -> None:
    """40 of 100 paid calls missed: 400 of the 1,000 spent; margin 300 and cost 1,000 stay what they are."""
    key = ("google_ads", "Pneus")
    found = groups([path(900, key)], calls={key: (60, 40)}, costs={key: eur(1000)}, margins=[path(300, key)])
    one = found["google_ads"].whole
    assert one.paid.wasted is not None and one.paid.wasted.exact == "400.00" and one.paid.missed.numerator == 40
    assert (one.margin.exact, one.revenue.exact, one.cost.exact) == ("300.00", "900.00", "1000.00")
    assert one.paid.per_call is not None and one.paid.per_call.exact == "10.00"
    assert one.won.each is not None and one.won.each.exact == "1000.00" and one.won.low is not None
    assert one == found["google_ads"].whole and found["google_ads"].campaigns[0].calls == 100
    # Had every call been answered, only the waste would be another.
    answered = groups([path(900, key)], calls={key: (100, 0)}, costs={key: eur(1000)}, margins=[path(300, key)])
    other = answered["google_ads"].whole
    assert (other.margin, other.revenue, other.cost) == (one.margin, one.revenue, one.cost)
    assert other.paid.wasted is not None and not other.paid.wasted.amount


names = st.sampled_from([("google_ads", "A"), ("google_ads", "B"), ("print", ""), ("", ""), ("Salon", "")])
some_paths = st.lists(
    st.builds(
        lambda cents, keys: path(Decimal(cents) / 100, *keys), st.integers(0, 10**7), st.lists(names, max_size=5)
    ),
    max_size=6,
)


@given(some_paths, st.sampled_from(Rule), st.dictionaries(names, st.tuples(st.integers(0, 99), st.integers(0, 99))))
def test_sources_sum_to_all_calls_sales_and_money(
    paths: list[Path], rule: Rule, calls: dict[tuple[str, str], tuple[int, int]]
) -> None:
    found = groups(paths, calls=calls, margins=paths, rule=rule).values()
    total = sum((each.sale.revenue.amount for each in paths if each.sale), Decimal(0))
    assert sum((each.whole.revenue.amount for each in found), Decimal(0)) == total
    assert sum((each.whole.margin.amount for each in found), Decimal(0)) == total
    assert sum(each.whole.sales for each in found) == pytest.approx(len(paths))
    assert sum(each.whole.calls for each in found) == sum(map(sum, calls.values()))
    for each in found:
        assert sum(part.calls for part in each.campaigns) <= each.whole.calls


def line(amount: str, *, among: Among | None, shares: dict[str, float], day: date = MARCH) -> CostLine:
    sharing = None if among is None else Sharing(among=among, key=Key.FIXED, shares=shares)
    return CostLine(
        kind=CostKind.ADVERTISING, label="x", amount=eur(amount), rhythm=Rhythm.ONCE, begins=day, sharing=sharing
    )  # fmt: skip


def test_costs_go_to_the_source_of_their_campaign_and_what_is_not_tied_is_told() -> None:
    lines = [
        (line("10.00", among=Among.CAMPAIGN, shares={"Pneus": 1.0}), "google_ads"),
        (line("20.00", among=Among.CAMPAIGN, shares={"pneus": 0.5}), ""),
        (line("40.00", among=Among.CAMPAIGN, shares={"Autre": 1.0}), ""),
        (line("70.00", among=Among.SOURCE, shares={"Print": 1.0}), ""),
        (line("5.00", among=None, shares={}), ""),
        (line("9.00", among=Among.SOURCE, shares={"Print": 1.0}, day=APRIL), ""),
    ]
    found = costs_by_source(lines, {"pneus": "google_ads"}, begin=MARCH, end=APRIL, currency="EUR")
    told = {key: money.exact for key, money in found.by_key.items()}
    assert told == {("google_ads", "Pneus"): "10.00", ("google_ads", "pneus"): "10.00", ("print", ""): "70.00"}
    assert found.untied.exact == "55.00"
    (part,) = groups([], costs=dict(found.by_key))["google_ads"].campaigns
    assert (part.campaign, part.cost.exact) == ("Pneus", "20.00")
