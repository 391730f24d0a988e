//! What the kernel knows of the quality of its clock, from adjtimex(2).

use crate::probe::reading::reason;
use std::time::Duration;

/// The kernel's books on the clock.
#[derive(Debug, PartialEq)]
pub struct Books {
    pub synchronised: bool,
    pub maximum_error: Duration,
    /// Parts per million.
    pub drift: f64,
}

/// # Errors
/// The system's text: some containers may not even ask.
pub fn books() -> Result<Books, String> {
    // SAFETY: `timex` consists of plain numbers, for which all bits zero is a valid value.
    let mut timex: libc::timex = unsafe { std::mem::zeroed() };
    // SAFETY: the kernel writes only within the struct we hand over, and `modes` of 0 changes nothing.
    let state = unsafe { libc::adjtimex(&mut timex) };
    if state < 0 {
        return Err(reason(&std::io::Error::last_os_error()));
    }
    #[allow(clippy::unnecessary_cast)] // the numbers have the width of the machine
    Ok(read(state, timex.status, timex.maxerror as i64, timex.freq as i64))
}

/// `maxerror` is in microseconds, `freq` in parts per million with 16 bits behind the point.
fn read(state: i32, status: i32, maxerror: i64, freq: i64) -> Books {
    Books {
        synchronised: status & libc::STA_UNSYNC == 0 && state != libc::TIME_ERROR,
        maximum_error: Duration::from_micros(u64::try_from(maxerror).unwrap_or(0)),
        drift: freq as f64 / 65536.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_books_are_understood() {
        let kept = read(libc::TIME_OK, libc::STA_PLL | libc::STA_NANO, 34_500, -1_310_720);
        assert_eq!(kept, Books { synchronised: true, maximum_error: Duration::from_micros(34_500), drift: -20.0 });
        let left_alone = read(libc::TIME_ERROR, libc::STA_UNSYNC, 16_000_000, 0);
        assert!(!left_alone.synchronised && left_alone.maximum_error == Duration::from_secs(16));
    }

    #[test]
    fn the_kernel_answers_or_says_why() {
        match books() {
            Ok(books) => assert!(books.maximum_error <= Duration::from_secs(3600)),
            Err(why) => assert!(!why.is_empty()),
        }
    }
}
