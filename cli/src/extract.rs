//! `pricecourier extract`: a table for people, JSON for programs, the reading report with `--explain`.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Seek, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use domain::{ListItem, Text};
use pricelist::{FileError, ItemSink, ReadError, ReadOptions, Reading, Remembered};
use serde_json::{Map, Value, json};

use crate::drawing;

/// What to read and where to put it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Price lists: CSV, Excel, ODS, PDF.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Write one `<file name>.json` per file into this directory instead of showing a table.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Say how each file was read: what was chosen, why, and what was left out.
    #[arg(long)]
    explain: bool,
    /// Draw each page of a PDF, with the cells of the tables found on it framed, as `<file name>-page-<n>.svg` into this
    /// directory.
    #[arg(long, value_name = "DIR")]
    draw: Option<PathBuf>,
    /// The currency of lists that state none (ISO 4217).
    #[arg(long, value_name = "CODE")]
    currency: Option<domain::Currency>,
    /// Read as the supplier's list before was read, which this file tells if it exists, say what has changed, and keep
    /// there how this list was read.
    #[arg(long, value_name = "FILE")]
    remember: Option<PathBuf>,
}

/// Items shown of a list when no directory is given.
const SHOWN: usize = 40;

/// What is kept of a list's items while they are read.
#[derive(Default)]
struct Items {
    count: usize,
    /// Those that are shown.
    first: Vec<ListItem>,
    /// The file that all are written to.
    json: Option<JsonFile>,
}

impl ItemSink for Items {
    fn take(&mut self, item: ListItem) {
        if let Some(json) = &mut self.json {
            json.add(&item);
        }
        self.count += 1;
        if self.first.len() < SHOWN {
            self.first.push(item);
        }
    }

    fn start_over(&mut self) {
        if let Some(json) = &mut self.json {
            json.start_over();
        }
        self.count = 0;
        self.first.clear();
    }
}

/// Runs the command. A file that cannot be read does not keep the others from being read.
///
/// # Errors
/// When a file cannot be opened or written, or when no file could be read.
pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    if let Some(out) = &args.out {
        make_directory(out)?;
    }
    if let Some(pictures) = &args.draw {
        make_directory(pictures)?;
    }
    let mut failed = 0;
    for file in &args.files {
        let name = file_name(file);
        let options = ReadOptions {
            file_name: Some(name.clone()),
            default_currency: args.currency,
            remembered: recalled(args.remember.as_deref())?,
            ..ReadOptions::default()
        };
        let list = File::open(file).with_context(|| format!("cannot open {}", file.display()))?;
        let mut items = Items::default();
        if let Some(out) = &args.out {
            items.json = Some(JsonFile::create(out.join(format!("{name}.json")))?);
        }
        let outcome = pricelist::read_file(list, &options, &mut items);
        let outcome = match outcome {
            Ok(reading) => Ok(reading),
            Err(FileError::List(error)) => Err(error),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", file.display())),
        };
        if let (Some(path), Ok(reading)) = (&args.remember, &outcome) {
            remember(path, reading)?;
        }
        if let Some(pictures) = &args.draw {
            let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
            drawing::draw(&name, &bytes, pictures)?;
        }
        if let Some(json) = items.json.take() {
            json.finish(&outcome)?;
        }
        match outcome {
            Ok(reading) => show(&mut io::stdout().lock(), &name, &reading, &items, &args)?,
            Err(error) => {
                failed += 1;
                eprintln!("{name}: {error}");
            }
        }
    }
    if failed == args.files.len() {
        bail!("no file could be read");
    }
    Ok(())
}

/// What the file of an earlier reading tells; none where it does not exist yet.
fn recalled(path: Option<&Path>) -> anyhow::Result<Option<Remembered>> {
    let Some(path) = path else { return Ok(None) };
    match fs::read(path) {
        Ok(json) => serde_json::from_slice(&json).map(Some).with_context(|| {
            format!(
                "{} is no remembered reading; delete it or name another file",
                path.display()
            )
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot open {}", path.display())),
    }
}

/// Keeps how a list was read; one without items teaches nothing.
fn remember(path: &Path, reading: &Reading) -> anyhow::Result<()> {
    if reading.remembered.tables.is_empty() {
        return Ok(());
    }
    let json = serde_json::to_string_pretty(&reading.remembered)?;
    fs::write(path, json).with_context(|| format!("cannot write {}", path.display()))
}

fn make_directory(path: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(path).with_context(|| format!("cannot make the directory {}", path.display()))
}

/// The last part of a path.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}

fn show(out: &mut dyn Write, name: &str, reading: &Reading, items: &Items, args: &Args) -> io::Result<()> {
    writeln!(
        out,
        "{name}: {} items, {} rows with errors",
        items.count,
        reading.errors.len()
    )?;
    if args.explain {
        write!(out, "{}", reading.report)?;
    } else {
        for warning in &reading.report.warnings {
            writeln!(out, "  note: {warning}")?;
        }
        for drift in &reading.report.drift {
            writeln!(out, "  changed: {drift}")?;
        }
    }
    if args.out.is_some() {
        return Ok(());
    }
    writeln!(
        out,
        "{:>6}  {:<18}  {:<48}  {:>12}  {:<4}  {:<8}",
        "row", "code", "name", "price", "", "unit"
    )?;
    for item in &items.first {
        writeln!(
            out,
            "{:>6}  {:<18}  {:<48}  {:>12}  {:<4}  {:<8}",
            item.position.row,
            clip(item.sku.as_deref().unwrap_or_default(), 18),
            clip(item.name.as_deref().unwrap_or_default(), 48),
            item.price.map(|price| price.to_string()).unwrap_or_default(),
            item.currency.map(|currency| currency.to_string()).unwrap_or_default(),
            clip(
                item.unit
                    .as_ref()
                    .map(|unit| unit.original.as_str())
                    .unwrap_or_default(),
                8
            ),
        )?;
    }
    if items.count > items.first.len() {
        writeln!(out, "        … and {} more", items.count - items.first.len())?;
    }
    for error in reading.errors.iter().take(10) {
        let place = error
            .cell
            .clone()
            .unwrap_or_else(|| format!("row {}", error.position.row));
        writeln!(out, "  {place}: {} ({:?})", error.message, error.text)?;
    }
    Ok(())
}

fn clip(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

/// A list as programs read it, written while it is read.
struct JsonFile {
    path: PathBuf,
    out: BufWriter<File>,
    items: usize,
    failure: Option<io::Error>,
}

impl JsonFile {
    fn create(path: PathBuf) -> anyhow::Result<Self> {
        let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        let mut json = Self {
            path,
            out: BufWriter::new(file),
            items: 0,
            failure: None,
        };
        json.start_over();
        Ok(json)
    }

    /// Begins with no item; a failure is told by [`Self::finish`].
    fn start_over(&mut self) {
        let begun = self
            .out
            .rewind()
            .and_then(|()| self.out.get_mut().set_len(0))
            .and_then(|()| self.out.write_all(b"{\"items\":["));
        self.items = 0;
        self.failure = begun.err();
    }

    /// Writes an item; a failure is told by [`Self::finish`].
    fn add(&mut self, item: &ListItem) {
        if self.failure.is_some() {
            return;
        }
        let separator: &[u8] = if self.items == 0 { b"" } else { b"," };
        self.items += 1;
        let written = self.out.write_all(separator).and_then(|()| {
            serde_json::to_writer(&mut self.out, &item_json(item))?;
            Ok(())
        });
        self.failure = written.err();
    }

    /// Writes what is told of the list as a whole. Items of a list that was refused in the end are taken back.
    fn finish(mut self, outcome: &Result<Reading, ReadError>) -> anyhow::Result<()> {
        let written = match (self.failure.take(), outcome) {
            (Some(failure), _) => Err(failure),
            (None, Ok(reading)) => self.end(reading),
            (None, Err(error)) => {
                drop(self.out);
                fs::write(&self.path, refused(error).to_string())
            }
        };
        written.with_context(|| format!("cannot write {}", self.path.display()))
    }

    fn end(&mut self, reading: &Reading) -> io::Result<()> {
        let parts = [
            ("kind", json!(reading.kind)),
            ("tables", json!(reading.tables)),
            ("errors", json!(reading.errors)),
            ("warnings", json!(reading.report.warnings)),
            ("report", json!(reading.report)),
        ];
        self.out.write_all(b"]")?;
        for (name, value) in parts {
            write!(self.out, ",\"{name}\":{value}")?;
        }
        self.out.write_all(b"}")?;
        self.out.flush()
    }
}

fn refused(error: &ReadError) -> Value {
    json!({
        "items": [],
        "errors": [{ "code": error.code(), "message": error.to_string() }],
        "rejected": error.code(),
    })
}

/// An item with its fields side by side, as programs compare them.
fn item_json(item: &ListItem) -> Value {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Option<Text>| {
        if let Some(value) = value {
            fields.insert(name.to_owned(), Value::String(value.into()));
        }
    };
    put("sku", item.sku.clone());
    put("barcode", item.barcode.clone());
    put("name", item.name.clone());
    put("brand", item.brand.clone());
    put("category", item.category.clone());
    put("description", item.description.clone());
    put("price", item.price.map(|price| price.to_string().into()));
    put("currency", item.currency.map(|currency| currency.to_string().into()));
    put("unit", item.unit.as_ref().map(|unit| unit.original.clone()));
    put("unit_code", item.unit.as_ref().and_then(|unit| unit.code.clone()));
    put("pack_size", item.pack_size.map(|size| size.to_string().into()));
    put(
        "minimum_order",
        item.minimum_order.map(|quantity| quantity.to_string().into()),
    );
    put(
        "stock",
        item.availability
            .as_ref()
            .map(|availability| availability.original.clone()),
    );
    put("sheet", item.position.sheet.clone());
    fields.insert("row".to_owned(), json!(item.position.row));
    if let Some(page) = item.position.page {
        fields.insert("page".to_owned(), json!(page));
    }
    if !item.prices.is_empty() {
        fields.insert("prices".to_owned(), json!(item.prices));
    }
    fields.insert("cells".to_owned(), json!(item.cells));
    Value::Object(fields)
}
