# What CI runs: everything that must hold before a change is shared.
ready: format lint test

# The formatting is as rustfmt wants it; files that a macro declares are named one by one.
format:
    git ls-files '*.rs' | grep -v template | xargs rustfmt --check --edition 2024

# Warnings are errors.
lint:
    cargo clippy --all-targets -- -D warnings

# All tests; schemas and the README are checked for freshness among them.
test *ARGS:
    cargo test {{ARGS}}

# Accept or reject changed snapshots one by one (needs cargo-insta).
review:
    cargo insta review

# Writes the schemas, and the table of probes in the README, from the types.
schemas:
    cargo run --quiet -- schema pack > schemas/pack.schema.json
    cargo run --quiet -- schema config > schemas/config.schema.json
    cargo run --quiet -- schema waivers > schemas/waivers.schema.json
    cargo run --quiet -- schema report > schemas/report.schema.json
    cargo run --quiet -- schema recording > schemas/recording.schema.json
    cargo run --quiet -- schema case > schemas/case.schema.json
    UPDATE_README=1 cargo test --quiet --test fresh

# Makes the file of a probe with its test, and its line in the list.
new-probe NAME:
    scripts/new-probe {{NAME}}

# Speed, as ratios against a bare program that makes the same system calls.
bench *ARGS:
    cargo bench --bench bounds -- {{ARGS}}

# Starts the stand-in of a system (a folder of examples/), checks it, breaks one thing at a time and checks again.
demo NAME *BREAKS:
    cargo build --quiet
    scripts/demo {{NAME}} {{BREAKS}}
