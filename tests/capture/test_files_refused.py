"""What is no export of calls, or not safe to open, is refused in one sentence of the reader's language."""

from __future__ import annotations

import csv
import gzip
import io
import json
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from decroche.capture.files.errors import UnreadableFile
from decroche.capture.files.opening import Kind, Limits, OpenedFile, open_files
from decroche.cli import app
from tests.capture.made_files import HEADINGS, ROWS_MADE, lines_with, row_text, table, workbook, zipped

WHOLE = table().encode()
PHOTO = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(number * number % 251 for number in range(20_000))
WORKBOOK = workbook([("Calls", [HEADINGS, *ROWS_MADE])])


def _patched(archive: bytes, *, local: int, central: int, value: bytes) -> bytes:
    """The archive with bytes changed in the header of its first member and in its entry of the directory."""
    changed, entry = bytearray(archive), archive.index(b"PK\x01\x02")
    changed[local : local + len(value)] = value
    changed[entry + central : entry + central + len(value)] = value
    return bytes(changed)


def _spread_out() -> bytes:
    """A workbook with one more cell in the last corner of its sheet."""
    source, packed = zipfile.ZipFile(io.BytesIO(WORKBOOK)), io.BytesIO()
    corner = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    with zipfile.ZipFile(packed, "w") as archive:
        for info in source.infolist():
            archive.writestr(info.filename, source.read(info).replace(b"</sheetData>", corner))
    return packed.getvalue()


def _nested(times: int) -> bytes:
    packed = WHOLE
    for _ in range(times):
        packed = zipped([("inner.zip", packed)])
    return packed


#: name, bytes, a word of the French sentence, a word of the English one
REFUSED = (
    ("empty.csv", b"", "vide", "is empty"),
    ("blank.csv", b"\n \n\n", "ne ressemble pas", "does not look like"),
    ("headings.csv", table(rows=()).encode(), "titres de colonnes", "column headings"),
    ("photo.jpg", PHOTO, "n’est pas un export", "is not an export"),
    ("photo.png", b"\x89PNG\r\n\x1a\n" + struct.pack(">20I", *range(20)), "n’est pas un export", "is not an export"),
    ("letter.pdf", b"%PDF-1.4\n%\xe2\xe3\n1 0 obj\n" + PHOTO, "n’est pas un export", "is not an export"),
    ("plain.pdf", b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n" * 20, "ne ressemble pas", "does not look like"),
    ("notes.txt", b"Dear all\nplease call back\nthanks\n", "ne ressemble pas", "does not look like"),
    ("one.csv", "\n".join(row[0] for row in ROWS_MADE).encode(), "ne ressemble pas", "does not look like"),
    ("wide.csv", (";".join(f"c{n}" for n in range(5000)) + "\n").encode() * 3, "5000 colonnes", "5000 columns"),
    ("array.json", json.dumps([{"a": 1}]).encode(), "d’un seul tenant", "in one piece"),
    ("object.json", json.dumps({"calls": []}, indent=1).encode(), "d’un seul tenant", "in one piece"),
    ("cut.csv.gz", gzip.compress(WHOLE)[:-9], "incomplète", "incomplete"),
    ("empty.csv.gz", gzip.compress(b""), "vide", "is empty"),
    ("bomb.csv.gz", gzip.compress(bytes(70_000_000)), "démesurément", "out of all proportion"),
    ("bomb.zip", zipped([("z.csv", bytes(70_000_000))]), "démesurément", "out of all proportion"),
    ("cut.zip", zipped([("a.csv", WHOLE)])[:-30], "abîmée", "damaged"),
    ("none.zip", zipped([]), "aucun fichier", "no file"),
    ("many.zip", zipped([(f"{n}.csv", b"a;b\n") for n in range(1001)]), "1001 fichiers", "1001 files"),
    ("deep.zip", _nested(6), "emboîtées", "inside one another"),
    (
        "secret.zip",
        _patched(zipped([("a.csv", WHOLE)]), local=6, central=8, value=b"\x01\x00"),
        "mot de passe",
        "password",
    ),
    (
        "liar.zip",
        _patched(zipped([("a.csv", bytes(9_000_000))]), local=22, central=24, value=(99).to_bytes(4, "little")),
        "abîmée",
        "damaged",
    ),
    ("odd.zip", _patched(zipped([("a.csv", WHOLE)]), local=8, central=10, value=b"\x63\x00"), "abîmée", "damaged"),
    ("cut.xlsx", WORKBOOK[:-200], "abîmée", "damaged"),
    ("corner.xlsx", _spread_out(), "démesurément", "out of all proportion"),
    ("blank.xlsx", workbook([("Empty", [])]), "une seule colonne", "only one column"),
    ("cut.parquet", b"PAR1" + WHOLE, "abîmé", "damaged"),
)


@pytest.mark.parametrize(("name", "content", "french", "english"), REFUSED, ids=[each[0] for each in REFUSED])
def test_a_file_that_cannot_be_read_is_refused_in_both_languages(
    tmp_path: Path, name: str, content: bytes, french: str, english: str
) -> None:
    path, out = tmp_path / name, tmp_path / "out"
    path.write_bytes(content)
    for language, said in (("fr", french), ("en", english)):
        done = CliRunner().invoke(app, ["audit", str(path), "--out", str(out), "--lang", language])
        assert done.exit_code == 2
        assert said in done.stderr.replace("\u202f", " ").replace("\u00a0", " ")
        assert done.stderr.startswith("L’archive") or name.split(".")[0] in done.stderr
        assert done.stdout == ""
        assert list(out.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "french", "english"),
    [
        (["/nowhere/calls.csv"], "n’existe pas", "does not exist"),
        (["."], "est un dossier", "is a folder"),
        (["/dev/null"], "fichier ordinaire", "ordinary file"),
        (["{file}", "--zone", "Mars/Phobos"], "fuseau horaire", "no time zone"),
        (["{file}", "--country", "ZZ"], "jours fériés", "holidays"),
        (["{file}", "--margin", "abc"], "« margin » ne convient pas", "margin: 'abc' is not a number"),
        (["{file}", "--hours", "nonsense"], "« nonsense » sont illisibles", "“nonsense” cannot be read"),
        (["{file}", "--mapping", "/nowhere/mapping.toml"], "n’existe pas", "does not exist"),
        (["{file}", "--mapping", "."], "c’est un dossier", "it is a folder"),
        (["{file}", "--settings", "/nowhere/audit.toml"], "n’existe pas", "does not exist"),
        (["{file}", "--memory", "much"], "Exemple : --memory 1200MB", "Example: --memory 1200MB"),
        (["{file}", "--out", "{file}"], "un fichier porte déjà ce nom", "a file has this name already"),
        (["{file}", "--out", "{file}/reports"], "n’est pas un dossier", "not a folder"),
        (["{file}", "--out", "/proc/reports"], "Impossible d’écrire", "Cannot write"),
    ],
)
def test_what_cannot_be_done_is_said_in_both_languages(
    tmp_path: Path, arguments: list[str], french: str, english: str
) -> None:
    (tmp_path / "calls.csv").write_bytes(WHOLE)
    typed = [each.format(file=tmp_path / "calls.csv") for each in arguments]
    if "--out" not in typed:
        typed += ["--out", str(tmp_path / "out")]
    for language, said in (("fr", french), ("en", english)):
        done = CliRunner().invoke(app, ["audit", *typed, "--lang", language])
        assert done.exit_code == 2
        assert said in done.stderr.replace("\u202f", " ").replace("\u00a0", " ")


def test_an_unknown_language_is_said() -> None:
    done = CliRunner().invoke(app, ["audit", "calls.csv", "--lang", "xx"])
    assert (done.exit_code, "xx" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    "text",
    [
        "audit = 1",
        "[audit]\nzone = 1",
        "[audit]\ncountry = 5",
        "[audit]\nbusiness = [1]",
        '[audit]\nanswer_within = "x"',
        "[audit]\nlanguage = 1",
        'hours = "x"',
        '[hours]\nall = "zz"',
        '[hours]\nsites = "x"',
        '[hours]\nplaces = ["x"]',
        '[hours.exceptions]\nfoo = "closed"',
        "holidays = 3",
        "[holidays]\nremoved = 5",
        "[holidays]\nremoved = [1]",
        '[holidays]\nconstruction_holiday = "no"',
        "loss = 3",
        "mapping = 1",
        "[mapping]\nx = 1",
        "[audit",
        "[other]",
    ],
)
def test_wrong_settings_end_in_a_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "calls.csv").write_bytes(WHOLE)
    (tmp_path / "audit.toml").write_text(text, encoding="utf-8")
    said = []
    for language in ("fr", "en"):
        typed = ["audit", str(tmp_path / "calls.csv"), "--out", str(tmp_path), "--lang", language]
        done = CliRunner().invoke(app, typed)
        assert done.exit_code == 2
        said.append(done.stderr)
    assert said[0] != said[1]


def opened(folder: Path, name: str, content: bytes, **limits: int) -> list[OpenedFile]:
    """The files that opening one gives."""
    path, scratch = folder / name, folder / "scratch"
    path.write_bytes(content)
    scratch.mkdir(exist_ok=True)
    return list(open_files([path], scratch, limits=Limits(**limits)))


def test_a_text_becomes_the_same_utf8_from_every_encoding(tmp_path: Path) -> None:
    text = table()
    for number, content in enumerate(
        (
            text.encode(),
            text.encode("cp1252"),
            text.encode("latin-1"),
            text.replace("\n", "\r\n").encode("utf-16"),
            text.encode("utf-16-le"),
            text.encode("utf-16-be"),
            text.encode("utf-32"),
            text.replace("\n", "\r").encode("mac_roman"),
            text.replace("\n", "\r\n", 5).encode(),
        )
    ):
        (found,) = opened(tmp_path, f"{number}.csv", content)
        assert found.path.read_bytes().decode() == text
        assert (found.kind, found.lines) == (Kind.TEXT, len(ROWS_MADE) + 1)


def test_line_ends_cut_in_two_by_the_reading_are_one(tmp_path: Path) -> None:
    # Texts are read 8 MiB at a time: one of these two has its \r in one piece and its \n in the next.
    row = "é" + "x" * 29 + "\r\n"
    for spare in ("", "y"):
        (found,) = opened(tmp_path, "large.csv", (spare + row * 270_000).encode("cp1252"))
        assert found.lines == 270_000


def test_a_line_over_the_limit_leaves_an_empty_line(tmp_path: Path) -> None:
    content = lines_with(l3=row_text(1) + "x" * 5000).encode()
    (found,) = opened(tmp_path, "a.csv", content, line_bytes=1000)
    assert [number for number, _ in found.dropped_lines] == [3]
    assert found.path.read_bytes().decode() == lines_with(l3="")


def test_archives_share_one_room(tmp_path: Path) -> None:
    inner = gzip.compress(b"a;b\n" * 1000)
    with pytest.raises(UnreadableFile) as refused:
        opened(tmp_path, "a.zip", zipped([(f"{n}.gz", inner) for n in range(9)]), growth_from=20_000, growth=1)
    assert refused.value.word == "archive_bomb"


_STREAMED = """
import gzip, random, sys
from pathlib import Path
from typer.testing import CliRunner
from decroche.cli import app
folder = Path(sys.argv[1])
chance = random.Random(1)
block = b"".join(chance.randbytes(25).hex().encode() * 20 for _ in range(1000))
rows = (folder / "calls.csv").read_bytes()
with gzip.open(folder / "endless.csv.gz", "wb", compresslevel=1) as packed:
    packed.write(rows)
    for _ in range(2200):
        packed.write(block)
    packed.write(b"\\nnever;0612345678;0387000000;Entrant;x;1;2\\n")
done = CliRunner().invoke(app, ["audit", str(folder / "endless.csv.gz"), "--out", str(folder / "out")])
# (What getrusage tells begins with what the process that started this one had.)
peak = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
print(done.exit_code, int(peak) // 1024)
print(done.output, done.exception)
"""


@pytest.mark.hard
def test_two_gigabytes_without_a_line_end_take_no_gigabyte_of_memory(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_bytes(WHOLE)
    done = subprocess.run(
        [sys.executable, "-c", _STREAMED, str(tmp_path)], capture_output=True, encoding="utf-8", check=True
    )
    code, megabytes = map(int, done.stdout.split("\n")[0].split())
    assert code == 0, done.stdout
    assert megabytes < 1000
    with (tmp_path / "out" / "rejected.csv").open(encoding="utf-8-sig", newline="") as stream:
        found = [(int(row["line"]), row["reason"]) for row in csv.DictReader(stream)]
    line = len(ROWS_MADE) + 2
    assert found == [(line, "line_too_long"), (line + 1, "start_unreadable")]
