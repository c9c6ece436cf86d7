"""The settings and the first run, page by page: what is kept, what is refused in words, and what the log says of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from decroche.api.schemas import KINDS as KINDS_OF_API
from decroche.connectors.platforms import PLATFORMS
from decroche.ledger.member_tables import audit_log
from decroche.ledger.outgoing import KINDS
from decroche.ledger.setting_up import read_endpoints
from decroche.ledger.tables import accounts, endpoints
from decroche.model.member import Role
from decroche.server_settings import ServerSettings
from decroche.web.first_steps import STEPS, next_step
from tests.recover.stage import eventually
from tests.web.garage import Garage, garage


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Garage]:
    with garage(tmp_path) as found:
        yield found


@pytest.fixture
def owner(here: Garage) -> httpx.Client:
    return here.browser(Role.OWNER)


def acts(here: Garage) -> list[tuple[str, str]]:
    with here.server.ledger.reading() as connection:
        rows = connection.execute(sa.select(audit_log.c.action, audit_log.c.details).order_by(audit_log.c.id))
        return [(row.action, row.details) for row in rows]


def done(answer: httpx.Response) -> str:
    assert answer.status_code == 303, re.findall(r'class="alert bad".*?</div>', answer.text, re.S)
    return answer.headers["location"]


def test_the_week_is_kept_as_typed_and_what_overlaps_is_refused_in_words(here: Garage, owner: httpx.Client) -> None:
    page = owner.get("/settings/hours").text
    assert 'name="from-1-0" value="00:00"' in page and "Armistice" in page
    week = {"from-1-0": "08:00", "to-1-0": "12:00", "from-1-1": "14:00", "to-1-1": "18:00", "from-6-0": "22:00",
            "to-6-0": "00:00"}  # fmt: skip
    assert done(owner.post("/settings/hours", data=week)) == "/settings/hours?done=hours_kept"
    with here.server.ledger.for_account("a1") as account:
        assert [row["week"] for row in account.opening_hours()] == ["mon 08:00-12:00 14:00-18:00; sat 22:00-24:00"]
    wrong = owner.post("/settings/hours", data={"from-1-0": "08:00", "to-1-0": "12:00", "from-1-1": "11:00"})
    assert wrong.status_code == 422 and "deux plages se chevauchent" in wrong.text and 'value="11:00"' in wrong.text
    assert acts(here)[-1] == (
        "hours.week_set",
        '{"site":"","department":"","week":"mon 08:00-12:00 14:00-18:00; sat 22:00-24:00"}',
    )


def test_a_holiday_is_worked_and_given_back_and_a_day_of_ones_own_closed(here: Garage, owner: httpx.Client) -> None:
    for act, shown in (("open", "férié, ouvert"), ("reset", "férié, fermé")):
        done(owner.post("/settings/hours/days", data={"day": "2026-12-25", "act": act}))
        assert shown in owner.get("/settings/hours").text
    done(owner.post("/settings/hours/days", data={"day": "2026-12-24", "act": "close", "name": "<b>Inventaire"}))
    page = owner.get("/settings/hours").text
    assert "&lt;b&gt;Inventaire" in page and "fermé, ajouté" in page
    assert owner.post("/settings/hours/days", data={"day": "demain", "act": "close"}).status_code == 422


def test_sites_and_lines_are_added_changed_and_removed(here: Garage, owner: httpx.Client) -> None:
    done(owner.post("/settings/sites", data={"name": "Bron", "zone": ""}))
    assert "s’appelle déjà" in owner.post("/settings/sites", data={"name": "bron"}).text
    line = {"name": "Atelier Bron", "number": "04 65 71 42 99", "site": "Bron", "department": "Atelier"}
    done(owner.post("/settings/lines", data=line))
    assert "04 65 71 42 99" in owner.get("/settings/lines").text
    assert "a déjà ce numéro" in owner.post("/settings/lines", data=line).text
    assert "ne se lit pas" in owner.post("/settings/lines", data={**line, "number": "12"}).text
    with here.server.ledger.for_account("a1") as account:
        [id] = [row["id"] for row in account.lines() if row["name"] == "Atelier Bron"]
        [site] = [row["id"] for row in account.sites() if row["name"] == "Bron"]
    done(owner.post(f"/settings/sites/{site}", data={"name": "Lyon Est", "zone": ""}))
    still = owner.post(f"/settings/sites/{site}/remove")
    assert still.status_code == 422 and "sert encore" in still.text and "Atelier Bron" in still.text
    done(owner.post(f"/settings/lines/{id}/remove"))
    with here.server.ledger.for_account("a1") as account:
        assert [row["name"] for row in account.sites()] == ["Lyon Est", "Site a1"]
        assert [row["name"] for row in account.lines()] == ["Ligne a1"]
    assert "Retirer le site" in owner.get("/settings/sites").text
    assert done(owner.post(f"/settings/sites/{site}/remove")) == "/settings/sites?done=site_removed"
    assert "Lyon Est" not in owner.get("/settings/sites").text
    place = {"site": "Site a1", "department": "Atelier"}
    assert "Ligne a1" in owner.post("/settings/sites/departments/remove", data=place).text
    assert owner.post("/settings/sites/departments/remove", data={"department": "Mars"}).status_code == 422
    assert "0465714299" not in str(acts(here)) and "65 71 42 99" not in str(acts(here))


def test_who_sees_one_site_changes_nothing_of_the_others(here: Garage, owner: httpx.Client) -> None:
    done(owner.post("/settings/sites", data={"name": "Bron"}))
    narrow = here.browser(Role.SUPERVISOR, sites=["Bron"])
    assert "Site a1" not in narrow.get("/settings/sites").text
    for path in ("/settings/business", "/settings/recovery", "/settings/texts", "/settings/phone-systems"):
        assert narrow.get(path).status_code == 403, path
    with here.server.ledger.for_account("a1") as account:
        before = (account.lines(), account.opening_hours())
        [line], [site] = (
            [row["id"] for row in rows if "a1" in row["name"]] for rows in (account.lines(), account.sites())
        )
    narrow.post(f"/settings/lines/{line}/remove")
    narrow.post(f"/settings/sites/{site}", data={"name": "Autre"})
    narrow.post("/settings/hours", data={"from-1-0": "01:00", "to-1-0": "02:00"})
    narrow.post("/settings/hours", data={"from-1-0": "01:00", "to-1-0": "02:00", "site": "Site a1"})
    assert narrow.post("/settings/sites", data={"name": "Mars"}).status_code == 403
    assert narrow.post(f"/settings/sites/{site}/remove").status_code == 403
    assert narrow.post("/settings/sites/departments/remove", data={"department": "Atelier"}).status_code == 403
    with here.server.ledger.for_account("a1") as account:
        assert (account.lines(), account.opening_hours()) == before


def test_a_key_is_sealed_never_shown_and_kept_when_nothing_is_typed(here: Garage, owner: httpx.Client) -> None:
    page = "/settings/phone-systems"
    given = {"name": "Standard Bron", "call_key": "clé-secrète-1", "region": "EU"}
    assert done(owner.post(f"{page}/ringover", data=given)) == f"{page}/ringover?done=system_connected"
    with here.server.ledger.reading() as connection:
        [id] = connection.execute(sa.select(endpoints.c.id).where(endpoints.c.name == "Standard Bron")).scalars()
    assert "clé-secrète-1" not in owner.get(page).text + owner.get(f"{page}/ringover").text + str(acts(here))
    done(owner.post(f"{page}/{id}/keys", data={"call_key": "", "after_call_key": "clé-secrète-2"}))
    box = ServerSettings(data=here.folder).box()
    with here.server.ledger.reading() as connection:
        [made] = [each for each in read_endpoints(connection, box) if each.id == id]
    assert made.secret == {"call_key": "clé-secrète-1", "after_call_key": "clé-secrète-2"}
    assert made.settings["zone"] == "Europe/Paris" and made.settings["country"] == "FR"
    done(owner.post(f"{page}/{id}/rename", data={"name": "Bron"}))
    theirs = here.browser(Role.OWNER, of=here.other)
    assert theirs.post(f"{page}/{id}/remove").status_code == 404
    done(owner.post(f"{page}/{id}/remove"))
    assert "Bron" not in owner.get(page).text
    missing = owner.post(f"{page}/twilio", data={"name": "Textos"})
    assert missing.status_code == 422 and "Ce réglage est nécessaire" in missing.text


def test_a_webhook_shows_its_secret_once(here: Garage, owner: httpx.Client) -> None:
    assert KINDS == KINDS_OF_API
    made = owner.post("/settings/webhooks", data={"url": "https://crm.example/in", "kinds": ["call.missed"]})
    [secret] = re.findall(r"<code>(\S{40,})</code>", made.text)
    again = owner.get("/settings/webhooks").text
    assert secret not in again and "https://crm.example/in" in again and "call.missed" in again
    for wrong in ("ftp://x", "https://", "https://a b", "javascript:alert(1)"):
        assert owner.post("/settings/webhooks", data={"url": wrong}).status_code == 422, wrong
    [id] = re.findall(r"/settings/webhooks/(\w+)/remove", again)
    here.browser(Role.OWNER, of=here.other).post(f"/settings/webhooks/{id}/remove")
    assert "crm.example" in owner.get("/settings/webhooks").text
    done(owner.post(f"/settings/webhooks/{id}/remove"))
    assert "Aucun webhook" in owner.get("/settings/webhooks").text


def test_rules_are_told_with_their_sources_and_those_to_come_with_their_day(owner: httpx.Client) -> None:
    page = owner.get("/settings/rules").text
    assert "votre pays" in page and "RGPD art. 6" in page and "texte officiel" in page
    assert "LCAP" in owner.get("/settings/rules?country=CA").text
    assert owner.get("/settings/rules?country=<x>").status_code == 200


def test_a_text_is_looked_over_kept_and_given_back(here: Garage, owner: httpx.Client) -> None:
    path, key = "/settings/texts/missed", {"spoken": "fr", "key": "||", "id": "0"}
    looked = owner.post(f"{path}/look", data={**key, "body": "Promo : -20 % chez {business} ! STOP"}).text
    assert "Refusé" in looked and "<html" not in looked
    assert "SMS facturés" in owner.post(f"{path}/look", data={**key, "body": "{business} ê STOP " + "a" * 90}).text
    assert "pas une variable" in owner.post(f"{path}/look", data={**key, "body": "{busines} STOP"}).text
    refused = owner.post(path, data={**key, "body": "Nous vous rappelons."})
    assert refused.status_code == 422 and "Nous vous rappelons." in refused.text
    mine = "{business} : bonjour, on vous rappelle. STOP = plus de SMS."
    done(owner.post(path, data={**key, "body": mine}))
    page = owner.get(path).text
    assert mine in page and "nous sommes fermés jusqu&#39;à {opening}" in page, "the wording of closed hours stays"
    done(owner.post(f"{path}/reset", data=key))
    assert mine not in owner.get(path).text
    assert [act for act, _ in acts(here)][-2:] == ["words.written", "words.reset"]
    assert owner.get("/settings/texts/nothing").status_code == 404


def test_a_playbook_is_told_in_words_chosen_and_checked_by_line(here: Garage, owner: httpx.Client) -> None:
    page = " ".join(owner.get("/settings/playbooks").text.split())
    assert "30 s après l’appel manqué" in page and "Le patron prend la suite" in page
    done(owner.post("/settings/playbooks", data={"name": "clinic"}))
    body = owner.get("/settings/playbooks/edit?copy=garage").text
    assert "[[step]]" in body
    wrong = owner.post("/settings/playbooks/check", data={"body": 'name = "x"\ntrad = 3\n'}).text
    assert "ligne 2" in wrong.lower() and "trade" in wrong
    from decroche.recover.playbook_toml import shipped_text

    mine = {"body": shipped_text("garage").replace("\n", "\r\n"), "site": "Site a1", "department": ""}
    done(owner.post("/settings/playbooks/edit", data=mine))
    assert "Site a1 – Garage" in owner.get("/settings/playbooks").text
    done(owner.post("/settings/playbooks/remove", data={"site": "Site a1", "department": ""}))
    assert "Site a1 – Garage" not in owner.get("/settings/playbooks").text
    assert [act for act, _ in acts(here)][-3:] == ["playbook.chosen", "playbook.written", "playbook.removed"]


def test_sending_is_set_up_in_words_and_not_switched_on_against_what_stands_in_the_way(
    here: Garage, owner: httpx.Client
) -> None:
    proposed = owner.get("/settings/recovery").text
    assert 'value="Garage Martin"' in proposed and 'value="04 65 71 42 00"' in proposed, (
        "what is known is not asked for"
    )
    given = {"business": "Garage Martin", "phone": "04 65 71 42 00", "daily_cap": "12,5", "holdout": "0"}
    done(owner.post("/settings/recovery", data=given))
    page = owner.get("/settings/recovery").text
    assert 'value="12,5"' in page and "Avant d’allumer les envois" in page and "Allumer les envois" not in page
    refused = owner.post("/settings/recovery/switch", data={"on": "yes"})
    assert refused.status_code == 422
    assert owner.post("/settings/recovery", data={"daily_cap": "beaucoup"}).status_code == 422
    assert owner.post("/settings/recovery", data={"holdout": "80"}).status_code == 422
    assert "04 65 71" not in str(acts(here))


def test_the_team_and_its_rota(here: Garage, owner: httpx.Client) -> None:
    person = {"name": "Zoé", "roles": "owner, reception", "email": "zoe@garage.example"}
    done(owner.post("/settings/team/people", data=person))
    done(owner.post("/settings/team/shifts", data={"member": "Zoé", "week": "lun-ven 18:00-22:00"}))
    done(owner.post("/settings/team/rungs", data={"minutes": "15", "to": "role:owner"}))
    done(owner.post("/settings/team/people", data={**person, "before": "Zoé", "name": "Zoé B."}))
    page = owner.get("/settings/team").text
    assert "Zoé B." in page and "lun-ven 18:00-22:00" in page and "après 15 min" in page
    assert "Le patron et l’accueil" in page and "d’abord en cas d’urgence" in page and "role:owner<" not in page
    done(
        owner.post(
            "/settings/team/people",
            data={**person, "before": "Zoé B.", "name": "Zoé B.", "role": ["owner"], "roles": "veilleur"},
        )
    )
    page = owner.get("/settings/team").text
    assert "Le patron et veilleur" in page and 'value="owner" checked' in page and 'value="role:veilleur"' in page
    for form in ({"member": "Zoé B.", "week": "jamais"}, {"member": "Inconnu", "week": "lun 8-9"}):
        assert owner.post("/settings/team/shifts", data=form).status_code == 422
    assert owner.post("/settings/team/rungs", data={"minutes": "x", "to": "role:owner"}).status_code == 422
    done(owner.post("/settings/team/people/remove", data={"name": "Zoé B."}))
    assert "Personne n’est prévenu" in owner.get("/settings/team").text


def test_what_is_uploaded_is_bounded(here: Garage, owner: httpx.Client) -> None:
    address = f"/settings/import/{here.mine.endpoint}"
    big = owner.post(address, content=b"x", headers={"Content-Length": "300000000", "Content-Type": "text/plain"})
    assert big.status_code == 422 and "200" in big.text
    assert owner.post(address, files={"other": ("a.csv", b"a")}).status_code == 422
    theirs = here.browser(Role.OWNER, of=here.other)
    assert done(theirs.post(address, files={"file": ("a.csv", b"a;b\n1;2\n")})) == "/settings/import"
    assert "a.csv" not in theirs.get("/settings/import").text


@pytest.mark.hard
def test_past_calls_are_imported_beside_the_requests_and_accounted_for(here: Garage, owner: httpx.Client) -> None:
    rows = ["Début;Sens;Appelant;Appelé;Durée;Répondu"]
    rows += [
        f"{day:02d}/10/2026 10:{day:02d}:00;entrant;+3363998{1000 + day};+33465714200;{day};non" for day in range(1, 29)
    ]
    export = "\n".join([*rows, "pas une date;entrant;+33639981234;+33465714200;5;oui", ""]).encode()
    address = f"/first-run/import/{here.mine.endpoint}"
    done(owner.post(address, files={"file": ("<b>octobre.csv", export)}))
    eventually(lambda: "<progress" not in owner.get("/first-run/import/now").text)
    text = owner.get("/first-run/import/now").text
    text = " ".join(text.split())
    assert "29 lignes lues" in text and "28 appels" in text and "1 illisible" in text, text
    assert "&lt;b&gt;octobre.csv" in text


def test_the_first_run_is_taken_up_where_it_was_left(tmp_path: Path) -> None:
    with garage(tmp_path, businesses=False) as here:
        with here.server.ledger.writing() as connection:
            from decroche.ledger.setting_up import add_account
            from tests.web.garage import NOW

            add_account(
                connection, id="a1", name="Garage Martin", country="FR", zone="Europe/Paris", language="fr", now=NOW
            )
        owner = here.browser(Role.OWNER, of=replace(here.mine, account="a1"))
        for step in STEPS:
            page = owner.get(f"/first-run/{step}")
            assert page.status_code == 200, step
            assert ("Passer cette étape" in page.text) == (step != "business"), step
            assert "Reprendre plus tard" in page.text
        assert "Mise en route : 1 étape faite sur 10" in " ".join(owner.get("/settings").text.split())
        assert "personne n’arrive dans la liste à rappeler" in owner.get("/first-run/on").text
        hours = owner.get("/first-run/hours").text
        assert "Rien n’est enregistré" in hours and 'value="14:00"' in hours, "a week is proposed, and not yet kept"
        done(owner.post("/first-run/sites", data={"name": "Lyon"}))
        assert done(owner.post("/first-run/hours", data={"from-1-0": "08:00", "to-1-0": "12:00"})).startswith(
            "/first-run/hours"
        )
        with here.server.ledger.reading() as connection:
            assert next_step(connection, "a1", PLATFORMS) == "lines"
            assert connection.execute(sa.select(sa.func.count()).select_from(accounts)).scalar_one() == 1
        done(owner.post("/first-run/playbooks", data={"name": "garage"}))
        assert "rangés dans la liste à rappeler" in owner.get("/first-run/on").text
