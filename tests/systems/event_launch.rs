//! System 3: an event platform's preflight.

use super::{Row, behaves, behaviour, later, looks};

const TABLE: &[Row] = &[
    looks("0 infrastructure: Redis", "redis", "ok", "redis-stopped", "error"),
    looks("0 infrastructure: Redis takes the password", "redis", "ok", "redis-password", "error"),
    looks("0 infrastructure: WebSocket server", "websocket", "ok", "websocket-down", "error"),
    looks("5 external API", "external-api", "ok", "api-down", "error"),
    looks("10 credentials: OAuth token", "oauth-token", "ok", "token-revoked", "error"),
    looks("10 credentials: the token lasts", "oauth-token", "ok", "token-expiring", "error"),
    looks("10 credentials: the token's scopes", "oauth-scopes", "ok", "scope-missing", "error"),
    looks("15 connections", "connection[beta]", "ok", "streamer-away", "error"),
    looks("20 business rules: cooldown over", "cooldown", "ok", "cooling-down", "error"),
    looks("20 business rules: event enabled in config", "event-enabled", "ok", "event-disabled", "error"),
    looks("a feature's own check", "prizes", "ok", "no-prizes", "error"),
    looks("a failed tier short-circuits the rest", "external-api", "ok", "redis-stopped", "skipped"),
    looks("a failed tier short-circuits features too", "prizes", "ok", "streamer-away", "skipped"),
    behaves("a new check is found because it is there", behaviour::features_are_found),
    behaves("lower priorities run first, and the report says at which it stopped", behaviour::stops_at_a_tier),
    behaves("full mode blocks", behaviour::full_mode_blocks),
    behaves("light mode runs priority ≤ 10 and never blocks", behaviour::light_mode_never_blocks),
    behaves("a run carries context: campaign, event type, who triggered it", behaviour::runs_carry_context),
    behaves("a check takes less than 500 ms, or is ended", behaviour::slow_looks_are_ended),
    behaves("a check changes nothing and never throws", behaviour::nothing_is_changed_or_thrown),
    behaves("wish: conditional checks", behaviour::checks_are_conditional),
    behaves("wish: enable or disable checks, parameters per check", behaviour::parameters_are_given),
    later("a breadcrumb per check and an event per failed run to Sentry", "notifications"),
    later("each report to a table, kept 30 days, or as long as configured", "the store"),
    later("counters and histogram to Prometheus", "exported metrics"),
    later(
        "an admin page, for admins only: success rate, failing checks, last reports; the same as JSON",
        "the web page",
    ),
    later("wish: alerts when a check fails repeatedly; trends over time", "the store and notifications"),
];

#[test]
fn event_launch() {
    super::show("event", TABLE);
}
