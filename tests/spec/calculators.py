"""The page on calculators: the figure of a brochure, and the right one, for every formula."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from decroche.model.money import Money
from decroche.prove.calculator_formulas import CALCULATORS
from decroche.prove.calculators import BadInput, answer
from decroche.prove.kpis.campaign import GainKind
from decroche.prove.kpis.investment import Investment, investment_return, sensitivity
from tests.spec.spec import Page, Spec, each
from tests.spec.table import Cell, Rows


def eur(amount: float) -> Money:
    return Money.of(amount, "EUR")


def worked_out(name: str) -> Callable[..., Mapping[str, object]]:
    """A calculator as a function of what is typed: every figure of its answer under its key."""

    def calculate(**typed: Cell) -> Mapping[str, object]:
        calculator = CALCULATORS[name]
        given = {key: "" if value is None else str(value) for key, value in typed.items()}
        try:
            found = answer(
                calculator, {**dict.fromkeys((f.key for f in calculator.fields), ""), "currency": "EUR", **given}
            )
        except BadInput as error:
            return {"refused": f"{error.key} {error.word}"}
        naive = {f"their_{line.key}": line.value for line in found.naive}
        lines = {line.key: line.value for line in found.right}
        ends = {f"{line.key}_{end}": getattr(line, end) for line in found.right for end in ("low", "high")}
        return {**ends, **naive, **lines, "asks": found.ask or None, "missing": " ".join(found.missing) or None}

    return calculate


def over(invested: int, gain: int, months: int, delay: int) -> Mapping[str, object]:
    found = investment_return(Investment(invested=eur(invested), yearly_gain=eur(gain), months=months, delay=delay))
    return {
        "brought": float(found.brought),
        **{name: getattr(found, name) for name in ("net", "gross", "payback_net", "payback_gross")},
    }


def swings(rows: Rows) -> list[Mapping[str, object]]:
    asked = Investment(invested=eur(120_000), yearly_gain=eur(180_000))
    assert rows == [{"invested": 120_000, "gain": 180_000}]
    return [{"of": each.of, "worse": each.worse, "better": each.better} for each in sensitivity(asked, GainKind.GROSS)]


PAGE = Page(
    name="calculators",
    title="Calculators",
    intro="""
        `decroche calculate NAME` and the pages `/calculators/NAME`: what a brochure prints beside what its own numbers
        give. A column that begins with “their” is the brochure's. What is typed is kept nowhere.
    """,
    specs=(
        Spec(
            title="Return on the investment",
            prose="""
                120,000 invested, 180,000 a year: 150 % if the gain is net, 50 % if it is gross. The calculator asks
                which, and prints both until it is told.
            """,
            given="""
invested | gain    | months | reading || their unlabelled | if net | if gross | payback net | payback gross | asks
120000   | 180000  | 12     |         || 50 %             | 150 %  | 50 %     | 4.8         | 8.0           | reading
120000   | 180000  | 12     | net     || 50 %             | 150 %  | 50 %     | 4.8         | 8.0           |
120000   | 180000  | 24     | gross   || 50 %             | 300 %  | 200 %    | 4.8         | 8.0           |
""",
            plain=each(worked_out("return")),
        ),
        Spec(
            title="Over a horizon",
            prose="A gain that begins three months late brings nine months of it in the first year.",
            given="""
invested | gain    | months | delay || brought  | net   | gross | payback net | payback gross
120 000  | 180 000 | 12     | 0     || 180000.0 | 150 % | 50 %  | 4.8         | 8.0
120 000  | 180 000 | 12     | 3     || 135000.0 | 112.5 % | 12.5 % | 7.8      | 11.0
120 000  | 180 000 | 6      | 0     || 90000.0  | 75 %  | -25 % | 4.8         | 8.0
120 000  | 0       | 12     | 0     || 0.0      | 0 %   | -100 % | 12.0       |
""",
            plain=each(over),
            defines=(investment_return,),
        ),
        Spec(
            title="What the return hangs on",
            prose="Each input moved by a fifth, alone; the gain three months late. Gross reading, the widest first.",
            given="""
invested | gain
120 000  | 180 000
""",
            expected="""
of    | worse  | better
cost  | 25 %   | 87.5 %
gain  | 20 %   | 80 %
delay | 12.5 % | 50 %
""",
            plain=swings,
            defines=(sensitivity,),
        ),
        Spec(
            title="A missed call, as brochures have it",
            prose="""
                “3,000 for a single missed call” forgets the conversion: 750 can be expected, and that is revenue. One's
                own loss is asked for, and no benchmark stands in for it.
            """,
            given="""
basket | conversion | missed | purchases | years || their per call | their per day | their lifetime | expected life
500    | 25         | 5      | 2         | 3     || 125.0          | 625.0         | 3000.0         | 750.0
""",
            plain=each(worked_out("missed-call")),
        ),
        Spec(
            title="A missed call, with one's own figures",
            prose="Five calls of three people, six in ten with a new need, half of them reached later; margin 40 %.",
            settings={"basket": 500, "conversion": 25, "missed": 5, "purchases": 2, "years": 3},
            given="""
margin | people | new | recovered || per person | per day people | life person | asks
40     | 3      | 60  | 50        || 15.0       | 45.0           | 90.0        |
40     | 3      | 60  |           ||            |                |             | own_figures
""",
            plain=lambda rows, **settings: [
                {"per_person": None, "per_day_people": None, "life_person": None, **answered}
                for answered in each(worked_out("missed-call"))(rows, **settings)
            ],
        ),
        Spec(
            title="A campaign",
            prose="A return of 200 % on revenue that is 0 % on the margin.",
            settings={"cost": 4000, "opportunities": 80, "sale": 1200, "margin": 400},
            given="""
conversion || their roi revenue | their ratio | roi margin | cpq  | break even | sales
12.5       || 200 %             | 3.0         | 0 %        | 50.0 | 50.0       | 10.0
10         || 140 %             | 2.4         | -20 %      | 50.0 | 40.0       | 8.0
""",
            plain=each(worked_out("campaign")),
        ),
        Spec(
            title="The cost per opportunity that leaves a profit",
            prose="“Under 40 to be profitable” is break-even; half the margin as profit asks for 20.",
            settings={"cost": 4000, "opportunities": 80, "sale": 1200, "margin": 400},
            given="""
conversion | profit || break even | target cpq
10         |        || 40.0       | 40.0
10         | 50     || 40.0       | 20.0
""",
            plain=each(worked_out("campaign")),
        ),
        Spec(
            title="Conversion under three denominators",
            prose="300 opportunities of 10,000 dials, of 2,500 conversations, of 4,000 people.",
            given="""
opportunities | dials | contacts | people || their tco | per dial low | per dial high | per contact | per person
300           | 10000 | 2500     | 4000   || 3 %       | 2.68 %       | 3.35 %        | 12 %        | 7.5 %
""",
            plain=each(worked_out("conversion")),
        ),
        Spec(
            title="A score and its margin",
            prose="60/20/20 with 30, 50 and 200 answers.",
            given="""
promoters | passives | detractors || their score | margin | interval low | interval high | asks
18        | 6        | 6          || 40.0        | 28.6   | 11.4         | 68.6          |
30        | 10       | 10         || 40.0        | 22.2   | 17.8         | 62.2          |
120       | 40       | 40         || 40.0        | 11.1   | 28.9         | 51.1          |
6         | 2        | 2          || 40.0        | 49.6   | -9.6         | 89.6          | answers
""",
            plain=each(worked_out("nps")),
        ),
        Spec(
            title="How long a test takes",
            prose="A shop with 42 missed calls a month needs seventeen months for 30 → 40 %.",
            given="""
base | changed | month || their two weeks | per arm | months
3    | 4       | 2000  || 0.5             | 5301.0  | 5.3
3    | 3.6     | 2000  || 0.5             | 13914.0 | 13.9
1    | 2       | 2000  || 0.5             | 2319.0  | 2.3
30   | 40      | 42    || 0.5             | 356.0   | 17.0
30   | 35      | 42    || 0.5             | 1377.0  | 65.6
""",
            plain=each(worked_out("sample-size")),
        ),
        Spec(
            title="Advertising for missed calls",
            prose="30 of 50 is 60 %, and the 600 are spent either way.",
            given="""
spend | calls | missed || their wasted | missed rate | sunk
1000  | 50    | 30     || 600.0        | 60 %        | 600.0
""",
            plain=each(worked_out("advertising")),
        ),
        Spec(
            title="Demand and capacity",
            prose="40 % too many is no missed rate.",
            given="""
demand | capacity || their missed | excess
300    | 180      || 40 %         | 40 %
""",
            plain=each(worked_out("capacity")),
        ),
        Spec(
            title="What cannot be used",
            prose="A refusal names the field and the reason.",
            given="""
opportunities | dials | contacts | people || refused
300           | 100   |          |        || dials fewer
many          | 100   |          |        || opportunities number
1.5           | 100   |          |        || opportunities whole
3             | 0     |          |        || dials least
""",
            plain=each(worked_out("conversion")),
            defines=(answer,),
        ),
    ),
)
