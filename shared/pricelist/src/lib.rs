#![doc = include_str!("../README.md")]

mod amount;
mod availability;
mod columns;
mod currency;
mod cut_decimals;
mod delimited;
mod dictionary;
mod error;
mod grid;
mod html;
mod items;
mod leaders;
mod limits;
mod number_format;
mod phrases;
mod portable;
mod quoted_lines;
mod read;
mod remembered;
mod report;
mod rest_of_text;
mod sections;
mod sniff;
mod struck_out;
mod structure;
mod text;
mod unit;
mod variants;
mod workbook;
mod xml;

pub use columns::ColumnReading;
pub use delimited::{Aside, Dialect, LeftOut, Padding};
pub use dictionary::{PriceKind, Role};
pub use error::{FileError, ReadError};
pub use grid::Visibility;
pub use limits::Limits;
pub use portable::PageTable;
pub use read::{
    ItemSink, ReadOptions, Reading, TableDump, TextDialect, read, read_file, read_mapped, read_with, table,
};
pub use remembered::{Drift, Remembered, RememberedColumn, RememberedTable, Shape};
pub use report::{ReadingReport, SheetReport, TableReport, Verdict};
pub use sniff::{Sniffed, sniff};
