//! A text that is read in parts gives what it gives when it is read whole.
#![allow(clippy::unwrap_used)]

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use pricelist::{FileError, ReadOptions, Reading, read, read_file};

/// More than two megabytes: a part is one.
fn long_list(row: impl Fn(usize) -> String) -> String {
    let rows: String = (1..=30_000).map(row).collect();
    let text = format!("Article;Name;Price\n{rows}");
    assert!(text.len() > 2 << 20, "{} bytes", text.len());
    text
}

fn from_file(bytes: &[u8]) -> Reading {
    let mut items = Vec::new();
    let options = ReadOptions::default();
    let mut reading = read_file(Cursor::new(bytes), &options, &mut items).unwrap();
    reading.items = items;
    reading
}

fn assert_same(text: &[u8], items: usize) {
    let whole = read(text, &ReadOptions::default()).unwrap();
    let parts = from_file(text);
    assert_eq!(whole.items.len(), items);
    assert!(whole == parts, "{}\n{}", whole.report, parts.report);
}

#[test]
fn records_lie_across_parts() {
    let row =
        |n: usize| format!("A{n:06};\"Größe {n}\r\nwith a „second“ line; and more words to fill it\";{n},50 €\r\n");
    assert_same(long_list(row).as_bytes(), 30_000);
}

#[test]
fn a_mark_of_the_encoding_and_a_missing_last_line_end_change_nothing() {
    let text = long_list(|n| format!("A{n:06};Name of the item {n} with quite a long description beside it;{n}.50\n"));
    let text = format!("\u{feff}{}", text.trim_end());
    assert_same(text.as_bytes(), 30_000);
}

#[test]
fn a_quote_never_closed_is_text_in_parts_too() {
    let row = |n: usize| {
        let quote = if n == 12_000 { "\"" } else { "" };
        format!("A{n:06};{quote}Name of the item {n} with quite a long description beside it;{n}.50\n")
    };
    assert_same(long_list(row).as_bytes(), 30_000);
}

#[test]
fn a_long_text_in_an_older_encoding_is_read_whole() {
    let row = |n: usize| format!("A{n:06};Кабель силовой медный {n}, с длинным описанием рядом с ним;{n},50\n");
    let text = long_list(row).replace("Article;Name;Price", "Артикул;Наименование;Цена");
    let (bytes, ..) = encoding_rs::WINDOWS_1251.encode(&text);
    let reading = from_file(&bytes);
    assert_eq!(reading.report.encoding.as_deref(), Some("windows-1251"));
    assert_eq!(reading.items.len(), 30_000);
}

#[test]
fn a_long_text_that_does_not_go_on_in_utf8_is_read_anew() {
    let row = |n: usize| {
        let name = if n == 25_000 { "Café" } else { "Name" };
        format!("A{n:06};{name} of the item {n} with quite a long description beside it;{n}.50\n")
    };
    let text = long_list(row);
    let (latin, ..) = encoding_rs::WINDOWS_1252.encode(&text);
    let parts = from_file(&latin);
    assert_eq!(parts.report.encoding.as_deref(), Some("windows-1252"));
    assert_same(&latin, 30_000);
    assert_eq!(parts.items[24_999].name.as_deref().map(|name| &name[..5]), Some("Café"));
}

#[test]
fn a_record_of_millions_of_fields_is_refused_before_it_is_read_to_its_end() {
    let text = format!("Article,Name,Price{}\nA1,Tea,1.50\n", ",".repeat(8 << 20));
    let mut file = Cursor::new(text.as_bytes());
    let error = read_file(&mut file, &ReadOptions::default(), &mut Vec::new()).unwrap_err();
    assert!(error.to_string().contains("columns"), "{error}");
    assert!(file.position() < 2 << 20, "{}", file.position());
    let error = read(text.as_bytes(), &ReadOptions::default()).unwrap_err();
    assert_eq!(error.code(), "too_large");
}

/// A file that cannot be read to its end.
struct Failing {
    file: Cursor<Vec<u8>>,
}

impl Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.file.position() > 3 << 19 {
            return Err(io::Error::other("the disk is gone"));
        }
        self.file.read(buffer)
    }
}

impl Seek for Failing {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

#[test]
fn what_fails_in_the_file_is_no_fault_of_the_list() {
    let text = long_list(|n| format!("A{n:06};Name of the item {n} with quite a long description beside it;{n}.50\n"));
    let file = Failing {
        file: Cursor::new(text.into_bytes()),
    };
    let error = read_file(file, &ReadOptions::default(), &mut Vec::new()).unwrap_err();
    assert!(
        matches!(&error, FileError::Io(error) if error.to_string() == "the disk is gone"),
        "{error}"
    );
}
