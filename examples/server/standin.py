"""A server with a Django-like project: its tree, a SQLite database, a Docker daemon's socket, systemd's answers."""

import json
import pathlib
import shutil
import socket
import sqlite3
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from standin import Standin, Web, remove  # noqa: E402

TABLES = """
CREATE TABLE django_migrations (name TEXT);
INSERT INTO django_migrations VALUES ('contenttypes.0001_initial'), ('auth.0001_initial'), ('pipelines.0001_initial');
CREATE TABLE pipelines (name TEXT, active INTEGER);
INSERT INTO pipelines VALUES ('nightly', 1);
CREATE TABLE notification_channels (name TEXT, active INTEGER);
INSERT INTO notification_channels VALUES ('mail', 1);
CREATE TABLE definitions (name TEXT, active INTEGER, chain TEXT);
INSERT INTO definitions VALUES ('nightly', 1, 'fetch > clean > report'), ('weekly', 0, 'fetch > archive');
CREATE TABLE flags (name TEXT, value TEXT);
INSERT INTO flags VALUES ('fallback', 'on');
"""
SYSTEMCTL = """#!/bin/sh
# systemd's answers for the units listed in the file `units`
for name; do :; done
state=inactive; grep -qx "$name" "{units}" && state=active
case "$1" in
is-active) echo $state; [ $state = active ] ;;
*) printf 'Id=%s.service\\nLoadState=loaded\\nActiveState=%s\\nSubState=x\\nUnitFileState=enabled\\n' "$name" $state ;;
esac
"""


def program(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def build(standin):
    folder = standin.folder
    shutil.copytree(HERE / "project", folder, dirs_exist_ok=True)
    (folder / "env.production").rename(folder / ".env")
    (folder / "env.sample").rename(folder / ".env.sample")
    (folder / ".env").chmod(0o600)
    (folder / "logs").mkdir()
    (folder / "home").mkdir()
    (folder / "home/.bash_aliases").write_text("alias preflight='./preflight'\n")
    program(folder / ".git/hooks/pre-commit", "#!/bin/sh\n")
    (folder / "cron.d").mkdir()
    (folder / "cron.d/server-maintenance").write_text("15 3 * * * www python manage.py run_maintenance\n")
    database = sqlite3.connect(folder / "db.sqlite3")
    database.executescript(TABLES)
    database.close()
    for name in (".venv", "another"):
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / name], check=True)
    program(folder / "bin/uv", "#!/bin/sh\necho uv 0.9.2\n")
    program(folder / "bin/systemctl", SYSTEMCTL.replace("{units}", str(folder / "units")))
    (folder / "units").write_text("gunicorn\ncelery\nredis\n")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / "gunicorn.sock"))
    standin.gunicorn = listener


def docker(standin):
    """The part of the Docker Engine API that a look at containers asks for, on a socket of its own."""
    daemon = Web(unix=standin.folder / "docker.sock")
    containers = [{"Id": name, "Names": [f"/{name}"], "Image": f"{name}:1", "State": "running", "Status": "Up 3 hours",
                   "Labels": {}} for name in ("redis", "web", "celery")]

    version = (200, {"Version": "27.3.1", "ApiVersion": "1.47"})
    daemon.pages = {"/version": version, "/containers/json": (200, containers), "/images/json": (200, []),
                    "/_ping": (200, "OK")}
    exited = [dict(one, State="exited", Status="Exited (1)") if one["Names"] == ["/celery"] else one for one in containers]
    daemon.can_break(standin, "container-exited", "the container celery has exited", "/containers/json", (200, exited))
    daemon.can_break(standin, "docker-down", "the Docker daemon answers 500", "/version", (500, {"message": "no"}))


def main():
    standin = Standin(HERE / "engine.yaml")
    standin.command = [str(HERE / "preflight")]
    build(standin)
    docker(standin)
    folder = standin.folder

    def env(name, about, **changes):
        def change(file):
            lines = [line for line in file.read_text().splitlines() if line.split("=")[0] not in changes]
            lines += [f"{key}={value}" for key, value in changes.items() if value is not None]
            file.write_text("\n".join(lines) + "\n")
        standin.can_break_file(name, about, ".env", change)

    def sql(name, about, statement):
        def change(file):
            database = sqlite3.connect(file)
            database.execute(statement)
            database.commit()
            database.close()
        standin.can_break_file(name, about, "db.sqlite3", change)

    def old_python(file):
        remove(file)
        program(file, "#!/bin/sh\necho Python 3.9.2\n")

    def another_python(file):
        remove(file)
        program(file, f'#!/bin/sh\nexec "{folder}/another/bin/python3" "$@"\n')

    file = standin.can_break_file
    file("python-old", "Python is 3.9", ".venv/bin/python3", old_python)
    file("no-virtual-environment", "Python runs outside a virtual environment", ".venv/pyvenv.cfg", remove)
    file("another-virtual-environment", "Python runs in another virtual environment", ".venv/bin/python3", another_python)
    file("venv-missing", "the folder .venv is missing", ".venv", remove)
    file("uv-missing", "uv is not installed", "bin/uv", remove)
    file("env-missing", "the environment file is missing", ".env", remove)
    file("env-readable", "everybody can read the environment file", ".env", lambda path: path.chmod(0o644))
    file("database-missing", "the SQLite file is missing", "db.sqlite3", remove)
    sql("migrations-pending", "two migrations are pending", "DELETE FROM django_migrations WHERE name LIKE '%s.0001%'")
    env("debug-on", "debugging is on in production", DEBUG="1")
    env("secret-key-short", "the secret key is short", SECRET_KEY="short")
    env("hosts-empty", "no host is allowed in production", ALLOWED_HOSTS="")
    env("hosts-wildcard", "every host is allowed", ALLOWED_HOSTS="www.example.org,*")
    env("key-missing", "a key is missing from .env", LOG_DIR=None)
    env("key-unknown", "a key of .env is known nowhere", COLOUR_OF_THE_DAY="blue")
    env("key-undocumented", "a key that the settings read is not in the sample", SECRET_SAUCE="x")
    both_files(standin, "key-undocumented", "app/settings.py", 'SAUCE = os.environ.get("SECRET_SAUCE")')
    env("key-unused", "a documented key that nothing reads", OLD_KEY="x")
    both_files(standin, "key-unused", ".env.sample", "OLD_KEY=x")
    env("role-both", "hub and agent at once", IS_HUB="1", HUB_URL="https://hub.example.org", CLUSTER_SECRET="x", INSTANCE_ID="a")
    env("agent-bare", "an agent without secret and instance id", HUB_URL="https://hub.example.org")
    env("hub-bare", "a hub without secret", IS_HUB="1")
    env("queue-eager", "the queue is eager in production, with active pipelines", CELERY_TASK_ALWAYS_EAGER="1")
    env("metrics-host-missing", "the metrics backend has no host", METRICS_HOST=None)
    env("metrics-backend-none", "a metrics host without a backend", METRICS_BACKEND="none")
    sql("channels-off", "no notification channel is active", "UPDATE notification_channels SET active = 0")
    sql("definitions-off", "no definition is active", "UPDATE definitions SET active = 0")
    sql("definitions-none", "there are no definitions", "DELETE FROM definitions")
    sql("fallback-off", "the fallback is off", "UPDATE flags SET value = 'off'")
    file("cron-missing", "the cron entry is missing", "cron.d/server-maintenance", lambda path: path.write_text("# none\n"))
    file("logs-missing", "the log directory is missing", "logs", remove)
    development = {"DJANGO_ENV": "development"}
    env("development", "nothing: a development host", **development)
    file("aliases-missing", "a development host without aliases", "home/.bash_aliases", remove)
    both(standin, "aliases-missing", development)
    file("hook-missing", "a development host without the pre-commit hook", ".git/hooks/pre-commit", remove)
    both(standin, "hook-missing", development)
    env("deploy-otherwise", "nothing: deployed neither with Docker nor with systemd", DEPLOY_METHOD="none")
    env("systemd", "nothing: deployed with systemd", DEPLOY_METHOD="systemd")
    file("unit-stopped", "deployed with systemd: celery is stopped", "units", lambda path: path.write_text("gunicorn\nredis\n"))
    both(standin, "unit-stopped", {"DEPLOY_METHOD": "systemd"})
    file("redis-unit-stopped", "deployed with systemd: no Redis unit is active", "units", lambda path: path.write_text("gunicorn\ncelery\n"))
    both(standin, "redis-unit-stopped", {"DEPLOY_METHOD": "systemd"})

    def move(source, target):
        return lambda: (folder / source).rename(folder / target)
    standin.can_break("socket-missing", "deployed with systemd: gunicorn's socket is missing",
                      move("gunicorn.sock", "away.sock"), move("away.sock", "gunicorn.sock"))
    both(standin, "socket-missing", {"DEPLOY_METHOD": "systemd"})
    standin.can_break("disk-full", "less is free than must be", lambda: demand(standin, "1000000GiB"), lambda: demand(standin, "1MiB"))

    standin.environment = {"PATH": f"{folder}/.venv/bin:{folder}/bin:/usr/bin:/bin", "HOME": f"{folder}/home",
                           "VIRTUAL_ENV": f"{folder}/.venv"}
    standin.vars = {"docker_socket": str(folder / "docker.sock"), "cron_table": str(folder / "cron.d/server-maintenance"),
                    "gunicorn_socket": str(folder / "gunicorn.sock"), "minimum_free": "1MiB"}
    standin.obey()


def demand(standin, size):
    standin.vars["minimum_free"] = size
    (standin.folder / "vars.json").write_text(json.dumps(standin.vars))


def both_files(standin, name, path, line):
    """Breaks `name` and adds a line to another file for as long."""
    about, breaks, mends = standin.breaks[name]
    file = standin.folder / path
    kept = file.read_text()

    def more():
        breaks()
        file.write_text(f"{kept}{line}\n")

    def less():
        mends()
        file.write_text(kept)

    standin.breaks[name] = (about, more, less)


def both(standin, name, changes):
    """Breaks `name` and changes keys of .env for as long."""
    about, breaks, mends = standin.breaks[name]
    file = standin.folder / ".env"
    kept = file.read_text()

    def more():
        breaks()
        lines = [line for line in kept.splitlines() if line.split("=")[0] not in changes]
        file.write_text("\n".join(lines + [f"{key}={value}" for key, value in changes.items()]) + "\n")

    def less():
        mends()
        file.write_text(kept)

    standin.breaks[name] = (about, more, less)


main()
