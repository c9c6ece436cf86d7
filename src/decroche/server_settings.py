"""What the server is told at its start: where it keeps its data, under which address it is reached, what it does.

Flags win over the environment (``DECROCHE_…``), the environment over the settings file (TOML), the file over defaults.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import TomlConfigSettingsSource as TomlSource
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

LEDGER_FILE = "ledger.db"
KEY_FILE = "secret.key"
LAKE_FOLDER = "lake"
#: The driver that is installed, whatever short name a person or a hosting company writes.
_POSTGRESQL = frozenset({"postgres", "postgresql", "postgresql+psycopg"})


class BadServerSettings(ValueError):
    """Settings with which no server can start: ``key`` is wrong (empty: the file), ``problem`` says in which way."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key}: {problem}" if key else problem)
        self.key = key
        self.problem = problem


class Role(StrEnum):
    """What a process does: everything, the doors and pages, or the folding, following and asking."""

    ALL = "all"
    WEB = "web"
    WORKER = "worker"


class LogLevel(StrEnum):
    """The least serious lines that are logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class ServerSettings(BaseSettings):
    """The settings of ``decroche serve`` and of the commands that work on its data.

    ``data`` is the folder of the embedded ledger and of the key that seals the secrets; ``database`` names a PostgreSQL
    database instead of the embedded ledger. A call of which nothing is heard any more is taken for ended after
    ``quiet_unanswered`` or ``quiet_answered`` (in a file or variable: seconds, or ISO 8601 such as ``PT15M``).
    """

    model_config = SettingsConfigDict(env_prefix="DECROCHE_", extra="forbid", frozen=True)

    data: Path = Path("decroche-data")
    database: str | None = None
    secret_key: SecretStr | None = None
    public_url: str | None = None
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = ()
    mail: SecretStr | None = None
    mail_from: str | None = None
    notice_secret: SecretStr | None = None
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    lake: str | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8350, ge=0, le=65535)
    role: Role = Role.ALL
    log_level: LogLevel = LogLevel.INFO
    quiet_unanswered: timedelta = timedelta(minutes=15)
    quiet_answered: timedelta = timedelta(hours=4)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags and environment; ``read_server_settings`` puts the file below them."""
        return init_settings, env_settings

    @field_validator("database")
    @classmethod
    def _database(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            url = make_url(value)
        except ArgumentError:
            raise ValueError("not the address of a database, such as postgresql://user@host/name") from None
        if url.drivername in _POSTGRESQL:
            return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
        if url.drivername == "sqlite" and url.database:
            return value
        raise ValueError("only postgresql:// and sqlite:/// are understood")

    @field_validator("public_url")
    @classmethod
    def _public_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("not an address such as https://calls.example.com")
        return value.rstrip("/")

    @field_validator("mail")
    @classmethod
    def _mail(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and urlsplit(value.get_secret_value()).scheme not in {"smtp", "smtps"}:
            raise ValueError("not a mail server, such as smtp://user:password@mail.example.com:587")
        return value

    @model_validator(mode="after")
    def _mail_has_a_sender(self) -> Self:
        if self.mail is not None and not self.mail_from:
            raise ValueError("mail_from is needed too: the address that e-mails come from")
        return self

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        here = parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1", "::1"}
        if not parts.hostname or not (parts.scheme == "https" or here) or parts.query or parts.fragment:
            raise ValueError("not the https:// address of an identity provider, such as https://login.example.com")
        return value

    @model_validator(mode="after")
    def _provider_knows_us(self) -> Self:
        told = [each is not None for each in (self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret)]
        if any(told) and not all(told):
            raise ValueError("oidc_issuer, oidc_client_id and oidc_client_secret belong together")
        return self

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _proxies(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("quiet_unanswered", "quiet_answered")
    @classmethod
    def _quiet(cls, value: timedelta) -> timedelta:
        if value < timedelta(minutes=1):
            raise ValueError("at least one minute")
        return value

    @model_validator(mode="after")
    def _roles_need_a_server(self) -> Self:
        if self.role is not Role.ALL and self.embedded:
            raise ValueError("the embedded ledger belongs to one process: role web or worker needs PostgreSQL")
        return self

    @property
    def ledger_file(self) -> Path | None:
        """The file of the embedded ledger; None on PostgreSQL."""
        url = self._url
        return Path(url.database) if url.drivername == "sqlite" and url.database else None

    @property
    def embedded(self) -> bool:
        """Whether the ledger is a file of this process."""
        return self.ledger_file is not None

    @property
    def database_url(self) -> str:
        """The address of the ledger as the ledger wants it, password included: never log it."""
        return self._url.render_as_string(hide_password=False)

    @property
    def database_shown(self) -> str:
        """The address of the ledger without its password, for people and logs."""
        return self._url.render_as_string(hide_password=True)

    @property
    def _url(self) -> URL:
        if self.database is not None:
            return make_url(self.database)
        return URL.create("sqlite", database=str((self.data / LEDGER_FILE).absolute()))

    @property
    def lake_place(self) -> str:
        """The folder, or the address of one on object storage, of the columns that figures are computed from."""
        return self.lake or str((self.data / LAKE_FOLDER).absolute())

    def prepare(self) -> None:
        """Make the data folder, which only its owner may read. Raises OSError."""
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)

    def box(self) -> Fernet:
        """What seals the secrets: the key told, else that of the data folder, made there the first time.

        Processes on several machines must be told the same key. Raises BadServerSettings for a key that is none, and
        OSError.
        """
        return _fernet(*self._secret())

    def fingerprint_key(self) -> bytes:
        """The key of the fingerprints of phone numbers, drawn from the one that seals the secrets.

        With another secret, refusals that were kept are not recognised any more. Raises as ``box``.
        """
        self.box()
        return hashlib.blake2b(self._secret()[0], digest_size=32, person=b"fingerprints").digest()

    def _secret(self) -> tuple[bytes, str]:
        """The key, and where it was found."""
        if self.secret_key is not None:
            return self.secret_key.get_secret_value().encode(), "secret_key"
        self.prepare()
        path = self.data / KEY_FILE
        if not path.exists():
            _make_key(path)
        return path.read_bytes().strip(), str(path)


def read_server_settings(file: Path | None = None, **flags: object) -> ServerSettings:
    """The settings of ``file`` (none by default), the environment and ``flags``, of which None says nothing.

    Raises BadServerSettings, and OSError when the file cannot be read.
    """
    told: dict[str, object] = {}
    if file is not None:
        file.stat()
        try:
            told = dict(TomlSource(ServerSettings, toml_file=file)())
        except ValueError as error:
            raise BadServerSettings("", f"{file}: {error}") from None
    given = {name: value for name, value in flags.items() if value is not None}
    environment = {name.upper() for name in os.environ}
    from_environment = {name for name in ServerSettings.model_fields if f"DECROCHE_{name.upper()}" in environment}
    values = {name: value for name, value in told.items() if name not in from_environment} | given
    try:
        return ServerSettings(**values)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        problem = str(first["msg"]).removeprefix("Value error, ")
        raise BadServerSettings(str(first["loc"][0]) if first["loc"] else "", problem) from None


def _make_key(path: Path) -> None:
    """Write a new key; of two processes that do so at once the first wins, and no file is ever half a key."""
    opened, name = tempfile.mkstemp(dir=path.parent, prefix=KEY_FILE)
    try:
        with os.fdopen(opened, "wb") as file:
            file.write(Fernet.generate_key())
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(name, path)
    finally:
        Path(name).unlink()


def _fernet(key: bytes, where: str) -> Fernet:
    try:
        return Fernet(key)
    except ValueError:
        raise BadServerSettings(where, "not a key: 32 bytes in URL-safe base64 are needed") from None
