"""A trading service as its GO-LIVE gate sees it: health, risk, exchanges, scenarios, metrics; Redis and PostgreSQL."""

import copy
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from standin import Standin, Web, postgres, redis  # noqa: E402

SCENARIOS = ["flash-crash", "exchange-outage", "liquidity-drought", "stablecoin-depeg", "funding-spike",
             "latency-storm", "correlated-selloff"]
METRICS = """# TYPE orders_total counter
orders_total{exchange="alpha"} 12
# TYPE risk_checks_total counter
risk_checks_total 40
# TYPE position_exposure_usd gauge
position_exposure_usd 1250.5
# TYPE order_latency_seconds histogram
order_latency_seconds_bucket{le="0.1"} 11
order_latency_seconds_bucket{le="+Inf"} 12
order_latency_seconds_sum 0.6
order_latency_seconds_count 12
"""


def main():
    standin = Standin(HERE / "engine.yaml")
    web = Web()
    accounts = {"accounts": [{"id": "desk-1", "exchange": "alpha", "strategy": "basis"},
                             {"id": "desk-2", "exchange": "beta", "strategy": "carry"}]}
    risk = {"global_risk": "NORMAL", "emergency_stop": False}
    web.pages = {
        "/health/live": (200, {"status": "live"}),
        "/health/ready": (200, {"status": "ready"}),
        "/risk/status": (200, risk),
        "/exchanges": (200, {"exchanges": [{"name": "alpha"}, {"name": "beta"}]}),
        "/exchanges/alpha/health": (200, {"status": "healthy"}),
        "/exchanges/beta/health": (200, {"status": "healthy"}),
        "/stress/scenarios": (200, {"scenarios": [{"name": name} for name in SCENARIOS]}),
        "/accounts": (200, accounts),
        "/metrics": (200, METRICS),
        "/services/orders": (200, {"status": "ok"}),
        "/services/prices": (200, {"status": "ok"}),
    }
    orphaned = copy.deepcopy(accounts)
    del orphaned["accounts"][1]["strategy"]
    for name, about, path, broken in [
        ("not-live", "/health/live answers 503", "/health/live", (503, {"status": "starting"})),
        ("not-ready", "/health/ready answers 503", "/health/ready", (503, {"status": "warming up"})),
        ("risk-critical", "the global risk is CRITICAL", "/risk/status", (200, {**risk, "global_risk": "CRITICAL"})),
        ("emergency-stop", "the emergency stop is active", "/risk/status", (200, {**risk, "emergency_stop": True})),
        ("exchange-down", "the exchange beta is degraded", "/exchanges/beta/health", (200, {"status": "degraded"})),
        ("exchange-unknown", "the service trades on an exchange nobody looks at", "/exchanges",
         (200, {"exchanges": [{"name": "alpha"}, {"name": "beta"}, {"name": "gamma"}]})),
        ("scenario-missing", "one stress scenario is not registered", "/stress/scenarios",
         (200, {"scenarios": [{"name": name} for name in SCENARIOS[1:]]})),
        ("metric-missing", "the metrics page lacks orders_total", "/metrics",
         (200, METRICS.replace("orders_total", "orders_seen"))),
        ("metrics-down", "the metrics page answers 500", "/metrics", (500, "no metrics today\n")),
        ("account-orphaned", "an account has no strategy", "/accounts", (200, orphaned)),
        ("service-down", "the service prices answers 502", "/services/prices", (502, {"status": "bad gateway"})),
    ]:
        web.can_break(standin, name, about, path, broken)
    standin.environment = {"REDIS_PASSWORD": "quiet-river", "POSTGRES_PASSWORD": "tall-birch"}
    standin.vars = {
        "base_url": web.url,
        "services": {"orders": f"{web.url}/services/orders", "prices": f"{web.url}/services/prices"},
        "exchanges": {name: f"{web.url}/exchanges/{name}/health" for name in ("alpha", "beta")},
        "redis_address": f"127.0.0.1:{redis(standin, 'quiet-river')}",
        "postgres_address": f"127.0.0.1:{postgres(standin, 'trader', 'tall-birch')}",
        "postgres_user": "trader",
        "postgres_database": "postgres",
    }
    standin.context = {"deployment": "demo"}
    standin.obey()


main()
