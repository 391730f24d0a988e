//! The binary: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    engine::observe::process::reset_child_signals();
    engine::observe::process::exec_shim();
    engine::cli::main()
}
