"""Answers as a Django project's manage.py does, as far as a preflight asks: dbshell and showmigrations."""

import os
import pathlib
import sqlite3
import sys

MIGRATIONS = ["contenttypes.0001_initial", "auth.0001_initial", "pipelines.0001_initial"]


def main(verb, *arguments):
    path = os.environ.get("SQLITE_PATH", "db.sqlite3")
    database = sqlite3.connect(f"{pathlib.Path(path).resolve().as_uri()}?mode=rw", uri=True)
    if verb == "dbshell":
        for statement in sys.stdin.read().split(";"):
            for row in database.execute(statement):
                print(*row, sep="|")
    elif verb == "showmigrations":
        applied = {name for name, in database.execute("SELECT name FROM django_migrations")}
        for name in MIGRATIONS:
            print(f"[{'X' if name in applied else ' '}]  {name}")
    else:
        sys.exit(f"Unknown command: {verb!r}")


main(*sys.argv[1:])
