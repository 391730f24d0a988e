"""What the stand-ins of the examples have in common; Python's standard library only.

A stand-in makes a folder, starts what its system needs on free ports of 127.0.0.1, prints one line
of JSON (folder, variables, environment, what can be broken), and then obeys lines on its standard
input: `break NAME`, `mend NAME`. When its input ends, it ends everything it started, by process id.
"""

import atexit
import base64
import hashlib
import http.server
import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(port, seconds=30):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    sys.exit(f"nothing listens on port {port} after {seconds} seconds")


class Standin:
    """A folder, processes, and what can be broken."""

    def __init__(self, config):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="engine-example-"))
        self.command = ["run", "--config", str(config)]
        self.vars, self.environment, self.context, self.breaks = {}, {}, {}, {}
        self.processes = []
        atexit.register(self.end)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: sys.exit(1))

    def can_break(self, name, about, breaks, mends):
        self.breaks[name] = (about, breaks, mends)

    def can_break_file(self, name, about, path, change):
        """`change(file)` breaks a file or folder; afterwards it is as it was."""
        file, kept = self.folder / path, self.folder.with_name(self.folder.name + "-kept")

        def breaks():
            if file.is_dir():
                shutil.copytree(file, kept, symlinks=True)
            elif file.exists():
                shutil.copy2(file, kept)
            change(file)

        def mends():
            remove(file)
            if kept.exists():
                shutil.move(kept, file)

        self.can_break(name, about, breaks, mends)

    def spawn(self, *command, **more):
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, **more)
        self.processes.append(process)
        return process

    def stop(self, process):
        process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown, and an end for the others
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def obey(self):
        (self.folder / "vars.json").write_text(json.dumps(self.vars, indent=2))
        about = {name: about for name, (about, _, _) in self.breaks.items()}
        say({"folder": str(self.folder), "command": self.command, "vars_file": str(self.folder / "vars.json"),
             "environment": self.environment, "context": self.context, "breaks": about})
        for line in sys.stdin:
            verb, name = line.split()
            _, breaks, mends = self.breaks[name]
            (breaks if verb == "break" else mends)()
            say({"done": line.strip()})

    def end(self):
        for process in self.processes:
            if process.poll() is None:
                self.stop(process)
        shutil.rmtree(self.folder, ignore_errors=True)
        remove(self.folder.with_name(self.folder.name + "-kept"))


def say(data):
    print(json.dumps(data), flush=True)


def remove(file):
    if file.is_dir() and not file.is_symlink():
        shutil.rmtree(file)
    else:
        file.unlink(missing_ok=True)


def redis(standin, password):
    """A real Redis; can be stopped, and made to want another password."""
    program = shutil.which("redis-server") or sys.exit("redis-server is needed: apt-get install redis-server")
    port = free_port()
    running = []

    def start(wanted):
        running.append(standin.spawn(program, "--port", str(port), "--bind", "127.0.0.1", "--save", "",
                                     "--requirepass", wanted, cwd=standin.folder))
        wait_for(port)

    def stop():
        standin.stop(running.pop())

    def restart(wanted):
        stop()
        start(wanted)

    start(password)
    standin.can_break("redis-stopped", "Redis is stopped", stop, lambda: start(password))
    standin.can_break("redis-password", "Redis wants another password",
                      lambda: restart("another"), lambda: restart(password))
    return port


def redis_command(port, password, *words):
    """One command to Redis, in its own protocol; the first line of the answer."""
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        for command in (("AUTH", password), words):
            parts = "".join(f"${len(word)}\r\n{word}\r\n" for word in command)
            connection.sendall(f"*{len(command)}\r\n{parts}".encode())
            answer = connection.recv(4096)
    return answer.decode().split("\r\n")[0]


def postgres(standin, user, password):
    """A real PostgreSQL of its own; can be stopped."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin")) + [
        pathlib.Path(path) for path in os.environ.get("PATH", "").split(":")]
    programs = next((path for path in found if (path / "initdb").exists()), None)
    if programs is None:
        sys.exit("PostgreSQL is needed: apt-get install postgresql")
    port, folder = free_port(), standin.folder / "postgres"
    folder.mkdir()
    as_user = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        owner = pwd.getpwnam("postgres")
        as_user = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        standin.folder.chmod(0o755)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    secret = folder / "password"
    secret.write_text(password)
    secret.chmod(0o644)
    subprocess.run([programs / "initdb", "-D", folder / "data", "-U", user, "-A", "scram-sha-256", "--no-sync",
                    f"--pwfile={secret}"], check=True, stdout=subprocess.DEVNULL, cwd=folder, **as_user)
    running = []

    def start():
        running.append(standin.spawn(programs / "postgres", "-D", folder / "data", "-p", str(port), "-h", "127.0.0.1",
                                     "-k", "", "-F", cwd=folder, **as_user))
        wait_for(port)

    start()
    standin.can_break("postgres-stopped", "PostgreSQL is stopped", lambda: standin.stop(running.pop()), start)
    return port


class Web:
    """Answers GET from `pages`: path to (status, JSON or text); a page may be a function of the request."""

    def __init__(self, standin=None, unix=None):
        self.pages = {}
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                page = web.pages.get(self.path.split("?")[0], (404, {"error": "no such page"}))
                if callable(page):
                    page = page(self)
                if page is None:  # the page has answered by itself
                    self.close_connection = True
                    return
                status, body = page
                text = body if isinstance(body, str) else json.dumps(body)
                kind = "text/plain; version=0.0.4" if isinstance(body, str) else "application/json"
                sent = text.encode()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

            def address_string(self):
                return "local"

            def log_message(self, *_):
                pass

        class Listener(http.server.ThreadingHTTPServer):
            request_queue_size = 128  # all looks come at once

            def handle_error(self, *_):  # whoever looked may go away at any time
                pass

        if unix is None:
            server = Listener(("127.0.0.1", 0), Handler)
            self.port = server.server_address[1]
            self.url = f"http://127.0.0.1:{self.port}"
        else:
            server = socketserver.ThreadingUnixStreamServer(str(unix), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def can_break(self, standin, name, about, path, broken):
        healthy = self.pages[path]
        standin.can_break(name, about, lambda: self.pages.update({path: broken}),
                          lambda: self.pages.update({path: healthy}))


def websocket(greeting):
    """A page that opens a WebSocket (RFC 6455), sends one message and closes."""

    def page(request):
        key = request.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        request.send_response(101)
        for name, value in {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": accept}.items():
            request.send_header(name, value)
        request.end_headers()
        message = greeting.encode()
        request.wfile.write(bytes([0x81, len(message)]) + message)
        request.wfile.flush()
        time.sleep(0.2)
        return None

    return page
