//! Permission bits of files, as `chmod(1)` writes them.
//!
//! Deliberately absent: symbolic assignments (`u=rw`) and removals (`o-w`); the matchers `has` and
//! `lacks` say which of the two is meant, and a whole mode is clearer in octal.

/// Reads `0640`, `640`, `4755` or `0o640`: three or four octal digits.
/// The error says what to write instead.
pub fn parse(text: &str) -> Result<u32, String> {
    let text = text.trim();
    let digits = text.strip_prefix("0o").unwrap_or(text);
    let octal = digits.bytes().all(|b| matches!(b, b'0'..=b'7'));
    if !octal || !(3..=4).contains(&digits.len()) {
        return Err(format!("`{text}` is not a mode; write three or four octal digits, like \"0640\""));
    }
    u32::from_str_radix(digits, 8).map_err(|error| format!("`{text}` is not a mode: {error}"))
}

/// Four octal digits: `0640`.
pub fn show(mode: u32) -> String {
    format!("{:04o}", mode & 0o7777)
}

/// The nine letters of `ls -l`, special bits included: `rw-r-----`, `rwsr-xr-x`, `rwxrwxrwt`.
pub fn explain(mode: u32) -> String {
    [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')]
        .iter()
        .flat_map(|&(shift, special, letter)| {
            let bits = mode >> shift;
            let execute = match (mode & special != 0, bits & 1 != 0) {
                (true, true) => letter,
                (true, false) => letter.to_ascii_uppercase(),
                (false, true) => 'x',
                (false, false) => '-',
            };
            let read = if bits & 4 != 0 { 'r' } else { '-' };
            let write = if bits & 2 != 0 { 'w' } else { '-' };
            [read, write, execute]
        })
        .collect()
}

/// Bits named as in `chmod`: `u+r`, `g+rw`, `ug+x`, `+t`, or several with commas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbolic {
    bits: u32,
}

impl Symbolic {
    /// Reads the letters; without `u`, `g`, `o` or `a` everybody is meant.
    /// The error says what to write instead.
    pub fn parse(text: &str) -> Result<Symbolic, String> {
        let mut bits = 0;
        for clause in text.trim().split(',') {
            bits |= clause_bits(clause.trim()).map_err(|reason| {
                format!("`{text}` does not name permissions: {reason}; write them like `u+r` or `go+w`")
            })?;
        }
        Ok(Symbolic { bits })
    }

    /// The bits that are named, as in `st_mode`.
    pub fn bits(self) -> u32 {
        self.bits
    }

    /// Whether every named bit is set in `mode`.
    pub fn all_in(self, mode: u32) -> bool {
        mode & self.bits == self.bits
    }

    /// Whether at least one named bit is set in `mode`.
    pub fn any_in(self, mode: u32) -> bool {
        mode & self.bits != 0
    }
}

fn clause_bits(clause: &str) -> Result<u32, String> {
    let Some((who, what)) = clause.split_once('+') else {
        return Err(match clause.contains(['-', '=']) {
            true => "only `+` names bits, and `has` or `lacks` says whether they must be set".into(),
            false => "a `+` is missing".into(),
        });
    };
    let classes = class_bits(who)?;
    if what.is_empty() {
        return Err("no permission follows the `+`".into());
    }
    let mut bits = 0;
    for letter in what.chars() {
        let bit =
            permission_bit(letter, classes).ok_or_else(|| format!("`{letter}` is not one of r, w, x, s and t"))?;
        if bit == 0 {
            return Err(format!("`{who}` has no `{letter}` bit"));
        }
        bits |= bit;
    }
    Ok(bits)
}

/// The low nine bits of the classes meant.
fn class_bits(who: &str) -> Result<u32, String> {
    if who.is_empty() {
        return Ok(0o777);
    }
    who.chars().try_fold(0, |bits, letter| match letter {
        'u' => Ok(bits | 0o700),
        'g' => Ok(bits | 0o070),
        'o' => Ok(bits | 0o007),
        'a' => Ok(0o777),
        other => Err(format!("`{other}` is not one of u, g, o and a")),
    })
}

/// The bit in each class; zero where the class has no such bit.
fn permission_bit(letter: char, classes: u32) -> Option<u32> {
    match letter {
        'r' => Some(classes & 0o444),
        'w' => Some(classes & 0o222),
        'x' => Some(classes & 0o111),
        's' => Some((classes & 0o100) << 5 | (classes & 0o010) << 7),
        't' => Some((classes & 0o001) << 9),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn modes_are_read() {
        for (text, mode) in [("0640", 0o640), ("640", 0o640), ("4755", 0o4755), ("0o640", 0o640), ("000", 0)] {
            assert_eq!(parse(text), Ok(mode), "{text}");
        }
    }

    #[test]
    fn other_spellings_of_a_mode_are_refused() {
        for text in ["", "0", "64", "00640", "0689", "rw-r-----", "u=rw", "-640", "+640", "0x1a0"] {
            let message = parse(text).expect_err(text);
            assert!(message.contains("octal digits"), "{text}: {message}");
        }
    }

    #[test]
    fn modes_are_shown_and_explained() {
        let cases = [
            (0o640, "0640", "rw-r-----"),
            (0o4755, "4755", "rwsr-xr-x"),
            (0o2644, "2644", "rw-r-Sr--"),
            (0o1777, "1777", "rwxrwxrwt"),
            (0o1770, "1770", "rwxrwx--T"),
            (0o100_600, "0600", "rw-------"),
        ];
        for (mode, shown, explained) in cases {
            assert_eq!((show(mode).as_str(), explain(mode).as_str()), (shown, explained));
        }
    }

    #[test]
    fn letters_name_bits() {
        let cases = [
            ("u+r", 0o400),
            ("o+w", 0o002),
            ("g+rw", 0o060),
            ("ug+x", 0o110),
            ("a+r", 0o444),
            ("+x", 0o111),
            ("+t", 0o1000),
            ("u+s", 0o4000),
            ("g+s", 0o2000),
            ("+s", 0o6000),
            ("u+rwx,g+rx", 0o750),
        ];
        for (text, bits) in cases {
            assert_eq!(Symbolic::parse(text).map(Symbolic::bits), Ok(bits), "{text}");
        }
    }

    #[test]
    fn letters_that_name_nothing_are_refused() {
        let cases = [
            ("", "a `+` is missing"),
            ("u", "a `+` is missing"),
            ("u+", "no permission follows"),
            ("x+r", "`x` is not one of u, g, o and a"),
            ("u+q", "`q` is not one of r, w, x, s and t"),
            ("o-w", "`has` or `lacks`"),
            ("u=rw", "`has` or `lacks`"),
            ("u+t", "`u` has no `t` bit"),
            ("o+s", "`o` has no `s` bit"),
            ("u+r,", "a `+` is missing"),
        ];
        for (text, part) in cases {
            let message = Symbolic::parse(text).expect_err(text);
            assert!(message.contains(part), "{text}: {message}");
        }
    }

    #[test]
    fn all_and_any_differ_for_several_bits() {
        let both = Symbolic::parse("go+w").unwrap();
        assert!(both.all_in(0o666) && both.any_in(0o666));
        assert!(!both.all_in(0o664) && both.any_in(0o664));
        assert!(!both.any_in(0o644));
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(mode in 0..0o10000u32) {
            prop_assert_eq!(parse(&show(mode)), Ok(mode));
        }

        #[test]
        fn any_text_is_answered(text in ".{0,40}") {
            let _ = (parse(&text), Symbolic::parse(&text));
        }
    }
}
