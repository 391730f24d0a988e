//! From the bytes of a file to a source that can be parsed, or to a complaint why not.

use crate::spec::{
    diagnostic::{Complaint, Complaints},
    source::{Source, Span},
};
use std::sync::Arc;

/// Largest file that is read, in bytes.
pub const MAX_SIZE: usize = 16 * 1024 * 1024;

const BYTE_ORDER_MARK: &str = "\u{feff}";
const SAVE_AS_UTF8: &str = "save the file as UTF-8";

/// Takes a file's bytes as UTF-8 text; a UTF-8 byte order mark is left out.
///
/// Complains and gives nothing if they are no UTF-8, hold a NUL, or are more than [`MAX_SIZE`].
pub fn read_bytes(name: impl Into<String>, bytes: Vec<u8>, complaints: &mut Complaints) -> Option<Arc<Source>> {
    match decode(name.into(), bytes) {
        Ok(source) => Some(source),
        Err(complaint) => {
            complaints.push(*complaint);
            None
        }
    }
}

/// The complaint about a text of `size` bytes, which is more than [`MAX_SIZE`].
pub(super) fn too_large(source: &Arc<Source>, size: usize) -> Complaint {
    let limit = MAX_SIZE / (1024 * 1024);
    let message = format!("the file has {size} bytes; at most {limit} MiB are read");
    Complaint::error("E0002", source, Span::new(0, 0), message)
        .help("split it into several files, or check that it is the file you meant")
}

fn decode(name: String, bytes: Vec<u8>) -> Result<Arc<Source>, Box<Complaint>> {
    if bytes.len() > MAX_SIZE {
        return Err(Box::new(too_large(&Arc::new(Source::new(name, "")), bytes.len())));
    }
    if let Some(encoding) = other_encoding(&bytes) {
        let message = format!("the file is {encoding}, not UTF-8");
        return Err(Box::new(encoding_error(&Arc::new(Source::new(name, "")), 0, message)));
    }
    let text = String::from_utf8(bytes).map_err(|error| not_utf8(&name, &error))?;
    let source = match text.strip_prefix(BYTE_ORDER_MARK) {
        Some(rest) => Arc::new(Source::new(name, rest)),
        None => Arc::new(Source::new(name, text)),
    };
    match source.text.find('\0') {
        Some(at) => {
            let message = "the file contains a NUL byte, which no YAML text has".to_string();
            Err(Box::new(encoding_error(&source, at, message)))
        }
        None => Ok(source),
    }
}

/// UTF-16 and UTF-32 are told by their byte order mark (UTF-32 first: its mark begins like that of UTF-16),
/// or by a NUL beside the first letter.
fn other_encoding(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some("UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("UTF-16"),
        [0, letter, 0, _, ..] | [letter, 0, _, 0, ..] if letter.is_ascii_graphic() => Some("UTF-16"),
        _ => None,
    }
}

/// What follows the first bad byte is shown as well as it can be; places before it stay exact.
fn not_utf8(name: &str, error: &std::string::FromUtf8Error) -> Box<Complaint> {
    let bytes = error.as_bytes();
    let at = error.utf8_error().valid_up_to();
    let text = String::from_utf8_lossy(bytes);
    let shown = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&text);
    let source = Arc::new(Source::new(name, shown));
    let byte = bytes.get(at).copied().unwrap_or_default();
    let message = format!("the file is not UTF-8: byte 0x{byte:02x} does not belong here");
    Box::new(encoding_error(&source, at - (text.len() - shown.len()), message))
}

fn encoding_error(source: &Arc<Source>, at: usize, message: String) -> Complaint {
    let at = at as u32;
    let length = source.text[at as usize..].chars().next().map_or(0, |bad| bad.len_utf8() as u32);
    Complaint::error("E0001", source, Span::new(at, at + length), message).help(SAVE_AS_UTF8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(bytes: &[u8]) -> Complaint {
        let mut complaints = Complaints::default();
        assert!(read_bytes("a.yaml", bytes.to_vec(), &mut complaints).is_none());
        let mut all = complaints.into_iter();
        let first = all.next().expect("a complaint");
        assert!(all.next().is_none());
        first
    }

    fn line_and_column(complaint: &Complaint) -> (u32, u32) {
        let position = complaint.source.position(complaint.span.start);
        (position.line, position.column)
    }

    #[test]
    fn the_byte_order_mark_is_left_out() {
        let mut complaints = Complaints::default();
        let source = read_bytes("a.yaml", b"\xef\xbb\xbfa: 1".to_vec(), &mut complaints);
        assert_eq!(source.map(|source| source.text.clone()).as_deref(), Some("a: 1"));
        assert!(complaints.is_empty());
    }

    #[test]
    fn the_first_bad_byte_has_a_place() {
        let complaint = refused(b"\xef\xbb\xbfa: 1\nb: \xc3\xbc\xe4x\nc: \xff\n");
        assert_eq!(complaint.code, "E0001");
        assert_eq!(line_and_column(&complaint), (2, 5));
        assert!(complaint.message.contains("0xe4"), "{}", complaint.message);
    }

    #[test]
    fn a_nul_has_a_place() {
        let complaint = refused(b"a: 1\nb: \0\n");
        assert_eq!(line_and_column(&complaint), (2, 4));
        assert!(complaint.message.contains("NUL"), "{}", complaint.message);
    }

    #[test]
    fn other_encodings_are_named() {
        for bytes in [b"\xff\xfea\0:\0".as_slice(), b"\xfe\xff\0a\0:", b"a\0:\0 \0", b"\0a\0:\0 "] {
            assert!(refused(bytes).message.contains("UTF-16"), "{bytes:?}");
        }
        assert!(refused(b"\xff\xfe\0\0a\0\0\0").message.contains("UTF-32"));
    }

    #[test]
    fn a_huge_file_is_refused() {
        assert_eq!(refused(&vec![b' '; MAX_SIZE + 1]).code, "E0002");
    }
}
