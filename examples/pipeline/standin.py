"""A pipeline's folder with its compose file, config and folders, and a Docker daemon's socket."""

import json
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from standin import Standin, Web, remove  # noqa: E402

IMAGES = ["pipeline/demux:latest", "pipeline/align:latest"]


def images(tags):
    return 200, [{"Id": tag, "RepoTags": [tag]} for tag in tags]


def docker(standin):
    daemon = Web(unix=standin.folder / "docker.sock")
    version = (200, {"Version": "27.3.1", "ApiVersion": "1.47"})
    daemon.pages = {"/version": version, "/_ping": (200, "OK"), "/containers/json": (200, []),
                    "/images/json": images(IMAGES)}
    failing = (500, {"message": "the daemon is busy"})
    failures = []

    def flaky(_):
        failures.append(1)
        return failing if len(failures) % 3 else version

    daemon.can_break(standin, "docker-down", "the Docker daemon answers 500", "/version", failing)
    daemon.can_break(standin, "docker-flaky", "the Docker daemon answers only every third time", "/version", flaky)
    daemon.can_break(standin, "docker-old", "Docker is too old", "/version",
                     (200, {"Version": "19.3.0", "ApiVersion": "1.40"}))
    daemon.can_break(standin, "image-missing", "an image is missing", "/images/json", images(IMAGES[:1]))


def main():
    standin = Standin(HERE / "engine.yaml")
    folder = standin.folder
    shutil.copytree(HERE / "project", folder, dirs_exist_ok=True)
    for name in ("input", "output", "logs"):
        (folder / name).mkdir()
    docker(standin)
    file = standin.can_break_file
    file("compose-missing", "the compose file is missing", "docker-compose.yml", remove)
    file("compose-invalid", "a service of the compose file has no image", "docker-compose.yml",
         lambda path: path.write_text("services:\n  demux: { volumes: [] }\n"))
    file("config-missing", "a config file is missing", "config/pipeline.yaml", remove)
    file("config-broken", "a config file cannot be parsed", "config/samples.json", lambda path: path.write_text("{ "))
    file("directory-missing", "a folder is missing", "logs", remove)

    def value(name, about, values, key, broken):
        well = values[key]

        def put(value):
            values[key] = value
            (folder / "vars.json").write_text(json.dumps(standin.vars))

        standin.can_break(name, about, lambda: put(broken), lambda: put(well))

    standin.environment = {"PIPELINE_API_TOKEN": "quiet-river", "PIPELINE_DB_PASSWORD": "tall-birch"}
    standin.context = {"run": "R2041"}
    standin.vars = {"docker_socket": str(folder / "docker.sock"), "minimum_free": "1MiB", "minimum_memory": "1MiB",
                    "secrets": ["PIPELINE_API_TOKEN", "PIPELINE_DB_PASSWORD"]}
    value("disk-full", "less is free than must be", standin.vars, "minimum_free", "1000000GiB")
    value("memory-low", "less memory is available than must be", standin.vars, "minimum_memory", "1000000GiB")
    value("secret-unset", "a secret that must be set is not", standin.vars, "secrets",
          ["PIPELINE_API_TOKEN", "PIPELINE_UNSET_SECRET"])
    standin.obey()


main()
