//! How long a name, number or text prefix is at the beginning of a text.

pub fn is_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

pub fn run_of(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|letter| !belongs(letter)).unwrap_or(text.len())
}

/// The length of a prefix such as `r` or `rb` right before a quote.
pub fn text_prefix(text: &str) -> Option<usize> {
    let width = run_of(text, |letter| "rRbB".contains(letter));
    ((1..=2).contains(&width) && text[width..].starts_with(['\'', '"'])).then_some(width)
}

/// Digits, a fraction, an exponent, or a hexadecimal number, with `u` for an
/// unsigned one.
pub fn number_width(text: &str) -> usize {
    let digits = |text: &str| run_of(text, |digit| digit.is_ascii_digit());
    if text.starts_with("0x") || text.starts_with("0X") {
        let width = 2 + run_of(&text[2..], |digit| digit.is_ascii_hexdigit());
        return width + usize::from(text[width..].starts_with(['u', 'U']));
    }
    let mut width = digits(text);
    let whole = width;
    if text[width..].starts_with('.') && digits(&text[width + 1..]) > 0 {
        width += 1 + digits(&text[width + 1..]);
    }
    let exponent = text[width..].strip_prefix(['e', 'E']);
    if let Some(exponent) = exponent {
        let sign = usize::from(exponent.starts_with(['+', '-']));
        if digits(&exponent[sign..]) > 0 {
            width += 1 + sign + digits(&exponent[sign..]);
        }
    }
    width + usize::from(width == whole && text[width..].starts_with(['u', 'U']))
}

/// Whether cel can hold the number; the smallest `int` can only be computed.
pub fn is_representable(written: &str) -> bool {
    let (digits, unsigned) = match written.strip_suffix(['u', 'U']) {
        Some(digits) => (digits, true),
        None => (written, false),
    };
    let hexadecimal = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"));
    let whole = match hexadecimal {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None if digits.contains(['.', 'e', 'E']) => {
            return digits.parse::<f64>().is_ok_and(f64::is_finite);
        }
        None => digits.parse().ok(),
    };
    whole.is_some_and(|whole| unsigned || whole <= i64::MAX as u64)
}
