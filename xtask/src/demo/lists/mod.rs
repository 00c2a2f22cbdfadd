//! The demo's files: the buyer's catalogue and four price lists, each untidy in its own way.

mod catalogue;
mod cyrillic_csv;
mod pdf;
mod plain_csv;
mod workbook;

use anyhow::Result;

/// A file as it is served or uploaded.
#[derive(Clone, Debug)]
pub(crate) struct DemoFile {
    pub(crate) name: &'static str,
    pub(crate) content_type: &'static str,
    pub(crate) bytes: Vec<u8>,
}

/// A supplier of the demo.
#[derive(Clone, Debug)]
pub(crate) struct DemoSupplier {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) currency: &'static str,
    pub(crate) file: DemoFile,
}

/// The buyer's catalogue.
pub(crate) fn catalogue() -> Result<DemoFile> {
    catalogue::file()
}

/// The suppliers that are fetched on schedule: a messy workbook, a Windows-1251 CSV with section rows, a PDF.
pub(crate) fn fetched() -> Result<Vec<DemoSupplier>> {
    Ok(vec![
        DemoSupplier {
            id: "nordlys",
            name: "Nordlys Elektro",
            currency: "EUR",
            file: workbook::file()?,
        },
        DemoSupplier {
            id: "vostok",
            name: "ЭлектроСклад Восток",
            currency: "RUB",
            file: cyrillic_csv::file()?,
        },
        DemoSupplier {
            id: "iberlux",
            name: "Iberlux Suministros",
            currency: "EUR",
            file: pdf::file(),
        },
    ])
}

/// The supplier whose list is uploaded.
pub(crate) fn uploaded() -> DemoSupplier {
    DemoSupplier {
        id: "harbour",
        name: "Harbour Trade Supplies",
        currency: "GBP",
        file: plain_csv::file(),
    }
}

/// Cents as `12.34`.
fn decimal(cents: u32) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}
