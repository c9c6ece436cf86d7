"""What a server may be told, who wins, and which settings it refuses to start with."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from decroche.server_settings import BadServerSettings, LogLevel, Role, read_server_settings


@pytest.fixture(autouse=True)
def _bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("DATA", "DATABASE", "SECRET_KEY", "PUBLIC_URL", "TRUSTED_PROXIES", "HOST", "PORT", "ROLE"):
        monkeypatch.delenv(f"DECROCHE_{name}", raising=False)


def test_nothing_told_is_an_embedded_ledger_beside_us(tmp_path: Path) -> None:
    found = read_server_settings()
    assert found.ledger_file == tmp_path / "decroche-data" / "ledger.db"
    assert found.database_url == f"sqlite:///{tmp_path}/decroche-data/ledger.db"
    assert (found.embedded, found.role, found.log_level) == (True, Role.ALL, LogLevel.INFO)


def test_flags_win_over_the_environment_and_that_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "decroche.toml"
    file.write_text('host = "0.0.0.0"\nport = 1\nlog_level = "debug"\nquiet_unanswered = 600\n', encoding="utf-8")
    monkeypatch.setenv("DECROCHE_PORT", "2")
    monkeypatch.setenv("DECROCHE_LOG_LEVEL", "error")
    found = read_server_settings(file, log_level="warning", data=None)
    assert (found.host, found.port, found.log_level) == ("0.0.0.0", 2, LogLevel.WARNING)
    assert found.quiet_unanswered == timedelta(minutes=10)


def test_the_address_of_a_database_takes_our_driver_and_hides_its_password() -> None:
    found = read_server_settings(database="postgres://me:secret@db/calls", role="worker")
    assert found.database_url == "postgresql+psycopg://me:secret@db/calls"
    assert "secret" not in found.database_shown
    assert found.ledger_file is None


def test_proxies_are_networks_between_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DECROCHE_TRUSTED_PROXIES", "10.0.0.0/8, ::1")
    assert [str(each) for each in read_server_settings().trusted_proxies] == ["10.0.0.0/8", "::1/128"]


@pytest.mark.parametrize(
    ("key", "flags"),
    [
        ("database", {"database": "mysql://x/y"}),
        ("database", {"database": "calls"}),
        ("public_url", {"public_url": "calls.example.com"}),
        ("oidc_issuer", {"oidc_issuer": "http://login.example.com"}),
        ("oidc_issuer", {"oidc_issuer": "https://login.example.com?realm=1"}),
        ("oidc_issuer", {"oidc_issuer": "login.example.com"}),
        ("", {"oidc_issuer": "https://login.example.com", "oidc_client_id": "decroche"}),
        ("port", {"port": 70000}),
        ("role", {"role": "boss"}),
        ("", {"role": "web"}),
        ("trusted_proxies", {"trusted_proxies": "10.0.0.1/8"}),
        ("quiet_answered", {"quiet_answered": timedelta(seconds=5)}),
        ("colour", {"colour": "red"}),
    ],
)
def test_what_no_server_can_start_with_is_named(key: str, flags: dict[str, object]) -> None:
    with pytest.raises(BadServerSettings) as refused:
        read_server_settings(**flags)  # type: ignore[arg-type]
    assert refused.value.key == key


def test_an_unreadable_or_unknown_line_of_the_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "decroche.toml"
    file.write_text("port = = 3", encoding="utf-8")
    with pytest.raises(BadServerSettings, match=r"decroche\.toml"):
        read_server_settings(file)
    file.write_text("prot = 3", encoding="utf-8")
    with pytest.raises(BadServerSettings) as refused:
        read_server_settings(file)
    assert refused.value.key == "prot"
    with pytest.raises(FileNotFoundError):
        read_server_settings(tmp_path / "none.toml")


def test_an_address_loses_its_last_slash() -> None:
    assert read_server_settings(public_url="https://calls.example.com/x/").public_url == "https://calls.example.com/x"


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    found = read_server_settings(data=tmp_path / "d")
    sealed = found.box().encrypt(b"hush")
    assert found.box().decrypt(sealed) == b"hush"
    key = tmp_path / "d" / "secret.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert [path.name for path in key.parent.iterdir()] == ["secret.key"]
    told = read_server_settings(data=tmp_path / "other", secret_key=key.read_text())
    assert told.box().decrypt(sealed) == b"hush"
    assert key.read_text() not in repr(told)


def test_half_a_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("abc", encoding="utf-8")
    with pytest.raises(BadServerSettings, match="not a key"):
        read_server_settings(data=tmp_path).box()
