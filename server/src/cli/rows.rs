//! Comments out of CSV and JSON Lines files, row by row; a bad row is one bad row.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use clap::ValueEnum;
use klartext_proto::v1::{
    AttributeValue, Channel, Comment, ErrorReason, ItemError, Scores, SurveyKind, attribute_value,
};
use serde_json::Value;
use tonic::Code;

use super::CliError;

/// How a file of comments is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FileFormat {
    Csv,
    Jsonl,
    /// One comment a line, nothing else.
    Lines,
}

impl FileFormat {
    /// By the file's ending.
    pub fn of(path: &Path) -> Result<Self, CliError> {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
        match ending.as_str() {
            "csv" | "tsv" => Ok(FileFormat::Csv),
            "jsonl" | "ndjson" => Ok(FileFormat::Jsonl),
            "txt" => Ok(FileFormat::Lines),
            _ => Err(CliError::configuration(format!(
                "{}: the ending says neither CSV nor JSON Lines; name it with --input-format",
                path.display()
            ))),
        }
    }
}

/// The fields that a column can be mapped to; `attributes.NAME` for anything else.
pub const FIELDS: [&str; 14] = [
    "external_id",
    "source",
    "text",
    "journey",
    "channel",
    "language",
    "time",
    "question",
    "nps",
    "csat",
    "stars",
    "touchpoint",
    "survey_kind",
    "subject",
];

/// Which column goes to which field, and what every row has besides.
#[derive(Debug, Clone, Default)]
pub struct Mapping {
    /// Field -> column. A field without an entry is read from the column of its own name.
    columns: BTreeMap<String, String>,
    /// Field -> value, where a row has none.
    constants: BTreeMap<String, String>,
}

impl Mapping {
    /// # Errors
    /// A field that does not exist.
    pub fn new(columns: &[(String, String)], constants: &[(String, String)]) -> Result<Self, CliError> {
        for (field, _) in columns.iter().chain(constants) {
            if !FIELDS.contains(&field.as_str()) && !field.starts_with("attributes.") {
                return Err(CliError::configuration(format!(
                    "there is no field {field:?}; use {} or attributes.NAME",
                    FIELDS.join(", ")
                )));
            }
        }
        Ok(Self { columns: columns.iter().cloned().collect(), constants: constants.iter().cloned().collect() })
    }

    /// A text that came without columns, as the `number`th row.
    pub fn single_text(&self, number: u64, text: String) -> Row {
        to_row(number, Ok(self.apply(&BTreeMap::from([("text".to_owned(), Value::String(text))]))))
    }

    /// Values by field, from values by column.
    fn apply(&self, row: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
        let mut values = BTreeMap::new();
        let mapped_attributes = self.columns.keys().filter(|field| field.starts_with("attributes."));
        for field in FIELDS.iter().map(|field| (*field).to_owned()).chain(mapped_attributes.cloned()) {
            let column = self.columns.get(&field).unwrap_or(&field);
            // Data sets often call the external id just "id".
            let found = row.get(column).or_else(|| row.get("id").filter(|_| column == "external_id"));
            if let Some(value) = found.filter(|value| !is_blank(value)) {
                values.insert(field, value.clone());
            }
        }
        if let Some(Value::Object(attributes)) = row.get("attributes") {
            values.extend(attributes.iter().map(|(name, value)| (format!("attributes.{name}"), value.clone())));
        }
        for (field, value) in &self.constants {
            values.entry(field.clone()).or_insert_with(|| Value::String(value.clone()));
        }
        values
    }
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        _ => false,
    }
}

/// One row of a file.
#[derive(Debug)]
pub struct Row {
    /// Line of the file on which it starts, from 1.
    pub line: u64,
    /// As far as it could be read.
    pub external_id: String,
    pub comment: Result<Comment, ItemError>,
}

/// Rows in the order of the file.
pub struct Rows {
    inner: Box<dyn Iterator<Item = Row> + Send>,
}

impl Rows {
    /// # Errors
    /// A file that cannot be read, or a CSV file without the column for the text.
    pub fn open(path: &Path, format: FileFormat, delimiter: Option<char>, mapping: Mapping) -> Result<Self, CliError> {
        let failed = |error: std::io::Error| CliError::configuration(format!("{}: {error}", path.display()));
        let file = BufReader::new(File::open(path).map_err(failed)?);
        match format {
            FileFormat::Jsonl => Ok(Self::from_json_lines(file, mapping)),
            FileFormat::Lines => Ok(Self::from_lines(file, mapping)),
            FileFormat::Csv => Self::from_csv(file, delimiter, mapping)
                .map_err(|reason| CliError::configuration(format!("{}: {reason}", path.display()))),
        }
    }

    pub fn from_json_lines(reader: impl BufRead + Send + 'static, mapping: Mapping) -> Self {
        let rows = raw_lines(reader).map(move |(line, content)| {
            let values = content.and_then(|content| {
                serde_json::from_str::<BTreeMap<String, Value>>(&content)
                    .map_err(|error| rejected("", format!("no JSON object: {error}")))
            });
            to_row(line, values.map(|values| mapping.apply(&values)))
        });
        Self { inner: Box::new(rows) }
    }

    pub fn from_lines(reader: impl BufRead + Send + 'static, mapping: Mapping) -> Self {
        let rows = raw_lines(reader).map(move |(line, content)| {
            let values = content.map(|text| BTreeMap::from([("text".to_owned(), Value::String(text))]));
            to_row(line, values.map(|values| mapping.apply(&values)))
        });
        Self { inner: Box::new(rows) }
    }

    fn from_csv(
        mut reader: impl BufRead + Send + 'static,
        delimiter: Option<char>,
        mapping: Mapping,
    ) -> Result<Self, String> {
        let mut header = Vec::new();
        reader.read_until(b'\n', &mut header).map_err(|error| error.to_string())?;
        let delimiter = delimiter.map_or_else(|| guess_delimiter(&header), |delimiter| delimiter as u8);
        let whole = std::io::Cursor::new(header).chain(reader);
        let mut csv = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(whole);
        let columns: Vec<String> = csv
            .byte_headers()
            .map_err(|error| error.to_string())?
            .iter()
            .map(|name| String::from_utf8_lossy(name).trim_start_matches('\u{feff}').trim().to_owned())
            .collect();
        let text_column = mapping.columns.get("text").map_or("text", String::as_str);
        if !columns.iter().any(|column| column == text_column) {
            return Err(format!(
                "there is no column {text_column:?} for the text; the columns are {}; name it with --map text=COLUMN",
                columns.join(", ")
            ));
        }
        let rows = csv.into_byte_records().map(move |record| {
            let line = match &record {
                Ok(record) => record.position().map_or(0, csv::Position::line),
                Err(error) => error.position().map_or(0, csv::Position::line),
            };
            let values = record.map_err(|error| rejected("", format!("no CSV record: {error}"))).and_then(|record| {
                if record.len() > columns.len() {
                    let reason = format!("{} values for {} columns", record.len(), columns.len());
                    return Err(rejected("", reason));
                }
                columns
                    .iter()
                    .zip(&record)
                    .map(|(column, value)| Ok((column.clone(), Value::String(utf8(value)?))))
                    .collect()
            });
            to_row(line, values.map(|values| mapping.apply(&values)))
        });
        Ok(Self { inner: Box::new(rows) })
    }
}

impl Iterator for Rows {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        self.inner.next()
    }
}

/// Non-blank lines with their number.
fn raw_lines(mut reader: impl BufRead + Send) -> impl Iterator<Item = (u64, Result<String, ItemError>)> + Send {
    let mut number = 0;
    std::iter::from_fn(move || {
        loop {
            let mut line = Vec::new();
            number += 1;
            match reader.read_until(b'\n', &mut line) {
                Ok(0) => return None,
                Ok(_) if line.iter().all(u8::is_ascii_whitespace) => {}
                Ok(_) => return Some((number, utf8(&line).map(|line| line.trim_end().to_owned()))),
                Err(error) => return Some((number, Err(rejected("", format!("the file cannot be read: {error}"))))),
            }
        }
    })
    // A read error would come again and again.
    .scan(false, |failed, row| (!std::mem::replace(failed, is_read_error(&row))).then_some(row))
}

fn is_read_error((_, row): &(u64, Result<String, ItemError>)) -> bool {
    row.as_ref().is_err_and(|error| error.message.starts_with("the file cannot be read"))
}

fn utf8(bytes: &[u8]) -> Result<String, ItemError> {
    String::from_utf8(bytes.to_vec()).map_err(|_| rejected("", "not valid UTF-8"))
}

/// Spreadsheets in German locales write `;`.
fn guess_delimiter(header: &[u8]) -> u8 {
    let count = |delimiter: u8| header.iter().filter(|&&byte| byte == delimiter).count();
    *b",;\t".iter().max_by_key(|&&delimiter| (count(delimiter), delimiter == b',')).unwrap_or(&b',')
}

fn rejected(field: &str, message: impl Into<String>) -> ItemError {
    ItemError {
        code: Code::InvalidArgument as i32,
        reason: ErrorReason::RowInvalid.into(),
        message: message.into(),
        field: field.to_owned(),
    }
}

fn to_row(line: u64, values: Result<BTreeMap<String, Value>, ItemError>) -> Row {
    match values {
        Err(error) => Row { line, external_id: String::new(), comment: Err(error) },
        Ok(values) => Row {
            line,
            external_id: values.get("external_id").map(as_text).unwrap_or_default(),
            comment: to_comment(&values),
        },
    }
}

fn to_comment(values: &BTreeMap<String, Value>) -> Result<Comment, ItemError> {
    let text_of = |field: &str| values.get(field).map(as_text).unwrap_or_default();
    let number_of = |field: &str| values.get(field).map(|value| as_number(field, value)).transpose();
    let mut attributes = std::collections::HashMap::new();
    for (field, value) in values {
        if let Some(name) = field.strip_prefix("attributes.") {
            attributes.insert(name.to_owned(), as_attribute(value));
        }
    }
    Ok(Comment {
        external_id: text_of("external_id"),
        source: text_of("source"),
        text: text_of("text"),
        journey: text_of("journey"),
        channel: enum_of("channel", &text_of("channel"), "CHANNEL_", |name| {
            Channel::from_str_name(name).map(i32::from)
        })?,
        language: text_of("language"),
        time: values.get("time").map(as_time).transpose()?,
        question: text_of("question"),
        scores: Some(Scores { nps: number_of("nps")?, csat: number_of("csat")?, stars: number_of("stars")? }),
        touchpoint: text_of("touchpoint"),
        survey_kind: enum_of("survey_kind", &text_of("survey_kind"), "SURVEY_KIND_", |name| {
            SurveyKind::from_str_name(name).map(i32::from)
        })?,
        subject: text_of("subject"),
        attributes,
    })
}

fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// German spreadsheets write a decimal comma.
fn as_number(field: &str, value: &Value) -> Result<f64, ItemError> {
    let number = value.as_f64().or_else(|| as_text(value).trim().replace(',', ".").parse().ok());
    number.ok_or_else(|| rejected(field, format!("{field} {} is no number", as_text(value))))
}

fn as_attribute(value: &Value) -> AttributeValue {
    let value = match value.as_f64() {
        Some(number) => attribute_value::Value::Number(number),
        None => attribute_value::Value::Text(as_text(value)),
    };
    AttributeValue { value: Some(value) }
}

fn as_time(value: &Value) -> Result<prost_types::Timestamp, ItemError> {
    parse_time(&as_text(value)).map_err(|reason| rejected("time", format!("time {reason}")))
}

/// RFC 3339, or a date with or without a time as it is written in Germany or in ISO 8601; without an offset it is UTC.
pub fn parse_time(text: &str) -> Result<prost_types::Timestamp, String> {
    let text = text.trim();
    let date_time = |format| NaiveDateTime::parse_from_str(text, format).ok();
    let date = |format| NaiveDate::parse_from_str(text, format).ok().and_then(|date| date.and_hms_opt(0, 0, 0));
    let naive = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M"]
        .into_iter()
        .find_map(date_time)
        .or_else(|| ["%Y-%m-%d", "%d.%m.%Y"].into_iter().find_map(date));
    let time = DateTime::parse_from_rfc3339(text)
        .map(|time| time.with_timezone(&Utc))
        .ok()
        .or_else(|| naive.map(|naive| naive.and_utc()))
        .ok_or_else(|| format!("{text:?} is no date; write 2026-01-31 or 2026-01-31T14:05:00Z"))?;
    Ok(prost_types::Timestamp { seconds: time.timestamp(), nanos: time.timestamp_subsec_nanos() as i32 })
}

fn enum_of(field: &str, name: &str, prefix: &str, number_of: impl Fn(&str) -> Option<i32>) -> Result<i32, ItemError> {
    if name.is_empty() {
        return Ok(0);
    }
    let full_name = format!("{prefix}{}", name.trim().to_ascii_uppercase().replace(['-', ' '], "_"));
    number_of(&full_name).ok_or_else(|| rejected(field, format!("{field} {name:?} is not known")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(left, right)| ((*left).to_owned(), (*right).to_owned())).collect()
    }

    fn csv(content: &'static [u8], columns: &[(&str, &str)]) -> Vec<Row> {
        let mapping = Mapping::new(&pairs(columns), &pairs(&[("source", "test")])).expect("fields exist");
        Rows::from_csv(content, None, mapping).expect("it has a text column").collect()
    }

    #[test]
    fn a_german_spreadsheet_is_read() {
        let rows = csv(
            "Nr;Kommentar;NPS;Datum;Wartezeit\n7;\"Alles gut;\nwirklich\";8,5;31.01.2026;540\n".as_bytes(),
            &[
                ("text", "Kommentar"),
                ("external_id", "Nr"),
                ("nps", "NPS"),
                ("time", "Datum"),
                ("attributes.wait_seconds", "Wartezeit"),
            ],
        );
        let comment = rows[0].comment.as_ref().expect("it is valid");
        assert_eq!(comment.text, "Alles gut;\nwirklich");
        assert_eq!(comment.external_id, "7");
        assert_eq!(comment.source, "test");
        assert_eq!(comment.scores.as_ref().and_then(|scores| scores.nps), Some(8.5));
        assert_eq!(comment.time.as_ref().map(|time| time.seconds), Some(1_769_817_600));
        assert!(comment.attributes.contains_key("wait_seconds"));
    }

    #[test]
    fn bad_rows_are_single_bad_rows() {
        let rows = csv(
            b"text,nps,channel,time\nok,1,survey,\nbad,many,,\n\xff\xfe,1,,\nx,1,pigeon,\ny,1,,soon\na,b,c,d,e\n",
            &[],
        );
        let fields: Vec<String> = rows
            .iter()
            .map(|row| row.comment.as_ref().map_or_else(|error| error.field.clone(), |_| "ok".into()))
            .collect();
        assert_eq!(fields, ["ok", "nps", "", "channel", "time", ""]);
        assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn json_lines_take_id_for_the_external_id() {
        let content = b"{\"id\": \"a1\", \"text\": \"gut\", \"attributes\": {\"wait_seconds\": 5}}\n\nnonsense\n[1]\n";
        let rows: Vec<Row> = Rows::from_json_lines(&content[..], Mapping::default()).collect();
        assert_eq!(rows.len(), 3);
        assert_eq!(rows[0].external_id, "a1");
        assert!(rows[0].comment.is_ok());
        assert_eq!(rows[1].line, 3);
        assert!(rows[1].comment.is_err() && rows[2].comment.is_err());
    }

    #[test]
    fn a_missing_text_column_and_unknown_fields_are_told() {
        let reason = Rows::from_csv(&b"a,b\n1,2\n"[..], None, Mapping::default()).err().expect("no text column");
        assert!(reason.contains("--map text=COLUMN"), "{reason}");
        assert!(Mapping::new(&pairs(&[("txt", "a")]), &[]).is_err());
    }
}
