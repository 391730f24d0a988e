#!/usr/bin/env python3
"""A Python runtime: virtual environments, packages as pip leaves them, a lock file and a file that names the version."""

import json
import os
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from standin import Standin, remove  # noqa: E402

PACKAGES = {"pandas": "2.10.0", "numpy": "1.26.4", "fastapi": "0.115.0", "sqlalchemy": "2.0.36", "pytest": "8.3.3"}


class Runtime:
    def __init__(self, folder):
        self.folder = folder
        for name in (".venv", "another"):
            arguments = ["--system-site-packages", "--without-pip", folder / name]
            subprocess.run([sys.executable, "-m", "venv", *arguments], check=True)
        (folder / "bin").mkdir()
        self.python("Python 3.12.4")
        find = "import sysconfig; print(sysconfig.get_path('purelib'))"
        self.packages = pathlib.Path(self.say("-c", find))
        for name, version in PACKAGES.items():
            self.install(name, version)
        # in another order, and with words for people
        locked = self.say("-m", "pip", "freeze").splitlines()
        (folder / "requirements.lock").write_text("# made by hand\n" + "".join(f"{line}\n" for line in reversed(locked)))
        (folder / "requirements.lock").chmod(0o644)
        (folder / ".python-version").write_text("3.12\n")

    def say(self, *arguments):
        return subprocess.run([self.folder / "bin/python3", *arguments], check=True, capture_output=True, text=True).stdout.strip()

    def python(self, version, environment=".venv"):
        """A program that says it is this version, and else is the Python of a virtual environment."""
        real = self.folder / environment / "bin/python3"
        program = self.folder / "bin/python3"
        program.write_text(f'#!/bin/sh\n[ "$1" != --version ] || {{ echo {version}; exit; }}\nexec "{real}" "$@"\n')
        program.chmod(0o755)

    def install(self, name, version):
        """What pip would leave behind."""
        (self.packages / f"{name}.py").write_text("")
        about = self.packages / f"{name}.dist-info"
        about.mkdir(exist_ok=True)
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


def main():
    standin = Standin(HERE / "engine.yaml")
    folder = standin.folder
    runtime = Runtime(folder)

    def python(name, about, *is_instead):
        standin.can_break(name, about, lambda: runtime.python(*is_instead), lambda: runtime.python("Python 3.12.4"))

    def value(name, about, key, broken):
        well = standin.vars[key]

        def put(value):
            standin.vars[key] = value
            (folder / "vars.json").write_text(json.dumps(standin.vars))

        standin.can_break(name, about, lambda: put(broken), lambda: put(well))

    file = standin.can_break_file
    lock = "requirements.lock"
    package = str((runtime.packages / "pandas.py").relative_to(folder))
    metadata = str((runtime.packages / "numpy.dist-info/METADATA").relative_to(folder))
    yesterday = time.time() - 25 * 3600
    python("python-fallback", "Python is the fallback", "Python 3.11.13")
    python("python-near-fallback", "Python is a neighbour of the fallback", "Python 3.11.12")
    python("python-untested", "Python is one that nobody tested", "Python 3.13.0")
    python("another-virtual-environment", "Python runs in another virtual environment", "Python 3.12.4", "another")
    file("no-virtual-environment", "Python runs outside a virtual environment", ".venv/pyvenv.cfg", remove)
    file("package-missing", "a package cannot be imported", package, remove)
    file("package-old", "a package is too old, which only text would call newer", metadata,
         lambda path: path.write_text("Metadata-Version: 2.1\nName: numpy\nVersion: 1.9.3\n"))
    file("lock-missing", "the lock file is missing", lock, remove)
    file("lock-empty", "the lock file is empty", lock, lambda path: path.write_text(""))
    file("lock-old", "the lock file is older than a day", lock, lambda path: os.utime(path, (yesterday, yesterday)))
    file("lock-differs", "the lock file names another version", lock,
         lambda path: path.write_text(path.read_text().replace("numpy==1.26.4", "numpy==1.26.3")))
    file("lock-writable", "everybody may change the lock file", lock, lambda path: path.chmod(0o666))
    file("version-file-differs", "the version file names another Python", ".python-version", lambda path: path.write_text("3.9\n"))

    # how fast this host is at the moment must not matter
    standin.vars = {"variables": ["DATABASE_URL", "SECRET_KEY"], "workload_limit": "60s", "import_limit": "60s"}
    value("variable-unset", "a variable that must be set is not", "variables", ["DATABASE_URL", "RUNTIME_UNSET"])
    value("host-slow", "the small workload takes longer than it may", "workload_limit", "1ms")
    value("imports-slow", "the imports take longer than they may", "import_limit", "1ms")
    standin.environment = {"PATH": f"{folder}/bin:/usr/bin:/bin", "VIRTUAL_ENV": f"{folder}/.venv",
                           "DATABASE_URL": "sqlite://", "SECRET_KEY": "quiet-river"}
    standin.obey()


main()
