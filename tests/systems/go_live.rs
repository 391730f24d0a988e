//! System 4: the GO-LIVE gate of a trading system.

use super::{Row, behaves, behaviour, later, looks};

const TABLE: &[Row] = &[
    looks("/health/live answers 200", "health[live]", "ok", "not-live", "error"),
    looks("/health/ready answers 200", "health[ready]", "ok", "not-ready", "error"),
    looks("the global risk is not CRITICAL", "global-risk", "ok", "risk-critical", "error"),
    looks("the emergency stop is not active", "emergency-stop", "ok", "emergency-stop", "error"),
    looks("every configured exchange is reachable and healthy", "exchange[beta]", "ok", "exchange-down", "error"),
    looks("no exchange goes unlooked at", "exchanges-are-known", "ok", "exchange-unknown", "error"),
    looks("PostgreSQL answers", "postgres", "ok", "postgres-stopped", "error"),
    looks("Redis answers", "redis", "ok", "redis-stopped", "error"),
    looks("Redis takes the password", "redis", "ok", "redis-password", "error"),
    looks("the metrics endpoint answers", "metrics", "ok", "metrics-down", "error"),
    looks("the metrics endpoint names the key metrics", "metric[orders_total]", "ok", "metric-missing", "error"),
    looks("all seven stress scenarios are registered", "scenarios", "ok", "scenario-missing", "error"),
    looks("wish: health of every service", "service[prices]", "ok", "service-down", "error"),
    looks("wish: no orphaned accounts", "accounts", "ok", "account-orphaned", "error"),
    behaves("one command: banner, PASS or FAIL with reason and details, totals", behaviour::gate_report),
    behaves("exit 0 only if all passed, so that CI blocks the deployment", behaviour::gate_blocks),
    behaves("a fault becomes a failed result: what cannot be seen is no GO", behaviour::nothing_answers_is_no_go),
    behaves("secrets never appear", behaviour::secrets_stay_hidden),
    behaves("a manual checklist in phases, that operators tick off", behaviour::checklist_is_printed),
    behaves("what nobody answered is never ok", behaviour::unanswered_is_no_go),
    later("audit document, report as PDF", "the store and its export"),
    later("wish: history of success", "the store"),
    later("wish: run before every deployment (admission webhook)", "the server"),
    later("wish: tickets created on failure", "notifications"),
];

#[test]
fn go_live() {
    super::show("go-live", TABLE);
}
