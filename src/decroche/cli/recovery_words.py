"""``decroche recovery playbook``, ``words`` and ``preview``: what is done and said, checked before it is used."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from decroche.cli.connecting import Data, Database, Lang, Of, Settings
from decroche.cli.recovery import Desk, at_desk, recovery
from decroche.connectors.platforms import PLATFORMS
from decroche.language import LANGUAGES
from decroche.ledger.audit_log import COMMAND, note
from decroche.recover import playbook_toml, words_toml
from decroche.recover.activation import chosen, sending_of
from decroche.recover.previews import Preview, example_values, preview
from decroche.recover.templates import Channel
from decroche.recover.toml_tables import BadFile
from decroche.recover.workflows.configuring import NotReady, check_playbook, check_words, use_playbook, use_words

_File = Annotated[Path | None, typer.Argument(metavar="[FILE]", help="A TOML file; after show: a name.")]


@recovery.command("playbook")
def playbook(
    what: Annotated[str, typer.Argument(help="list; show NAME; check FILE; use FILE.")] = "list",
    file: _File = None,
    site: Annotated[str, typer.Option(help="Where it holds; everywhere when left out.")] = "",
    department: Annotated[str, typer.Option(help="For which department; for all when left out.")] = "",
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """List playbooks, show one to be copied, check a file, or use it."""
    with at_desk(lang, settings, data, database, of) as desk:
        speaker = desk.speaker
        if what == "list":
            own = desk.wishes().playbooks
            for name, found in playbook_toml.shipped().items():
                print(f"  {name}: {found.title(speaker.language.code)}")
            for place in sorted(own):
                speaker.say("own_playbook", site=place[0] or "*", department=place[1] or "*")
        elif what == "show" and str(file) in playbook_toml.SHIPPED:
            print(playbook_toml.shipped_text(str(file)))
        elif what in {"check", "use"} and file is not None:
            body = _read(desk, file)
            try:
                if what == "check":
                    name = check_playbook(desk.wishes(), body).name
                else:
                    with desk.ledger.writing() as connection:
                        name = use_playbook(
                            connection, desk.account, body, PLATFORMS, site=site, department=department, now=desk.now
                        ).name
                        places = {"site": site, "department": department}
                        note(connection, desk.account, COMMAND, "playbook.used", name, places, at=desk.now)
            except BadFile as error:
                _bad(desk, error)
            except NotReady as error:
                desk.stop(error.obstacles)
            speaker.say("playbook_good" if what == "check" else "playbook_used", name=name)
        else:
            speaker.fail("words_of_playbook", known=", ".join(playbook_toml.SHIPPED))


@recovery.command("words")
def words(
    what: Annotated[str, typer.Argument(help="show; check FILE; use FILE.")] = "show",
    file: _File = None,
    language: Annotated[str, typer.Option(help="Of the words: fr, fr-CA or en.")] = "fr",
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Show the words that come with the program, check words of your own, or use them."""
    with at_desk(lang, settings, data, database, of) as desk:
        if language not in LANGUAGES or what not in {"show", "check", "use"} or (file is None) != (what == "show"):
            desk.speaker.fail("words_of_words")
        if file is None:
            print(words_toml.shipped_text(language))
            return
        body = _read(desk, file)
        try:
            if what == "check":
                if refused := check_words(desk.wishes(), body, language, desk.now):
                    desk.stop(refused)
            else:
                with desk.ledger.writing() as connection:
                    use_words(connection, desk.account, body, language, PLATFORMS, now=desk.now)
                    note(connection, desk.account, COMMAND, "words.used", "", {"language": language}, at=desk.now)
        except BadFile as error:
            _bad(desk, error)
        except NotReady as error:
            desk.stop(error.obstacles)
        desk.speaker.say("words_good" if what == "check" else "words_used", language=language)


@recovery.command("preview")
def show_preview(
    template: Annotated[str, typer.Argument(help="Such as missed, slots or opted_out.")],
    language: Annotated[str | None, typer.Option(help="Only in this one: fr, fr-CA or en.")] = None,
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Show a message as callers get it: words, segments, price, and what is wrong with it."""
    with at_desk(lang, settings, data, database, of) as desk:
        if language is not None and language not in LANGUAGES:
            desk.speaker.fail("words_of_words")
        shown = 0
        for code in LANGUAGES if language is None else (language,):
            for name, found in previews(desk, template, code):
                shown += 1
                _show(desk, name, found)
        if not shown:
            known = ", ".join(sorted(words_toml.names(words_toml.shipped_words(), Channel.TEXT)))
            desk.speaker.fail("no_such_template", known=known)


def previews(desk: Desk, template: str, language: str) -> list[tuple[str, Preview]]:
    """The texts of a template in a language, each with for whom it is."""
    known = desk.wishes()
    wanted = known.settings
    values = example_values(
        known.local(desk.now) + timedelta(),
        business=wanted.business or "Entreprise",
        phone=wanted.phone or "01 99 00 00 00",
        link=f"{wanted.links.rstrip('/') or 'https://exemple.fr'}/r/abcdefghijklmnop",
    )
    trade = next((each.trade for each in known.in_use), None)
    variants = chosen(template, Channel.TEXT, language, trade, known.own, words_toml.shipped_words())
    sending = sending_of(wanted, known.place)
    found = []
    for each in variants:
        if each.language == language:
            when = [desk.speaker.language.say(f"hour_class.{hour}").lower() for hour in each.hour_classes]
            whom = " – ".join((language, desk.speaker.language.listing(when))) if when else language
            found.append((whom, preview(each, values, sending, plain=True)))
    return found


def _show(desk: Desk, whom: str, found: Preview) -> None:
    speaker = desk.speaker
    print(f"[{whom}]")
    print(found.text or speaker.text("values_missing", names=", ".join(found.missing)))
    if found.segments is not None:
        price = None if found.price is None else (float(found.price), found.price.currency, 3)
        key = "preview_segments" if price is None else "preview_priced"
        speaker.say(
            key,
            segments=found.segments.segments,
            encoding=speaker.text(f"alphabet_{found.segments.encoding}"),
            price=price,
        )
    for finding in found.findings:
        print(f"  {finding.said(speaker.language)}")


def _read(desk: Desk, file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        desk.speaker.fail("not_text", file=file)
    except OSError as error:
        desk.speaker.no_access(error, Path())


def _bad(desk: Desk, error: BadFile) -> None:
    desk.speaker.stop("\n".join(each.said(desk.speaker.language) for each in error.problems))
