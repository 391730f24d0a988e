//! What a query of a database came to, bounded.
//!
//! Deliberately absent: asking; each database has its own way.

use serde_json::{Map, Value as Json};

/// The most rows kept; a query for a check has a handful.
pub const ROW_LIMIT: usize = 1000;
/// The most bytes of rows taken.
pub const SIZE_LIMIT: usize = 4 << 20;

/// Rows as they come in.
#[derive(Debug, Default)]
pub struct Rows {
    columns: Vec<String>,
    rows: Vec<Json>,
    /// The first column of the first row.
    value: Option<String>,
    size: usize,
}

impl Rows {
    pub fn new(columns: Vec<String>) -> Rows {
        Rows { columns, ..Rows::default() }
    }

    /// Adds a row; `None` is NULL.
    ///
    /// # Errors
    /// A sentence, if there are too many rows or they are too large.
    pub fn add(&mut self, cells: Vec<Option<Json>>) -> Result<(), String> {
        self.size += cells.iter().flatten().map(|cell| cell.as_str().map_or(8, str::len) + 8).sum::<usize>();
        if self.rows.len() == ROW_LIMIT || self.size > SIZE_LIMIT {
            return Err(format!(
                "the query gives more than {ROW_LIMIT} rows or {} MiB; let it count, or add a LIMIT",
                SIZE_LIMIT >> 20
            ));
        }
        if self.rows.is_empty() {
            self.value = cells.first().and_then(Option::as_ref).map(text);
        }
        let cells = cells.into_iter().map(|cell| cell.unwrap_or(Json::Null));
        self.rows.push(Json::Object(self.columns.iter().cloned().zip(cells).collect::<Map<_, _>>()));
        Ok(())
    }

    pub fn count(&self) -> usize {
        self.rows.len()
    }

    pub fn value(&self) -> Option<String> {
        self.value.clone()
    }

    pub fn into_document(self) -> Json {
        Json::Array(self.rows)
    }
}

fn text(cell: &Json) -> String {
    match cell {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A number written as text; what is none, as `NaN`, stays text.
pub fn number(text: &str) -> Json {
    match text.parse::<i64>() {
        Ok(number) => number.into(),
        Err(_) => match text.parse::<f64>().ok().and_then(serde_json::Number::from_f64) {
            Some(number) => Json::Number(number),
            None => text.into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rows_become_a_document() {
        let mut rows = Rows::new(vec!["n".into(), "t".into()]);
        rows.add(vec![Some(number("7")), None]).unwrap();
        rows.add(vec![Some(number("1.5")), Some(number("NaN"))]).unwrap();
        assert_eq!((rows.count(), rows.value()), (2, Some("7".into())));
        assert_eq!(rows.into_document(), json!([{ "n": 7, "t": null }, { "n": 1.5, "t": "NaN" }]));
    }

    #[test]
    fn too_much_is_refused() {
        let mut rows = Rows::new(vec!["n".into()]);
        assert!(rows.add(vec![Some("x".repeat(SIZE_LIMIT).into())]).unwrap_err().contains("LIMIT"));
        let mut rows = Rows::new(vec![]);
        assert!((0..ROW_LIMIT).all(|_| rows.add(vec![]).is_ok()));
        assert!(rows.add(vec![]).is_err());
    }
}
