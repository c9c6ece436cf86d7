"""A PostgreSQL of the tests' own: made in a temporary folder, reached by a socket in it, gone when the tests end.

One server for each process of tests, started when the first test asks for it; a database for each test, copied from a
template in which the ledger is migrated already, or emptied after another test. Nothing of the machine's own PostgreSQL
is touched.
"""

from __future__ import annotations

import atexit
import functools
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

from decroche.ledger.store import Ledger

MISSING = "These tests need PostgreSQL. Type: sudo apt-get update && sudo apt-get install -y postgresql"
#: What a database that may be lost need not do. A test of durability starts a server without these.
HASTY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
_PATIENCE_S = 60
_TEMPLATE = "migrated"
#: Empties every table but those that say how far it is migrated, and counts from one again, as if it were new.
_EMPTY = """
select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid();
set session_replication_role = replica;
do $$ declare made record; begin
  for made in select schemaname, tablename from pg_tables where schemaname in ('public', 'dbos')
    and tablename not in ('alembic_version', 'dbos_migrations')
  loop execute format('delete from %I.%I', made.schemaname, made.tablename); end loop;
  for made in select schemaname, sequencename, start_value from pg_sequences
  loop perform setval(format('%I.%I', made.schemaname, made.sequencename)::regclass, made.start_value, false); end loop;
end $$;
"""
#: What the tables look like: a database in which a test changed that is no use to another.
_SHAPE = """
select string_agg(format('%s %s %s %s', relname, attname, atttypid, attnotnull), ',' order by relname, attnum)
from pg_class join pg_attribute on attrelid = pg_class.oid
where relnamespace = 'public'::regnamespace and relkind in ('r', 'i') and not attisdropped
"""


class Server:
    """A server of our own. Root may not run one: then it belongs to the user postgres, or to nobody."""

    def __init__(self, options: Mapping[str, str] = HASTY) -> None:
        self._binaries = find_binaries()
        self._options = options
        self._numbers = itertools.count(1)
        self._running: subprocess.Popen[str] | None = None
        self._emptied: list[str] = []
        self.folder = Path(tempfile.mkdtemp(prefix="decroche-"))
        atexit.register(self.remove)
        self._become: list[str] = []
        if os.geteuid() == 0:
            user = _unprivileged()
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self._become = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        flags = ("-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        self._run("initdb", *flags, "--no-sync", "--no-instructions")
        self.start()

    def start(self) -> None:
        """Start it, and wait until it takes connections. It ends with the thread that starts it, however that ends."""
        options = {"listen_addresses": "", "unix_socket_directories": str(self.folder), "shared_buffers": "32MB"}
        words = [word for name, value in {**options, **self._options}.items() for word in ("-c", f"{name}={value}")]
        self._running = subprocess.Popen(
            ["setpriv", *self._become, "--pdeathsig=INT", self._binaries / "postgres", "-D", "data", *words],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            encoding="utf-8",
        )
        said: deque[str] = deque(maxlen=20)
        ready = threading.Event()
        threading.Thread(target=_listen, args=(self._running, said, ready), daemon=True).start()
        ready.wait(_PATIENCE_S)
        if self._running.poll() is not None:
            raise RuntimeError("PostgreSQL did not start: " + "".join(said))

    def stop(self, how: str = "immediate") -> None:
        """Stop it: ``fast`` as an administrator would, ``immediate`` as a machine that loses its power would."""
        if self._running is not None and self._running.poll() is None:
            self._run("pg_ctl", "stop", "-s", "-m", how, "-D", "data")
            self._running.wait(_PATIENCE_S)
        self._running = None

    def remove(self) -> None:
        """Stop it and remove everything of it."""
        atexit.unregister(self.remove)
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        """The address of a database, as ``Ledger`` wants it."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    @contextmanager
    def database(self, *, migrated: bool = True) -> Iterator[str]:
        """The address of a database of one's own, with the empty tables of the ledger or without any."""
        if migrated and self._emptied:
            name = self._emptied.pop()
        else:
            name = f"t{next(self._numbers)}"
            self.ask(f"create database {name} template {self._template() if migrated else 'template0'}")
        try:
            yield self.url(name)
        finally:
            if migrated and self._empty(name):
                self._emptied.append(name)
            else:
                self.ask(f"drop database {name} with (force)")

    def ask(self, statement: str, *, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run a statement in a database, and give what it finds."""
        with psycopg.connect(host=str(self.folder), user="postgres", dbname=database, autocommit=True) as connection:
            found = connection.execute(statement.encode())
            return found.fetchall() if found.description else []

    def _empty(self, name: str) -> bool:
        """Make a database as if it were new; False where its tables are others than those of the ledger."""
        try:
            same = self.ask(_SHAPE, database=name) == self._shape()
            if same:
                self.ask(_EMPTY, database=name)
        except psycopg.Error:  # a test took it away, or the server
            return False
        return same

    @functools.cache  # noqa: B019 - as long-lived as the server
    def _shape(self) -> list[tuple[object, ...]]:
        return self.ask(_SHAPE, database=self._template())

    @functools.cache  # noqa: B019 - as long-lived as the server
    def _template(self) -> str:
        self.ask(f"create database {_TEMPLATE} template template0")
        ledger = Ledger(self.url(_TEMPLATE))
        ledger.migrate()
        ledger.close()
        return _TEMPLATE

    def _run(self, program: str, *words: str) -> None:
        command: Sequence[str | Path] = [self._binaries / program, *words]
        if self._become:
            command = ["setpriv", *self._become, *command]
        done = subprocess.run(command, cwd=self.folder, check=False, capture_output=True, encoding="utf-8")
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stdout}{done.stderr}")


@functools.cache
def server() -> Server:
    """The server of this process of tests."""
    return Server()


def _listen(running: subprocess.Popen[str], said: deque[str], ready: threading.Event) -> None:
    """Read the server's log, so that it never waits for us, and tell when it is ready or gone."""
    assert running.stderr is not None
    with running.stderr as lines:
        for line in lines:
            said.append(line)
            if "ready to accept connections" in line:
                ready.set()
    running.wait()
    ready.set()


def find_binaries(debian: Path = Path("/usr/lib/postgresql"), path: str | None = None) -> Path:
    """Where the newest server's programs are: Debian keeps them off the PATH. Raises RuntimeError when nowhere."""
    found = sorted(debian.glob("*/bin/postgres"), key=lambda program: float(program.parts[-3]))
    on_path = shutil.which("postgres", path=path)
    if found:
        return found[-1].parent
    if on_path is None:
        raise RuntimeError(MISSING)
    return Path(on_path).resolve().parent


def _unprivileged() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")
