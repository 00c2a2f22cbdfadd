//! Reading reports on small lists, one for each trait that price lists have.

// A test fails by panicking.
#![allow(clippy::unwrap_used)]

mod workbook;

use pricelist::{ReadOptions, Reading, read};
use workbook::Sheet;

/// The report, the items and the errors as lines.
fn shown(bytes: &[u8]) -> String {
    let reading = read(bytes, &ReadOptions::default()).unwrap();
    format!("{}\n{}", reading.report, lines(&reading))
}

fn lines(reading: &Reading) -> String {
    let mut lines = String::new();
    for item in &reading.items {
        let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned());
        let price = item.price.map_or("–".to_owned(), |price| price.to_string());
        let currency = item.currency.map_or("–".to_owned(), |currency| currency.to_string());
        let unit = item.unit.as_ref().map_or("–", |unit| unit.original.as_str());
        let row = item.position.row;
        lines += &format!(
            "{row}: {} | {} | {price} {currency} | {unit}",
            text(&item.sku),
            text(&item.name)
        );
        if let Some(category) = &item.category {
            lines += &format!(" | in {category}");
        }
        lines.push('\n');
    }
    for error in &reading.errors {
        lines += &format!(
            "error {} {:?}: {}\n",
            error.cell.as_deref().unwrap_or("–"),
            error.text,
            error.message
        );
    }
    lines
}

#[test]
fn a_letterhead_stands_above_the_header() {
    insta::assert_snapshot!(shown(
        "Nordwind Handel GmbH;;\nHafenstraße 1;;\nPreisliste in EUR, gültig ab 1. Mai;;\n;;\nArtikelnummer;Bezeichnung;Preis\n\
         0017;Schraube M4;0,12\n0018;Mutter M4;0,08\n"
            .as_bytes()
    ));
}

#[test]
fn a_header_has_two_lines_under_merged_cells() {
    let sheet = Sheet::new("Prices")
        .row(&["№", "Наименование", "Цена, руб.", "", ""])
        .row(&["", "", "Розница", "Опт", "Кр. опт"])
        .row(&["1", "Чай чёрный", "=120", "=95", "=90"])
        .row(&["2", "Чай зелёный", "=130", "=99", "=93"])
        .merge("C1:E1")
        .merge("A1:A2")
        .merge("B1:B2");
    insta::assert_snapshot!(shown(&workbook::xlsx(&[sheet])));
}

#[test]
fn sections_have_levels() {
    insta::assert_snapshot!(shown(
        "Kod;Nazwa;J.m.;Cena netto PLN\n;NARZĘDZIA;;\n;Młotki;;\n100;Młotek 300 g;szt.;24,90\n101;Młotek 500 g;szt.;29,90\n\
         ;Klucze;;\n110;Klucz 10 mm;szt.;9,50\n;FARBY;;\n200;Farba biała;l;31,00\n;Razem;;95,30\n"
            .as_bytes()
    ));
}

#[test]
fn two_tables_stand_side_by_side() {
    insta::assert_snapshot!(shown(
        "Name,Length,Price EUR,,Name,Length,Price EUR\nTube 15,6,9.50,,Tube 140,12,88.00\nTube 20,6,11.20,,Tube 150,12,95.00\n\
         Tube 25,6,12.90,,Tube 160,12,97.40\n"
            .as_bytes()
    ));
}

#[test]
fn a_header_is_repeated_down_the_sheet() {
    insta::assert_snapshot!(shown(
        "Seeds;;\nNome;Preço kg;Preço saco\nMilho;12,50;250,00\nTrigo;9,00;180,00\nFertilizers;;\nNome;Preço kg;Preço saco\n\
         Ureia;4,20;84,00\n"
            .as_bytes()
    ));
}

#[test]
fn a_list_has_no_header() {
    insta::assert_snapshot!(shown(
        "CSF;55038003AG;6270.50;2;Radiator for the front of the car\nNGK;LZFR5CI11;650.00;21;Spark plug with iridium tip\n\
         MOOG;RK623638;5400.00;1;Upper lever of the front axle\nCSF;10884;5300.00;1;Radiator of the air conditioner\n"
            .as_bytes()
    ));
}

#[test]
fn an_old_price_stands_beside_the_current_one() {
    insta::assert_snapshot!(shown(
        "Артикул;Название товара;Старая цена;Актуальная цена;Валюта;Наличие\n0590;Джинсы;919;389;UAH;Есть\n\
         0591;Рубашка;600;;UAH;Нет\n0592;Куртка;;1200;UAH;>50\n"
            .as_bytes()
    ));
}

#[test]
fn an_order_form_has_quantities_and_sums() {
    insta::assert_snapshot!(shown(
        b"S.no,Name,Pack,Price,Qty,Total\n,Sparklers,,,,\n1,Gold sparkler,1 box (10),35,2,70\n2,Red sparkler,1 box (10),40,,0\n\
          3,Blue sparkler,1 box (5),45,,0\n,Grand Total,,,,70\n"
    ));
}

#[test]
fn prices_are_missing_wrong_and_on_request() {
    insta::assert_snapshot!(shown(
        b"sku,name,price\n001,Tea,1.50\n002,Coffee,on request\n003,Cocoa,-2\n004,Milk,abc\n005,Salt,0\n006,Sugar,\n007,Rice,2.25\n\
          008,Flour,1.75\n009,Oil,4.10\n010,Oats,3.30\n"
    ));
}

#[test]
fn one_price_is_merged_over_rows() {
    let sheet = Sheet::new("Liste")
        .row(&["Référence", "Désignation", "Prix HT €"])
        .row(&["A-1", "Chaise rouge", "=49.9"])
        .row(&["A-2", "Chaise bleue", ""])
        .row(&["A-3", "Chaise verte", ""])
        .row(&["B-1", "Table", "=199"])
        .merge("C2:C4");
    insta::assert_snapshot!(shown(&workbook::xlsx(&[sheet])));
}

#[test]
fn cover_terms_and_hidden_sheets_are_left_out() {
    let cover = Sheet::new("Cover")
        .row(&["Price list 2026"])
        .row(&["Acme Ltd, 1 High Street"]);
    let prices = Sheet::new("Prices")
        .row(&["SKU", "Product", "Price GBP"])
        .row(&["0001", "Kettle", "=19.989999999999998"])
        .row(&["0002", "Toaster", "=24.5"]);
    let rates = Sheet::new("Currencies")
        .row(&["Currency", "Rate"])
        .row(&["EUR", "=1.17"]);
    let hidden = Sheet::new("Old")
        .hidden()
        .row(&["SKU", "Product", "Price GBP"])
        .row(&["0001", "Kettle", "=15"]);
    insta::assert_snapshot!(shown(&workbook::xlsx(&[cover, prices, rates, hidden])));
}

#[test]
fn a_web_page_is_named_xls() {
    insta::assert_snapshot!(shown(
        "<html><meta charset=utf-8><body><table><tr><th>Артикул<th>Название<th>Цена</tr>\
         <tr><td>001<td>Чай&nbsp;чёрный<td>1&nbsp;250,50</tr><tr><td>002<td>Кофе<td>990,00</table></body></html>"
            .as_bytes()
    ));
}

#[test]
fn sizes_stand_in_columns() {
    let sheet = Sheet::new("Shirts")
        .row(&["Article", "Product name", "Price, EUR", "", ""])
        .row(&["", "", "S", "M", "XL"])
        .row(&["T-1", "Shirt", "=10", "=11", "=12.5"])
        .row(&["T-2", "Polo", "=20", "", "=22"])
        .merge("C1:E1");
    insta::assert_snapshot!(shown(&workbook::xlsx(&[sheet])));
}

#[test]
fn items_stand_in_columns() {
    insta::assert_snapshot!(shown(
        "Name;Kettle;Toaster;Iron\nSKU;K-1;T-2;I-3\nPrice EUR;19,90;24,50;31,00\nIn stock;yes;no;yes\n".as_bytes()
    ));
}
