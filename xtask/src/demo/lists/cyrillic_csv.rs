//! A warehouse's export: Windows-1251, semicolons, a letterhead above the table, section rows inside it, decimal commas,
//! spaces between thousands, and prices that are not numbers.

use anyhow::{Result, bail};

use super::DemoFile;
use crate::demo::products::{self, Family, Product};

/// Roubles for a euro, as far as the demo is concerned.
const ROUBLES: u32 = 98;

pub(super) fn file() -> Result<DemoFile> {
    let text = text();
    let (bytes, _, unmappable) = encoding_rs::WINDOWS_1251.encode(&text);
    if unmappable {
        bail!("the demo's Cyrillic list holds a character that Windows-1251 lacks");
    }
    Ok(DemoFile {
        name: "price_vostok.csv",
        content_type: "text/csv",
        bytes: bytes.into_owned(),
    })
}

fn text() -> String {
    let mut text = String::from(
        "ООО \"ЭлектроСклад Восток\";;;;;\r\n\
         Прайс-лист от 01.11.2026;;;;;\r\n\
         Цены с НДС 20%;;;;;\r\n\
         ;;;;;\r\n\
         Артикул;Наименование;Штрихкод;Ед. изм.;Цена, руб.;Остаток\r\n",
    );
    let products = products::all();
    for family in Family::ALL {
        text.push_str(&format!("{};;;;;\r\n", family.russian()));
        for (index, product) in products.iter().enumerate() {
            if product.family == family && index % 4 != 3 {
                text.push_str(&row(index, product));
            }
        }
    }
    text.push_str(";;;;;\r\nЦены действительны 14 дней;;;;;\r\n");
    text
}

fn row(index: usize, product: &Product) -> String {
    let kopecks = product.cents * ROUBLES + (index as u32 * 37) % 90;
    let price = if index % 29 == 4 {
        "звоните".to_owned()
    } else {
        roubles(kopecks)
    };
    let barcode = if index % 5 == 1 { "" } else { &product.barcode };
    let stock = match index % 6 {
        0 => "есть".to_owned(),
        1 => "под заказ".to_owned(),
        rest => (rest * 17).to_string(),
    };
    // The warehouse's own numbers: only barcodes and names say which product it is.
    let number = 410_000 + index * 23;
    format!(
        "{number};\"{}\";{barcode};{};{price};{stock}\r\n",
        product.russian,
        product.unit.russian()
    )
}

/// `1 234,50`.
fn roubles(kopecks: u32) -> String {
    let whole = kopecks / 100;
    let grouped = if whole >= 1000 {
        format!("{} {:03}", whole / 1000, whole % 1000)
    } else {
        whole.to_string()
    };
    format!("{grouped},{:02}", kopecks % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(roubles(38_122), "381,22");
        assert_eq!(roubles(1_234_505), "12 345,05");
        assert_eq!(roubles(100_007), "1 000,07");
    }

    #[test]
    fn every_line_has_six_fields() {
        for line in text().lines() {
            assert_eq!(line.matches(';').count(), 5, "{line}");
        }
    }
}
