//! A committed file of suppliers, TOML or CSV. All of it is checked before anything is done with any of it.

use std::{collections::BTreeMap, fmt, fs, ops::Range, path::Path};

use anyhow::Context;
use domain::{SupplierId, SupplierSettings};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use toml::Spanned;

/// What a file wants.
pub(super) type Wanted = BTreeMap<SupplierId, SupplierSettings>;

/// What is wrong, and where.
#[derive(Debug, PartialEq)]
pub(super) struct Fault {
    /// From 1.
    line: u64,
    message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.line, self.message)
    }
}

/// Reads the file; all its faults, where it has some.
///
/// # Errors
/// It cannot be opened.
pub(super) fn read(path: &Path) -> anyhow::Result<Result<Wanted, Vec<Fault>>> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let is_csv = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
    Ok(match is_csv {
        true => from_csv(&text),
        false => from_toml(&text),
    })
}

/// One supplier as written: where it stands, its id, its settings.
type Entry = (u64, String, Value);

fn checked(entries: impl Iterator<Item = Result<Entry, Fault>>) -> Result<Wanted, Vec<Fault>> {
    let (mut wanted, mut faults) = (Wanted::new(), Vec::new());
    for entry in entries {
        match entry.and_then(supplier) {
            Ok((line, id, settings)) => {
                if wanted.insert(id.clone(), settings).is_some() {
                    faults.push(Fault {
                        line,
                        message: format!("{id}: it stands in the file twice"),
                    });
                }
            }
            Err(fault) => faults.push(fault),
        }
    }
    match faults.is_empty() {
        true => Ok(wanted),
        false => Err(faults),
    }
}

fn supplier((line, id, settings): Entry) -> Result<(u64, SupplierId, SupplierSettings), Fault> {
    let fault = |message: String| Fault { line, message };
    let known: SupplierId = id
        .parse()
        .map_err(|error: domain::InvalidId| fault(error.to_string()))?;
    if known.is_catalogue() {
        return Err(fault("\"catalogue\" is the buyer's own; choose another id".to_owned()));
    }
    let settings: SupplierSettings =
        serde_json::from_value(settings).map_err(|error| fault(format!("{id}: {error}")))?;
    let settings = settings.checked().map_err(|error| fault(format!("{id}: {error}")))?;
    Ok((line, known, settings))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    suppliers: BTreeMap<Spanned<String>, Value>,
}

fn from_toml(text: &str) -> Result<Wanted, Vec<Fault>> {
    let line_of = |span: Range<usize>| {
        let before = text.get(..span.start).unwrap_or(text);
        before.matches('\n').count() as u64 + 1
    };
    let document: Document = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, line_of);
        vec![Fault {
            line,
            message: error.message().to_owned(),
        }]
    })?;
    let entries = document.suppliers.into_iter().map(|(id, settings)| {
        let line = line_of(id.span());
        Ok((line, id.into_inner(), settings))
    });
    checked(entries)
}

/// Columns of a CSV file. Any may be left out but the first two; what has no column here is for TOML.
const COLUMNS: [&str; 12] = [
    "supplier_id",
    "name",
    "url",
    "sheet",
    "tab",
    "credential",
    "every_minutes",
    "cron",
    "time_zone",
    "default_currency",
    "paused",
    "process_via_ml",
];

fn from_csv(text: &str) -> Result<Wanted, Vec<Fault>> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let at_top = |message: String| vec![Fault { line: 1, message }];
    let headers = reader.headers().map_err(|error| at_top(error.to_string()))?.clone();
    if let Some(stranger) = headers.iter().find(|header| !COLUMNS.contains(header)) {
        let known = COLUMNS.join(", ");
        return Err(at_top(format!("there is no column {stranger:?}; there are {known}")));
    }
    let entries = reader.into_records().map(|record| {
        let record = record.map_err(|error| Fault {
            line: error.position().map_or(1, csv::Position::line),
            message: error.to_string(),
        })?;
        let line = record.position().map_or(1, csv::Position::line);
        let cells: BTreeMap<&str, &str> = headers
            .iter()
            .zip(&record)
            .filter(|(_, cell)| !cell.is_empty())
            .collect();
        let id = cells.get("supplier_id").copied().unwrap_or_default().to_owned();
        match settings_of(&cells) {
            Ok(settings) => Ok((line, id, settings)),
            Err(message) => Err(Fault {
                line,
                message: format!("{id}: {message}"),
            }),
        }
    });
    checked(entries)
}

fn settings_of(cells: &BTreeMap<&str, &str>) -> Result<Value, String> {
    let mut settings = Map::new();
    settings.insert("name".to_owned(), json!(cells.get("name").copied().unwrap_or_default()));
    settings.insert("source".to_owned(), source_of(cells)?);
    if let Some(currency) = cells.get("default_currency") {
        settings.insert("default_currency".to_owned(), json!(currency));
    }
    for column in ["paused", "process_via_ml"] {
        if let Some(cell) = cells.get(column) {
            let flag: bool = cell
                .parse()
                .map_err(|_| format!("{column}: true or false, not {cell:?}"))?;
            settings.insert(column.to_owned(), json!(flag));
        }
    }
    let mut schedule = Map::new();
    for column in ["cron", "time_zone"] {
        if let Some(cell) = cells.get(column) {
            schedule.insert(column.to_owned(), json!(cell));
        }
    }
    if let Some(cell) = cells.get("every_minutes") {
        let minutes: u32 = cell
            .parse()
            .map_err(|_| format!("every_minutes: a number, not {cell:?}"))?;
        schedule.insert("every_minutes".to_owned(), json!(minutes));
    }
    if !schedule.is_empty() {
        settings.insert("schedule".to_owned(), Value::Object(schedule));
    }
    Ok(Value::Object(settings))
}

fn source_of(cells: &BTreeMap<&str, &str>) -> Result<Value, String> {
    let mut source = match (cells.get("url"), cells.get("sheet")) {
        (Some(_), Some(_)) => return Err("either url or sheet, not both".to_owned()),
        (Some(url), None) => json!({"kind": "http", "url": url}),
        (None, Some(sheet)) => json!({"kind": "google_sheet", "sheet": sheet}),
        (None, None) => json!({"kind": "upload"}),
    };
    if let Some(credential) = cells.get("credential") {
        source["credential"] = json!(credential);
    }
    if let Some(tab) = cells.get("tab") {
        source["tab"] = tab.parse::<u64>().map_or_else(|_| json!(tab), |gid| json!(gid));
    }
    Ok(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn toml_and_csv_say_the_same() {
        let toml = r#"
            [suppliers.acme]
            name = "Acme"
            source = { kind = "http", url = "https://acme.example/list.csv", credential = "pricecourier/acme" }
            schedule = { cron = "0 6 * * 1-5", time_zone = "Europe/Berlin" }
            default_currency = "EUR"

            [suppliers.by-hand]
            name = "By hand"
            source = { kind = "upload" }
            paused = true
        "#;
        let csv = "supplier_id,name,url,credential,cron,time_zone,default_currency,paused\n\
                   acme,Acme,https://acme.example/list.csv,pricecourier/acme,0 6 * * 1-5,Europe/Berlin,EUR,\n\
                   by-hand,By hand,,,,,,true\n";
        let wanted = from_toml(toml).unwrap();
        assert_eq!(wanted.len(), 2);
        assert_eq!(from_csv(csv).unwrap(), wanted);
    }

    #[test]
    fn a_mapping_is_read_from_toml() {
        let toml = "[suppliers.acme]\nname = \"Acme\"\nsource = { kind = \"upload\" }\nprocess_via_ml = false\n\
                    [suppliers.acme.legacy.columns]\nsku = { letter = \"A\" }\nprice = { header = \"Price\" }\n";
        let wanted = from_toml(toml).unwrap();
        assert!(wanted.values().all(|settings| settings.legacy.is_some()));
    }

    #[test]
    fn every_fault_is_named_with_its_line() {
        let toml = "[suppliers.acme]\nname = \"\"\nsource = { kind = \"upload\" }\n\n[suppliers.Acme]\nname = \"A\"\n\
                    source = { kind = \"upload\" }\n\n[suppliers.b]\nname = \"B\"\nsource = { kind = \"upload\" }\nshedule = 1\n";
        let mut faults: Vec<_> = from_toml(toml).unwrap_err().iter().map(ToString::to_string).collect();
        faults.sort();
        assert_eq!(faults.len(), 3, "{faults:?}");
        assert!(faults[0].starts_with("1: acme: name:"), "{faults:?}");
        assert!(faults[1].starts_with("5: a supplier id is"), "{faults:?}");
        assert!(faults[2].starts_with("9: b: unknown field `shedule`"), "{faults:?}");
        let broken = from_toml("[suppliers.acme]\nname = \n").unwrap_err();
        assert_eq!(broken[0].line, 2, "{broken:?}");
        let csv = "supplier_id,name,every_minutes\na,A,often\na,A,\na,A,\n";
        let faults: Vec<_> = from_csv(csv).unwrap_err().iter().map(ToString::to_string).collect();
        assert_eq!(
            faults,
            [
                "2: a: every_minutes: a number, not \"often\"",
                "4: a: it stands in the file twice"
            ]
        );
        assert!(
            from_csv("supplier_id,colour\n").unwrap_err()[0]
                .message
                .contains("colour")
        );
    }
}
