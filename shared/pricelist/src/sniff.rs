//! What a file is, by its bytes and never by its name.

use std::{fmt, io::Cursor};

use serde::{Deserialize, Serialize};

/// What a file is by content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Sniffed {
    /// No byte but white space or a byte order mark.
    Empty,
    /// Office Open XML workbook (XLSX, XLSM).
    Xlsx,
    /// Binary Office Open XML workbook.
    Xlsb,
    /// BIFF workbook in an OLE container.
    Xls,
    /// OpenDocument spreadsheet.
    Ods,
    /// Excel 2003 XML (SpreadsheetML).
    SpreadsheetMl,
    /// A web page.
    Html,
    /// A ZIP archive that is no office document.
    Zip,
    /// Portable Document Format.
    Pdf,
    /// Text: perhaps CSV.
    Text,
    /// An office document encrypted with a password.
    Encrypted,
    /// Word, OpenDocument text.
    WordDocument,
    /// PowerPoint, OpenDocument presentation.
    Presentation,
    /// Another OLE file (a mail message, an installer).
    Ole,
    /// JSON.
    Json,
    /// XML that is neither a workbook nor a page.
    Xml,
    /// Rich text.
    Rtf,
    /// PNG, JPEG, GIF, WebP, TIFF, BMP.
    Image,
    /// RAR, 7z, gzip, bzip2, xz, zstd, tar.
    Archive,
    /// A program.
    Executable,
    /// None of these.
    Binary,
}

impl Sniffed {
    /// A stable name for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Xlsx => "xlsx",
            Self::Xlsb => "xlsb",
            Self::Xls => "xls",
            Self::Ods => "ods",
            Self::SpreadsheetMl => "spreadsheet_ml",
            Self::Html => "html",
            Self::Zip => "zip",
            Self::Pdf => "pdf",
            Self::Text => "text",
            Self::Encrypted => "encrypted",
            Self::WordDocument => "word_document",
            Self::Presentation => "presentation",
            Self::Ole => "ole",
            Self::Json => "json",
            Self::Xml => "xml",
            Self::Rtf => "rtf",
            Self::Image => "image",
            Self::Archive => "archive",
            Self::Executable => "executable",
            Self::Binary => "binary",
        }
    }
}

impl fmt::Display for Sniffed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "an empty file",
            Self::Xlsx => "an XLSX workbook",
            Self::Xlsb => "an XLSB workbook",
            Self::Xls => "an XLS workbook",
            Self::Ods => "an ODS spreadsheet",
            Self::SpreadsheetMl => "an Excel 2003 XML workbook",
            Self::Html => "an HTML page",
            Self::Zip => "a ZIP archive",
            Self::Pdf => "a PDF",
            Self::Text => "a text file",
            Self::Encrypted => "an encrypted office document",
            Self::WordDocument => "a word processor document",
            Self::Presentation => "a presentation",
            Self::Ole => "an OLE file that is no workbook",
            Self::Json => "a JSON document",
            Self::Xml => "an XML document",
            Self::Rtf => "a rich text document",
            Self::Image => "a picture",
            Self::Archive => "a packed archive",
            Self::Executable => "a program",
            Self::Binary => "a binary file of unknown kind",
        })
    }
}

const OLE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// Signatures at the start of a file.
const SIGNATURES: &[(&[u8], Sniffed)] = &[
    (b"{\\rtf", Sniffed::Rtf),
    (b"\x89PNG\r\n\x1a\n", Sniffed::Image),
    (b"\xff\xd8\xff", Sniffed::Image),
    (b"GIF87a", Sniffed::Image),
    (b"GIF89a", Sniffed::Image),
    (b"II*\0", Sniffed::Image),
    (b"MM\0*", Sniffed::Image),
    (b"BM", Sniffed::Image),
    (b"Rar!\x1a\x07", Sniffed::Archive),
    (b"7z\xbc\xaf\x27\x1c", Sniffed::Archive),
    (b"\x1f\x8b", Sniffed::Archive),
    (b"BZh", Sniffed::Archive),
    (b"\xfd7zXZ\0", Sniffed::Archive),
    (b"\x28\xb5\x2f\xfd", Sniffed::Archive),
    (b"MZ", Sniffed::Executable),
    (b"\x7fELF", Sniffed::Executable),
];

/// Tells what the file is. Never fails: what cannot be told is `Binary`.
pub fn sniff(bytes: &[u8]) -> Sniffed {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return sniff_zip(bytes);
    }
    if bytes.starts_with(OLE) {
        return sniff_ole(bytes);
    }
    if bytes
        .get(..1024.min(bytes.len()))
        .is_some_and(|head| find(head, b"%PDF-").is_some())
    {
        return Sniffed::Pdf;
    }
    // A BIFF workbook written without its container: a BOF record comes first.
    if matches!(
        bytes,
        [0x09, 0x00 | 0x02 | 0x04 | 0x08, 0x04 | 0x06 | 0x08 | 0x10, 0x00, ..]
    ) {
        return Sniffed::Xls;
    }
    for (signature, kind) in SIGNATURES {
        let certain = signature.len() > 2 || looks_binary(bytes);
        if bytes.starts_with(signature) && certain {
            return *kind;
        }
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Sniffed::Image;
    }
    if bytes.get(257..262) == Some(b"ustar") {
        return Sniffed::Archive;
    }
    sniff_text(bytes)
}

fn sniff_text(bytes: &[u8]) -> Sniffed {
    let head = crate::text::head(bytes, 64 << 10);
    let trimmed = head.trim_start_matches(|char: char| char.is_whitespace() || char == '\u{feff}' || char == '\0');
    if trimmed.is_empty() && bytes.len() <= 64 << 10 {
        return Sniffed::Empty;
    }
    if looks_binary(bytes) {
        return Sniffed::Binary;
    }
    let start = lower_start(trimmed, 4096);
    if start.starts_with('<') {
        if start.contains("urn:schemas-microsoft-com:office:spreadsheet") && !start.contains("<html") {
            return Sniffed::SpreadsheetMl;
        }
        const PAGE: &[&str] = &[
            "<!doctype html",
            "<html",
            "<head",
            "<body",
            "<table",
            "<meta",
            "<div",
            "<script",
            "<style",
        ];
        if PAGE.iter().any(|tag| start.contains(tag)) {
            return Sniffed::Html;
        }
        if start.starts_with("<?xml") || start.starts_with("<!--") || start.contains("xmlns") {
            return Sniffed::Xml;
        }
    }
    if (start.starts_with('{') || start.starts_with('['))
        && serde_json::from_str::<serde::de::IgnoredAny>(trimmed).map_or_else(|error| error.is_eof(), |_| true)
    {
        return Sniffed::Json;
    }
    Sniffed::Text
}

fn lower_start(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect::<String>().to_ascii_lowercase()
}

/// Control characters that no text has; UTF-16 is let through by its pattern of zeros.
fn looks_binary(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(8192)).unwrap_or_default();
    if crate::text::is_utf16(head).is_some() {
        return false;
    }
    let count = |of: &dyn Fn(u8) -> bool| head.iter().filter(|byte| of(**byte)).count();
    // Separators of fields, where no other control character is seen.
    let separators = count(&|byte| matches!(byte, 1 | 28..=31));
    let control = count(&|byte| matches!(byte, 2..=8 | 14..=26 | 127));
    let nul = count(&|byte| byte == 0);
    let is_text = control == 0 && nul == 0;
    ((control + separators) * 100 > head.len() * 2 && !is_text) || nul * 10 > head.len()
}

fn sniff_zip(bytes: &[u8]) -> Sniffed {
    let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(bytes)) else {
        // The directory is at the end: a file cut off is still told by its first entry's name.
        let head = bytes.get(..bytes.len().min(4096)).unwrap_or_default();
        let office = find(head, b"[Content_Types].xml").is_some() || find(head, b"xl/").is_some();
        return if office { Sniffed::Xlsx } else { Sniffed::Zip };
    };
    let has = |name: &str| archive.index_for_name(name).is_some();
    if has("xl/workbook.bin") {
        return Sniffed::Xlsb;
    }
    if has("xl/workbook.xml") || (has("[Content_Types].xml") && has("xl/_rels/workbook.xml.rels")) {
        return Sniffed::Xlsx;
    }
    if has("word/document.xml") {
        return Sniffed::WordDocument;
    }
    if has("ppt/presentation.xml") {
        return Sniffed::Presentation;
    }
    if has("content.xml") {
        let mut kind = String::new();
        if let Ok(entry) = archive.by_name("mimetype") {
            use std::io::Read;
            let _ = entry.take(256).read_to_string(&mut kind);
        }
        return match kind.trim() {
            kind if kind.contains("opendocument.text") => Sniffed::WordDocument,
            kind if kind.contains("opendocument.presentation") => Sniffed::Presentation,
            _ => Sniffed::Ods,
        };
    }
    if has("[Content_Types].xml") {
        // A workbook may be anywhere: its relationships tell where.
        return Sniffed::Xlsx;
    }
    Sniffed::Zip
}

/// Names of streams stand in the directory in UTF-16LE.
fn sniff_ole(bytes: &[u8]) -> Sniffed {
    let has = |name: &str| {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        find(bytes, &wide).is_some()
    };
    if has("EncryptedPackage") {
        Sniffed::Encrypted
    } else if has("Workbook") || has("Book") || has("WORKBOOK") || has("BOOK") {
        Sniffed::Xls
    } else if has("WordDocument") {
        Sniffed::WordDocument
    } else if has("PowerPoint Document") {
        Sniffed::Presentation
    } else {
        Sniffed::Ole
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
