//! BIFF5 and BIFF8 workbooks (Excel 5 to 2003) in an OLE container. Read by our own code because claimed sizes, chains and
//! code pages must be distrusted: a missing or wrong code page is decided by the words that the bytes make.

mod container;
mod records;
mod strings;

use std::{borrow::Cow, collections::HashMap};

use encoding_rs::Encoding;

use self::{records::Record, records::Records, strings::Chunks};
use crate::{
    Limits, ReadError, Sniffed,
    grid::{Grid, GridBuilder, Merge, SharedText, Value, Visibility},
    number_format::NumberFormat,
    text::plausibility,
};

const SEEN: Sniffed = Sniffed::Xls;

/// Record types ([MS-XLS] 2.3).
mod kind {
    pub(super) const FORMULA: [u16; 3] = [0x0006, 0x0206, 0x0406];
    pub(super) const EOF: u16 = 0x000a;
    pub(super) const DATE_MODE: u16 = 0x0022;
    pub(super) const FILE_PASS: u16 = 0x002f;
    pub(super) const CONTINUE: u16 = 0x003c;
    pub(super) const CODE_PAGE: u16 = 0x0042;
    pub(super) const COL_INFO: u16 = 0x007d;
    pub(super) const BOUND_SHEET: u16 = 0x0085;
    pub(super) const MUL_RK: u16 = 0x00bd;
    pub(super) const RSTRING: u16 = 0x00d6;
    pub(super) const XF: u16 = 0x00e0;
    pub(super) const MERGED_CELLS: u16 = 0x00e5;
    pub(super) const SST: u16 = 0x00fc;
    pub(super) const LABEL_SST: u16 = 0x00fd;
    pub(super) const NUMBER: u16 = 0x0203;
    pub(super) const LABEL: u16 = 0x0204;
    pub(super) const BOOL_ERR: u16 = 0x0205;
    pub(super) const STRING: u16 = 0x0207;
    pub(super) const ROW: u16 = 0x0208;
    pub(super) const RK: u16 = 0x027e;
    pub(super) const FORMAT: u16 = 0x041e;
    pub(super) const BOF: [u16; 4] = [0x0009, 0x0209, 0x0409, 0x0809];
}

/// What the workbook's globals say.
struct Globals<'b> {
    biff8: bool,
    code_page: Option<u16>,
    date1904: bool,
    sheets: Vec<BoundSheet<'b>>,
    formats: HashMap<u32, Cow<'b, [u8]>>,
    /// The number format of each cell style.
    styles: Vec<u32>,
    strings: Chunks<'b>,
}

struct BoundSheet<'b> {
    offset: usize,
    visibility: Visibility,
    is_worksheet: bool,
    name: &'b [u8],
}

/// Reads every worksheet.
pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Vec<Grid>, ReadError> {
    let stream = container::workbook_stream(bytes)?;
    let globals = read_globals(&stream)?;
    let encoding = encoding(&stream, &globals);
    let text = Decoder {
        biff8: globals.biff8,
        encoding,
    };
    let formats: HashMap<u32, NumberFormat> = globals
        .formats
        .iter()
        .map(|(id, code)| {
            (
                *id,
                NumberFormat::from_code(&text.decode_counted(code, !globals.biff8), globals.date1904),
            )
        })
        .collect();
    let styles: Vec<NumberFormat> = globals
        .styles
        .iter()
        .map(|id| {
            formats
                .get(id)
                .cloned()
                .unwrap_or_else(|| NumberFormat::built_in(*id, globals.date1904))
        })
        .collect();
    let mut shared = SharedText::default();
    for string in globals.strings.strings() {
        shared.push(&text.decode(&string), limits)?;
    }
    let store = shared.share();
    let mut grids = Vec::new();
    let mut cells = 0;
    let whole = [BoundSheet {
        offset: 0,
        visibility: Visibility::Visible,
        is_worksheet: true,
        name: b"",
    }];
    let sheets = if globals.sheets.is_empty() {
        whole.as_slice()
    } else {
        globals.sheets.as_slice()
    };
    for sheet in sheets.iter().filter(|sheet| sheet.is_worksheet) {
        Limits::hold("sheets", grids.len() as u64 + 1, limits.sheets as u64)?;
        let builder = GridBuilder::new(limits, cells)
            .name(text.decode_counted(sheet.name, true), sheet.visibility)
            .shared(store.clone())
            .formats(styles.clone());
        let grid = read_sheet(&stream, sheet.offset, &text, &shared, builder)?;
        cells += (0..grid.height()).map(|row| grid.cells(row).len()).sum::<usize>();
        grids.push(grid);
    }
    if grids.is_empty() {
        Err(ReadError::damaged(SEEN, "it has no worksheet"))
    } else {
        Ok(grids)
    }
}

fn read_globals(stream: &[u8]) -> Result<Globals<'_>, ReadError> {
    let mut records = Records::new(stream, 0);
    let first = records.next().filter(|record| kind::BOF.contains(&record.kind));
    let Some(first) = first else {
        return Err(ReadError::damaged(SEEN, "its stream does not start with a workbook"));
    };
    let mut globals = Globals {
        biff8: first.kind == 0x0809 && first.u16(0) == Some(0x0600),
        code_page: None,
        date1904: false,
        sheets: Vec::new(),
        formats: HashMap::new(),
        styles: Vec::new(),
        strings: Chunks::default(),
    };
    let mut in_strings = false;
    for record in records {
        in_strings &= record.kind == kind::CONTINUE;
        match record.kind {
            kind::FILE_PASS => return Err(ReadError::PasswordProtected),
            kind::CODE_PAGE => globals.code_page = record.u16(0),
            kind::DATE_MODE => globals.date1904 = record.u16(0) == Some(1),
            kind::FORMAT => {
                if let (Some(id), Some(code)) = (record.u16(0), record.data.get(2..)) {
                    globals.formats.insert(u32::from(id), Cow::Borrowed(code));
                }
            }
            kind::XF if globals.styles.len() < usize::from(u16::MAX) => {
                globals.styles.push(u32::from(record.u16(2).unwrap_or(0)));
            }
            kind::BOUND_SHEET => globals.sheets.extend(bound_sheet(&record)),
            kind::SST => {
                globals.strings = Chunks::new(record.data.get(8..).unwrap_or_default());
                in_strings = true;
            }
            kind::CONTINUE if in_strings => globals.strings.push(record.data),
            kind::EOF => break,
            _ => {}
        }
    }
    Ok(globals)
}

fn bound_sheet<'b>(record: &Record<'b>) -> Option<BoundSheet<'b>> {
    Some(BoundSheet {
        offset: record.u32(0)? as usize,
        visibility: match record.data.get(4)? & 3 {
            0 => Visibility::Visible,
            1 => Visibility::Hidden,
            _ => Visibility::VeryHidden,
        },
        is_worksheet: *record.data.get(5)? == 0,
        name: record.data.get(6..)?,
    })
}

/// Turns a record's bytes into text.
struct Decoder {
    biff8: bool,
    /// Of BIFF5 strings, and of BIFF8 strings that a program stored byte by byte in its own code page.
    encoding: &'static Encoding,
}

/// A string's characters before decoding.
enum Raw<'b> {
    /// One byte each.
    Narrow(Cow<'b, [u8]>),
    /// UTF-16.
    Wide(Vec<u16>),
}

impl Decoder {
    fn decode(&self, raw: &Raw<'_>) -> String {
        match raw {
            Raw::Narrow(bytes) => self.encoding.decode_without_bom_handling(bytes).0.into_owned(),
            Raw::Wide(units) => String::from_utf16_lossy(units),
        }
    }

    /// A string that starts with its length, in one byte or two.
    fn decode_counted(&self, data: &[u8], short: bool) -> String {
        raw_counted(data, short, self.biff8)
            .map(|raw| self.decode(&raw))
            .unwrap_or_default()
    }
}

fn raw_counted(data: &[u8], short: bool, biff8: bool) -> Option<Raw<'_>> {
    let (length, rest) = match data {
        [low, rest @ ..] if short => (usize::from(*low), rest),
        [low, high, rest @ ..] if !short => (usize::from(u16::from_le_bytes([*low, *high])), rest),
        _ => return None,
    };
    if !biff8 {
        return Some(Raw::Narrow(Cow::Borrowed(rest.get(..length.min(rest.len()))?)));
    }
    let (flags, rest) = rest.split_first()?;
    let skip = if flags & 0x08 != 0 { 2 } else { 0 } + if flags & 0x04 != 0 { 4 } else { 0 };
    let rest = rest.get(skip..)?;
    if flags & 1 == 0 {
        return Some(Raw::Narrow(Cow::Borrowed(rest.get(..length.min(rest.len()))?)));
    }
    let bytes = rest.get(..(length * 2).min(rest.len()))?;
    Some(Raw::Wide(strings::units(bytes)))
}

/// The encoding of the strings kept byte by byte.
fn encoding(stream: &[u8], globals: &Globals<'_>) -> &'static Encoding {
    let stated = match globals.code_page {
        Some(page) => by_code_page(page),
        None => None,
    };
    // BIFF8 keeps Latin-1 byte by byte and the rest in UTF-16; windows-1252 differs only in characters nobody stores.
    let expected = if globals.biff8 {
        encoding_rs::WINDOWS_1252
    } else {
        stated.unwrap_or(encoding_rs::WINDOWS_1252)
    };
    let mut sample: Vec<u8> = Vec::new();
    let mut add = |raw: Raw<'_>| {
        if let Raw::Narrow(bytes) = raw
            && !bytes.is_ascii()
            && sample.len() < 64 << 10
        {
            sample.extend_from_slice(&bytes);
            sample.push(b'\n');
        }
    };
    globals.strings.strings().take(20_000).for_each(&mut add);
    Records::new(stream, 0)
        .filter(|record| matches!(record.kind, kind::LABEL | kind::RSTRING))
        .filter_map(|record| raw_counted(record.data.get(6..)?, false, globals.biff8))
        .take(20_000)
        .for_each(&mut add);
    if sample.is_empty() {
        return expected;
    }
    let (detected, _) = crate::text::detect(&sample);
    let score = |encoding: &'static Encoding| plausibility(&encoding.decode_without_bom_handling(&sample).0);
    // Windows-1252 is what programs write that do not know better. Any other code page was stated on purpose: few letters
    // are no evidence against it.
    let letters = sample.iter().filter(|byte| !byte.is_ascii()).count() as f64;
    let on_purpose = stated.is_some_and(|stated| stated == expected && stated != encoding_rs::WINDOWS_1252);
    let margin = if on_purpose { 0.3 + 20.0 / letters } else { 0.3 };
    if detected != expected && score(detected) > score(expected) + margin {
        detected
    } else {
        expected
    }
}

fn by_code_page(page: u16) -> Option<&'static Encoding> {
    Some(match page {
        866 => encoding_rs::IBM866,
        874 => encoding_rs::WINDOWS_874,
        932 => encoding_rs::SHIFT_JIS,
        936 => encoding_rs::GBK,
        949 => encoding_rs::EUC_KR,
        950 => encoding_rs::BIG5,
        1250 => encoding_rs::WINDOWS_1250,
        1251 => encoding_rs::WINDOWS_1251,
        1252 | 0x8001 => encoding_rs::WINDOWS_1252,
        1253 => encoding_rs::WINDOWS_1253,
        1254 => encoding_rs::WINDOWS_1254,
        1255 => encoding_rs::WINDOWS_1255,
        1256 => encoding_rs::WINDOWS_1256,
        1257 => encoding_rs::WINDOWS_1257,
        1258 => encoding_rs::WINDOWS_1258,
        10000 | 0x8000 => encoding_rs::MACINTOSH,
        10007 => encoding_rs::X_MAC_CYRILLIC,
        65001 => encoding_rs::UTF_8,
        _ => return None,
    })
}

fn read_sheet(
    stream: &[u8],
    offset: usize,
    text: &Decoder,
    shared: &SharedText,
    builder: GridBuilder<'_>,
) -> Result<Grid, ReadError> {
    let mut sheet = SheetReader {
        builder,
        text,
        shared,
        row: None,
        rows: HashMap::new(),
        awaiting_text: None,
    };
    let mut depth = 0u32;
    for record in Records::new(stream, offset) {
        if kind::BOF.contains(&record.kind) {
            // A chart embedded in the sheet has its own begin and end.
            depth += 1;
        } else if record.kind == kind::EOF {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                break;
            }
        } else if depth == 1 {
            sheet.record(&record)?;
        }
    }
    Ok(sheet.builder.finish())
}

struct SheetReader<'s, 'l> {
    builder: GridBuilder<'l>,
    text: &'s Decoder,
    shared: &'s SharedText,
    row: Option<u16>,
    /// Hidden rows and their outline levels.
    rows: HashMap<u16, (bool, u8)>,
    /// The formula cell whose text comes in the next record.
    awaiting_text: Option<(u16, u16)>,
}

impl SheetReader<'_, '_> {
    fn record(&mut self, record: &Record<'_>) -> Result<(), ReadError> {
        match record.kind {
            kind::ROW => {
                if let (Some(row), Some(flags)) = (record.u16(0), record.u16(12))
                    && flags & 0x27 != 0
                {
                    self.rows.insert(row, (flags & 0x20 != 0, (flags & 7) as u8));
                }
            }
            kind::NUMBER => {
                if let Some(number) = record.f64(6) {
                    self.number(record, number)?;
                }
            }
            kind::RK => {
                if let Some(packed) = record.u32(6) {
                    self.number(record, rk(packed))?;
                }
            }
            kind::MUL_RK => self.many_numbers(record)?,
            kind::LABEL_SST => {
                let index = record.u32(6).unwrap_or(u32::MAX) as usize;
                match (self.shared.get(index), record.u16(0), record.u16(2)) {
                    (Some(span), ..) => self.cell(record, Value::Shared(span))?,
                    (None, Some(row), Some(column)) => self.builder.fault(
                        u32::from(row),
                        u32::from(column),
                        &index.to_string(),
                        "its text is lost: there is no such shared string",
                    ),
                    _ => {}
                }
            }
            kind::LABEL | kind::RSTRING => {
                let text = self
                    .text
                    .decode_counted(record.data.get(6..).unwrap_or_default(), false);
                self.put_text(record.u16(0), record.u16(2), &text)?;
            }
            kind::BOOL_ERR => self.bool_or_error(record)?,
            kind::STRING => {
                if let Some((row, column)) = self.awaiting_text.take() {
                    let text = self.text.decode_counted(record.data, false);
                    self.put_text(Some(row), Some(column), &text)?;
                }
            }
            kind::MERGED_CELLS => self.merges(record)?,
            kind::COL_INFO => {
                if let (Some(first), Some(last), Some(flags)) = (record.u16(0), record.u16(2), record.u16(8))
                    && flags & 1 != 0
                {
                    self.builder.hide_columns(u32::from(first)..u32::from(last) + 1);
                }
            }
            other if kind::FORMULA.contains(&other) => self.formula(record)?,
            _ => {}
        }
        Ok(())
    }

    fn start_row(&mut self, row: u16) -> Result<(), ReadError> {
        if self.row != Some(row) {
            let (hidden, outline) = self.rows.get(&row).copied().unwrap_or_default();
            self.builder.row(u32::from(row), hidden, outline)?;
            self.row = Some(row);
        }
        Ok(())
    }

    fn cell(&mut self, record: &Record<'_>, value: Value) -> Result<(), ReadError> {
        if let (Some(row), Some(column)) = (record.u16(0), record.u16(2)) {
            self.start_row(row)?;
            self.builder.cell(u32::from(column), value)?;
        }
        Ok(())
    }

    fn number(&mut self, record: &Record<'_>, number: f64) -> Result<(), ReadError> {
        self.cell(record, Value::Number(number, record.u16(4).unwrap_or(0)))
    }

    fn put_text(&mut self, row: Option<u16>, column: Option<u16>, text: &str) -> Result<(), ReadError> {
        if let (Some(row), Some(column)) = (row, column) {
            self.start_row(row)?;
            self.builder.text(u32::from(column), text)?;
        }
        Ok(())
    }

    fn many_numbers(&mut self, record: &Record<'_>) -> Result<(), ReadError> {
        let (Some(row), Some(first)) = (record.u16(0), record.u16(2)) else {
            return Ok(());
        };
        self.start_row(row)?;
        let body = record
            .data
            .get(4..record.data.len().saturating_sub(2))
            .unwrap_or_default();
        for (at, pair) in body.chunks_exact(6).enumerate() {
            if let [s0, s1, r0, r1, r2, r3] = pair {
                let style = u16::from_le_bytes([*s0, *s1]);
                let number = rk(u32::from_le_bytes([*r0, *r1, *r2, *r3]));
                self.builder
                    .cell(u32::from(first) + at as u32, Value::Number(number, style))?;
            }
        }
        Ok(())
    }

    fn bool_or_error(&mut self, record: &Record<'_>) -> Result<(), ReadError> {
        match (record.data.get(6), record.data.get(7)) {
            (Some(value), Some(0)) => self.cell(record, Value::Bool(*value != 0)),
            (Some(code), Some(_)) => self.error(record, *code),
            _ => Ok(()),
        }
    }

    fn error(&mut self, record: &Record<'_>, code: u8) -> Result<(), ReadError> {
        let span = self.builder.store(match code {
            0x00 => "#NULL!",
            0x07 => "#DIV/0!",
            0x0f => "#VALUE!",
            0x17 => "#REF!",
            0x1d => "#NAME?",
            0x24 => "#NUM!",
            _ => "#N/A",
        })?;
        self.cell(record, Value::Error(span))
    }

    fn formula(&mut self, record: &Record<'_>) -> Result<(), ReadError> {
        let Some(result) = record.data.get(6..14) else {
            return Ok(());
        };
        if result.get(6..8) != Some(&[0xff, 0xff]) {
            return record.f64(6).map_or(Ok(()), |number| self.number(record, number));
        }
        match (result.first(), result.get(2)) {
            (Some(0), _) => {
                self.awaiting_text = record.u16(0).zip(record.u16(2));
                Ok(())
            }
            (Some(1), Some(value)) => self.cell(record, Value::Bool(*value != 0)),
            (Some(2), Some(code)) => self.error(record, *code),
            _ => Ok(()),
        }
    }

    fn merges(&mut self, record: &Record<'_>) -> Result<(), ReadError> {
        for range in record.data.get(2..).unwrap_or_default().chunks_exact(8) {
            if let [t0, t1, b0, b1, l0, l1, r0, r1] = range {
                self.builder.merge(Merge {
                    top: u32::from(u16::from_le_bytes([*t0, *t1])),
                    bottom: u32::from(u16::from_le_bytes([*b0, *b1])),
                    left: u32::from(u16::from_le_bytes([*l0, *l1])),
                    right: u32::from(u16::from_le_bytes([*r0, *r1])),
                })?;
            }
        }
        Ok(())
    }
}

/// A number in 30 bits: an integer or the upper bits of a float, perhaps in hundredths ([MS-XLS] 2.5.217).
pub(super) fn rk(packed: u32) -> f64 {
    let number = if packed & 2 != 0 {
        f64::from((packed as i32) >> 2)
    } else {
        f64::from_bits(u64::from(packed & 0xffff_fffc) << 32)
    };
    if packed & 1 != 0 { number / 100.0 } else { number }
}
