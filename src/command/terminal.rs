//! What we write to: its colours, its width, and a reader that went away.

use crate::cli::Colour;
use crate::report::paint::Paint;
use crate::spec::diagnostic::{Complaints, human};
use std::io::{IsTerminal, Write};

/// Columns of a report where there is no terminal.
const PIPE_WIDTH: usize = 100;

/// Standard output and error.
pub struct Terminal {
    colour: Colour,
}

impl Terminal {
    pub fn new(colour: Colour) -> Terminal {
        Terminal { colour }
    }

    fn coloured(&self, is_terminal: bool) -> bool {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        match self.colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto if set("NO_COLOR") => false,
            Colour::Auto if set("CLICOLOR_FORCE") => true,
            Colour::Auto => is_terminal && !is_dumb(),
        }
    }

    pub fn colours_output(&self) -> bool {
        self.coloured(std::io::stdout().is_terminal())
    }

    pub fn colours_error(&self) -> bool {
        self.coloured(std::io::stderr().is_terminal())
    }

    /// Whether a line may be shown and erased again.
    pub fn is_live(&self) -> bool {
        std::io::stdout().is_terminal() && std::io::stderr().is_terminal() && !is_dumb()
    }

    /// Columns, from 60 to 200.
    pub fn width(&self) -> usize {
        let asked = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let real = rustix::termios::tcgetwinsize(std::io::stdout())
            .ok()
            .map(|size| usize::from(size.ws_col))
            .filter(|columns| *columns > 0);
        asked.or(real).unwrap_or(PIPE_WIDTH).clamp(60, 200)
    }

    /// Writes to standard output. A reader that went away (`| head`) has seen enough: no error.
    pub fn write(&self, text: &str) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            written => written,
        }
    }

    /// `engine: message` on standard error.
    pub fn complain(&self, message: &str) {
        let paint = Paint(self.colours_error());
        let _ = writeln!(std::io::stderr(), "{} {message}", paint.bold("engine:"));
    }

    /// Complaints on standard error.
    pub fn show(&self, complaints: &Complaints) {
        if !complaints.is_empty() {
            self.note(&human::render(complaints, self.colours_error(), self.width()));
        }
    }

    /// Text on standard error as it is.
    pub fn note(&self, text: &str) {
        let _ = std::io::stderr().write_all(text.as_bytes());
    }
}

/// Whether the terminal understands no control sequences.
fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}
