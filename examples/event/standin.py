"""An event platform: a real Redis, a WebSocket server, an external API, an OAuth server, config and a feature."""

import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from standin import Standin, Web, redis, redis_command, websocket  # noqa: E402

PASSWORD = "quiet-river"
TOKEN = "tall-birch"


def token(answer):
    """Validates the token as an OAuth server does."""

    def page(request):
        if request.headers["Authorization"] != f"Bearer {TOKEN}":
            return 401, {"message": "invalid access token"}
        return 200, answer

    return page


def main():
    standin = Standin(HERE / "engine.yaml")
    folder = standin.folder
    shutil.copytree(HERE / "project", folder, dirs_exist_ok=True)
    # the features that are found are those of the copy
    config = (HERE / "engine.yaml").read_text().replace("../..", str(HERE.parent.parent)).replace("project/", "")
    (folder / "engine.yaml").write_text(config)
    standin.command = ["run", "--config", str(folder / "engine.yaml")]

    port = redis(standin, PASSWORD)

    def keys(*words):
        return lambda: redis_command(port, PASSWORD, *words)

    def connect():
        for name in ("alpha", "beta"):
            redis_command(port, PASSWORD, "SET", f"connection:{name}", "1")

    connect()
    for name in ("redis-stopped", "redis-password"):  # what is in memory goes with the process
        about, breaks, mends = standin.breaks[name]
        standin.can_break(name, about, breaks, lambda mends=mends: (mends(), connect()))
    standin.can_break("streamer-away", "a streamer is not connected",
                      keys("DEL", "connection:beta"), keys("SET", "connection:beta", "1"))
    standin.can_break("cooling-down", "the event cools down",
                      keys("SET", "cooldown:raffle", "1", "EX", "600"), keys("DEL", "cooldown:raffle"))

    web = Web()
    valid = {"client_id": "demo", "scopes": ["chat:read", "chat:edit"], "expires_in": 14000}
    web.pages = {"/live": websocket("welcome"), "/status": (200, {"status": "up"}), "/oauth2/validate": token(valid)}
    web.can_break(standin, "websocket-down", "the WebSocket server refuses sockets", "/live", (503, {"status": "full"}))
    web.can_break(standin, "api-down", "the external API answers 503", "/status", (503, {"status": "down"}))
    web.can_break(standin, "token-expiring", "the token expires soon", "/oauth2/validate", token({**valid, "expires_in": 60}))
    web.can_break(standin, "token-revoked", "the token is revoked", "/oauth2/validate", (401, {"message": "revoked"}))
    web.can_break(standin, "scope-missing", "the token lacks a scope", "/oauth2/validate",
                  token({**valid, "scopes": ["chat:read"]}))
    file = standin.can_break_file
    file("event-disabled", "the event is disabled", "config/events/raffle.yaml", lambda path: path.write_text("enabled: false\n"))
    file("no-prizes", "the raffle has no prizes", "features/raffle/prizes.yaml", lambda path: path.write_text("prizes: []\n"))

    standin.environment = {"REDIS_PASSWORD": PASSWORD, "OAUTH_TOKEN": TOKEN}
    standin.context = {"campaign": "autumn", "event_type": "raffle", "triggered_by": "scheduler"}
    standin.vars = {"redis_address": f"127.0.0.1:{port}", "websocket_url": f"ws://127.0.0.1:{web.port}/live",
                    "api_url": web.url, "oauth_url": f"{web.url}/oauth2/validate"}
    standin.obey()


main()
