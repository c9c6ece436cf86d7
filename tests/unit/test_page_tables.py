"""What is read of a page for a file: its tables and lists, numbers as numbers, and nothing that is done there."""

from __future__ import annotations

from datetime import UTC, datetime

from decroche.language import Language
from decroche.web.page_tables import offers_files, tables_of, value_of

TABLE = """
<h2>Lignes</h2><div class="table-frame"><table class="cards" role="table"><caption class="unseen">Appels</caption>
<thead><tr><th>Quand</th><th class="number">Attente</th></tr></thead>
<tbody><tr><th scope="row"><time datetime="2026-11-16T09:12:00Z">ce matin</time></th>
<td class="number"><span><a href="/x">1\u202f234,5</a></span></td></tr>
<tr><th scope="row">Ann &amp; <b>Bob</b><span class="unseen"> – ouvrir</span></th>
<td class="number"><span>–</span></td></tr>
</tbody></table></div>
"""
LIST = """
<h2>Coûts</h2><ul class="items">
<li class="item plain"><div class="item-head"><b>Salaires</b> <span class="badge good">compté</span>
<span class="when">9 000 €</span></div><p>par mois</p><p>par file</p>
<div class="item-do"><form><button>Ôter</button></form></div></li>
</ul><p>rien</p>
"""


def test_a_table_is_its_columns_and_cells() -> None:
    (table,) = tables_of(TABLE).tables
    assert (table.title, table.columns) == ("Appels", ["Quand", "Attente"])
    assert [[cell.text for cell in row] for row in table.rows] == [["ce matin", "1\u202f234,5"], ["Ann & Bob", "–"]]
    french = Language("fr")
    values = [[value_of(cell, french) for cell in row] for row in table.rows]
    assert values == [[datetime(2026, 11, 16, 9, 12, tzinfo=UTC), 1234.5], ["Ann & Bob", None]]
    assert value_of(table.rows[0][1], Language("en")) == 12345


def test_a_list_is_what_each_line_says() -> None:
    (found,) = tables_of(LIST).tables
    assert found.title == "Coûts"
    assert [[cell.text for cell in row] for row in found.rows] == [
        ["Salaires", "compté", "9 000 €", "par mois par file"]
    ]


def test_what_comes_later_and_what_follows_is_found() -> None:
    page = '<div hx-get="/costs/figures?by=queue" hx-trigger="load"></div><a href="/calls?after=x" rel="next">Suite</a>'
    found = tables_of(page)
    assert (found.parts, found.next, found.waiting) == (["/costs/figures?by=queue"], "/calls?after=x", False)
    assert tables_of('<div hx-get="/x" hx-trigger="load delay:3s"></div>').waiting


def test_files_are_offered_where_there_is_something_to_take() -> None:
    assert offers_files(TABLE) and offers_files(LIST)
    assert not offers_files("<p>rien</p>") and not offers_files("<table><tr><td>aide</td></tr></table>")
    assert not offers_files(TABLE + '<p class="row export"><a href="/calls.csv">CSV</a></p>')
