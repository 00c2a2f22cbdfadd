//! Lists of many trades: matrices of prices, names that lack their size, prices for a hundred, money that only notes tell.
#![allow(clippy::unwrap_used)]

mod shown;
mod workbook;

use pricelist::{ReadOptions, read};
use shown::lines;
use workbook::Sheet;

/// The items of a list as lines.
fn items(list: &str) -> String {
    lines(&read(list.as_bytes(), &ReadOptions::default()).unwrap())
}

fn items_of(sheet: Sheet) -> String {
    lines(&read(&workbook::xlsx(&[sheet]), &ReadOptions::default()).unwrap())
}

#[test]
fn finishes_stand_under_a_merged_header_without_a_word_for_the_price() {
    let sheet = Sheet::new("Anchors")
        .row(&["Wedge anchors, all prices in USD"])
        .row(&["Size", "Finish", "", ""])
        .row(&["", "Plain", "Zinc", "Stainless"])
        .row(&["6x40", "=0.31", "=0.38", "=1.42"])
        .row(&["8x75", "=0.52", "=0.61", "=2.85"])
        .row(&["12x110", "=0.98", "", "=5.1"])
        .merge("B2:D2")
        .merge("A2:A3");
    insta::assert_snapshot!(items_of(sheet));
}

#[test]
fn sizes_of_colours_stand_under_merged_headers() {
    let sheet = Sheet::new("Shirts")
        .row(&["Style", "Description", "White", "", "Navy", ""])
        .row(&["", "", "S-M", "L-XL", "S-M", "L-XL"])
        .row(&["TS100", "Tee", "=3.1", "=3.6", "=3.4", "=3.95"])
        .row(&["PS200", "Polo", "=6.8", "=7.5", "=7.1", "=7.9"])
        .row(&["All prices in GBP"])
        .merge("C1:D1")
        .merge("E1:F1")
        .merge("A1:A2")
        .merge("B1:B2");
    insta::assert_snapshot!(items_of(sheet));
}

#[test]
fn thicknesses_packs_and_shoe_sizes_head_their_prices() {
    insta::assert_snapshot!(
        [
            "Blachy, ceny netto PLN\n\nGatunek;1 mm;1,5 mm;2 mm\nDC01;28,40;41,20;54,00\n1.4301;112,00;164,50;215,00\n",
            "Cat. No.,Product,CAS,25 g,500 g\nC1,Citric acid,77-92-9,14.00,90.00\nC2,Silver nitrate,7761-88-8,92.00,on request\n\
             C3,Sodium chloride,7647-14-5,12.50,85.00\n",
            "Model;Renk;38;39;40\nBot;Siyah;890,00;890,00;920,00\nBot;Taba;890,00;890,00;\nFiyatlar TL, KDV hariç\n",
        ]
        .map(items)
        .join("\n")
    );
}

#[test]
fn unknown_columns_beside_codes_are_no_variants() {
    // What no header explains is left out rather than made into items.
    insta::assert_snapshot!(items(
        "Code;Name;Foo;Qux;Price EUR\nA-1;Tap;45,00;12,50;89,00\nA-2;Mixer;40,00;13,50;99,00\nA-3;Hose;50,00;2,50;4,80\n"
    ));
}

#[test]
fn a_name_that_several_rows_have_is_completed_by_what_parts_them() {
    insta::assert_snapshot!(
        [
            "Kód;Název;Objem;Cena Kč\nK1;Krém;50 ml;45,00\nK2;Krém;100 ml;72,50\nK3;Mýdlo;90 g;39,00\n",
            "Cuvée;Millésime;Prix HT €\nChablis;2022;14,50\nChablis;2023;15,90\nPommard;2020;38,00\n",
            // Where it is sold says not what it is.
            "Name;Price USD;Warehouse\nMM32;0.65;North\nMM32;0.97;North\nMM32;0.98;South\nMM32;0.60;South\nMM33;0.5;North\n",
            "Марка;Сечение;Цена за метр, руб.\nВВГ;3х1,5;68,40\nВВГ;3х2,5;104,90\nПВС;2х0,75;31,20\n",
        ]
        .map(items)
        .join("\n")
    );
}

#[test]
fn prices_are_for_a_hundred_or_a_thousand() {
    insta::assert_snapshot!(
        [
            "ARTIKEL;BEZEICHNUNG;VPE;Preis je 100 Stk. EUR\n933-08030;Schraube M8x30;200;9,85\n933-08040;Schraube M8x40;200;11,20\n\
             934-10;Mutter M10;250;5,10\n",
            "Код;Наименование;Цена за 1000 шт, руб.\n101;Болт М6;1 250,50\n102;Болт М8;2 870,00\n",
            "Material;Kurztext;Preis EUR;Preiseinheit;ME\n000000000010045678;Dichtring;12,50;100;ST\n\
             000000000010045679;Kugelhahn;48,90;1;ST\n000000000010045680;Öl;310,00;100;L\n",
            "Clave;Descripción;Unidad;Precio MXN\nT-1;Tornillo;Millar;185.00\nC-1;Clavo;Kg;42.50\n",
            "Artikelnr;Benämning;Pris/1000 ark (SEK)\n3001;Papper A4;89,00\n3002;Papper A3;178,00\n",
        ]
        .map(items)
        .join("\n")
    );
}

#[test]
fn a_dollar_sign_is_the_dollar_that_the_list_speaks_of() {
    insta::assert_snapshot!(
        [
            "SKU,Product,Price\nE1,Cable,$8.50\nE2,Splitter,$45.00\n",
            "Prices in AUD excluding GST,,\nSKU,Product,Price\nE1,Cable,$8.50\nE2,Splitter,$45.00\n",
            "Precios en pesos chilenos;;\nSKU;Producto;Precio\n1;Cemento;$4.590\n2;Fierro;$5.990\n",
            "Av. Corrientes 1234, Buenos Aires;;\nCódigo;Descripción;Precio c/IVA\nA1;Yerba;$ 3.250,00\nA2;Alfajor;$ 890,00\n",
            "\"12 King St, Toronto, Ontario\",,\nItem,Description,Price\nM1,Screw,$0.12\nM2,Hanger,US$1.85\n",
        ]
        .map(items)
        .join("\n")
    );
    let options = ReadOptions {
        default_currency: "CAD".parse().ok(),
        ..ReadOptions::default()
    };
    let reading = read(b"SKU,Product,Price\nE1,Cable,$8.50\nE2,Splitter,$45.00\n", &options).unwrap();
    assert_eq!(reading.items[0].currency, options.default_currency);
}

#[test]
fn the_currency_stands_in_a_note_below() {
    insta::assert_snapshot!(items(
        "品番,品名,仕切価格\nKB-101,六角ボルト,3150\nKN-201,六角ナット,1820\n単位：円（税抜）\n"
    ));
}

#[test]
fn dots_lead_from_the_name_to_the_price() {
    let sheet = Sheet::new("Carte")
        .row(&["CARTE"])
        .row(&["Boissons chaudes"])
        .row(&["Café ........ 2,50 €"])
        .row(&["Thé ..... 4,00 €"])
        .row(&["Boissons froides"])
        .row(&["Limonade maison ...... 5,20 €"])
        .row(&["Eau 50 cl … 3,50 €"]);
    insta::assert_snapshot!(
        [
            items_of(sheet),
            items("Preisliste\n\nÖlwechsel .......... 89,00 €\nReifenwechsel (4 Räder) .... 35,00 €\nInspektion ..... 149,50 €\n"),
        ]
        .join("\n")
    );
}

#[test]
fn the_code_stands_in_the_cell_of_the_name() {
    insta::assert_snapshot!(
        [
            "Product;Sales Price\n[FURN_0096] Desk;€ 750.00\n[E-COM07] Cabinet;€ 320.00\n[CONS_25] Screw set;€ 3.50\n",
            "Produkt;Cena netto PLN\nAB-1001 - Gniazdo;18,90\nAB-1002 - Łącznik - biały;11,40\nCD-2001 - Ramka;13,75\n",
            "Produkt;Cena netto PLN\nHerbata - czarna;18,90\nHerbata - zielona;11,40\nKawa - mielona;13,75\n",
        ]
        .map(items)
        .join("\n")
    );
}

#[test]
fn section_rows_carry_codes() {
    insta::assert_snapshot!(
        [
            "Код;Наименование;Цена, руб.\n01;БОЛТЫ;\n0101;Болт М6;12,50\n0102;Болт М8;28,70\n02;ГАЙКИ;\n0201;Гайка М6;4,10\n",
            "Code;Item;Price EUR\nKN;KNIVES;\nKN-10;Folding knife;18.40\nKN-11;Fixed knife;\nTO;TORCHES;\nTO-01;Torch;21.00\n",
        ]
        .map(items)
        .join("\n")
    );
}

#[test]
fn a_quantity_that_the_supplier_filled_in_is_the_stock() {
    let reading = read(
        b"Size;Brand;Pattern;Qty;Price EUR\n205/55R16;Contex;Grip;48;52,30\n225/45R17;Contex;Sport;>100;71,00\n195/65R15;Nord;Winter;0;44,90\n",
        &ReadOptions::default(),
    )
    .unwrap();
    let said: Vec<_> = reading
        .items
        .iter()
        .map(|item| item.availability.as_ref().unwrap().original.as_str())
        .collect();
    assert_eq!(said, ["48", ">100", "0"]);
}
