//! A salesman's workbook: a cover sheet, a letterhead, a header of two rows, merged section titles, blank rows, numbers
//! kept as text, a repeated header and a footnote.

use anyhow::Result;
use rust_xlsxwriter::{Format, FormatAlign, Workbook, Worksheet};

use super::{DemoFile, decimal};
use crate::demo::products::{self, Family, Product};

const COLUMNS: u16 = 7;

pub(super) fn file() -> Result<DemoFile> {
    let mut workbook = Workbook::new();
    cover(workbook.add_worksheet())?;
    prices(workbook.add_worksheet())?;
    Ok(DemoFile {
        name: "Nordlys prices 2026-11.xlsx",
        content_type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        bytes: workbook.save_to_buffer()?,
    })
}

fn cover(sheet: &mut Worksheet) -> Result<()> {
    sheet.set_name("Terms")?;
    for (row, line) in [
        "Nordlys Elektro AS",
        "Terms of delivery",
        "Orders before 14:00 leave the same day.",
        "Freight is free from 250 EUR.",
        "Returns within 14 days in the original packing.",
    ]
    .into_iter()
    .enumerate()
    {
        sheet.write(row as u32 * 2, 1, line)?;
    }
    Ok(())
}

fn prices(sheet: &mut Worksheet) -> Result<()> {
    let title = Format::new().set_bold().set_font_size(16);
    let section = Format::new().set_bold().set_align(FormatAlign::Center);
    sheet.set_name("Price list")?;
    sheet.write_with_format(0, 0, "Nordlys Elektro AS: wholesale price list", &title)?;
    sheet.write(1, 0, "Valid from 1 November 2026. All prices in EUR excluding VAT.")?;
    let mut row = header(sheet, 4)?;
    let products = products::all();
    for (number, family) in Family::ALL.into_iter().enumerate() {
        sheet.merge_range(row, 0, row, COLUMNS - 1, family.english(), &section)?;
        row += 1;
        for (index, product) in products
            .iter()
            .enumerate()
            .filter(|(_, product)| product.family == family)
        {
            if index % 7 == 2 {
                continue;
            }
            item(sheet, row, index, product)?;
            row += 1;
        }
        row += 1;
        if number == 2 {
            row = header(sheet, row)?;
        }
    }
    sheet.write(row + 1, 0, "* on request. Errors and omissions excepted.")?;
    Ok(())
}

/// The header's two rows; answers the row after them.
fn header(sheet: &mut Worksheet, row: u32) -> Result<u32> {
    let bold = Format::new().set_bold();
    let price = Format::new().set_bold().set_align(FormatAlign::Center);
    sheet.merge_range(row, 4, row, 5, "Price, EUR", &price)?;
    for (column, name) in [
        (0, "Art. no."),
        (1, "Description"),
        (2, "EAN"),
        (3, "Unit"),
        (4, "list"),
        (5, "your net"),
        (6, "Stock"),
    ] {
        sheet.write_with_format(row + 1, column, name, &bold)?;
    }
    Ok(row + 2)
}

fn item(sheet: &mut Worksheet, row: u32, index: usize, product: &Product) -> Result<()> {
    let list = product.cents * 125 / 100;
    let net = product.cents + (index as u32 * 3) % 17;
    sheet.write(row, 0, &product.sku)?;
    sheet.write(row, 1, &product.short)?;
    // Barcodes as text for some, as numbers for others, as spreadsheets have them.
    match index % 3 {
        0 => sheet.write(row, 2, &product.barcode)?,
        1 => sheet.write(row, 2, product.barcode.parse::<f64>().unwrap_or_default())?,
        _ => sheet,
    };
    sheet.write(row, 3, product.unit.english())?;
    sheet.write(row, 4, f64::from(list) / 100.0)?;
    match index % 23 {
        7 => sheet.write(row, 5, "*")?,
        11 => sheet.write(row, 5, format!("€ {}", decimal(net)))?,
        _ => sheet.write(row, 5, f64::from(net) / 100.0)?,
    };
    match index % 4 {
        0 => sheet.write(row, 6, ">100")?,
        1 => sheet.write(row, 6, "on order")?,
        _ => sheet.write(row, 6, (index * 11 % 100) as f64)?,
    };
    Ok(())
}
