//! Reading reports on small lists, one for each oddity that suppliers' lists were seen to have.

// A test fails by panicking.
#![allow(clippy::unwrap_used)]

mod shown;
mod workbook;

use std::io::{Cursor, Write};

use pricelist::{ReadOptions, Sniffed, read};
use shown::{lines, shown};
use workbook::{Sheet, forms};

#[test]
fn cells_hold_errors_and_formulas() {
    let sheet = Sheet::new("Prices")
        .row(&["SKU", "Product", "Unit", "Price EUR"])
        .row(&["A-1", "Kettle", "pc", "=19.9"])
        .row(&["A-2", "Toaster", "pc", "!#N/A"])
        .row(&["A-3", "Iron", "pc", "ƒB2*2"])
        .row(&["A-4", "Mixer", "pc", "ƒ10+5|15"])
        .row(&["A-5", "Blender", "pc", "=24.5"])
        .row(&["A-6", "Grill", "pc", "=89"]);
    insta::assert_snapshot!(shown(&workbook::xlsx(&[sheet])));
}

#[test]
fn an_old_price_is_struck_out_in_the_cell() {
    let sheet = Sheet::new("Prices")
        .row(&["SKU", "Product", "Price"])
        .row(&["A-1", "Kettle", "~-24,90 €| 19,90 €"])
        .row(&["A-2", "Toaster", "31,00 €"])
        .row(&["A-3", "~-discontinued| Iron", "~-29,00 €"]);
    insta::assert_snapshot!(shown(&workbook::xlsx(&[sheet])));
    let page = "<table><tr><th>SKU<th>Product<th>Price</tr><tr><td>A-1<td>Kettle<td><s>24,90 €</s> 19,90 €</tr>\
                <tr><td>A-2<td>Toaster<td><del>33,00</del> <b>31,00 €</b></tr></table>";
    let reading = read(page.as_bytes(), &ReadOptions::default()).unwrap();
    assert_eq!(
        lines(&reading),
        "2: A-1 | Kettle | 19.9 EUR | –\n3: A-2 | Toaster | 31 EUR | –\n"
    );
}

#[test]
fn pivot_fields_stand_above_the_header() {
    let sheet = Sheet::new("Остатки")
        .row(&["Период", "Май 2024"])
        .row(&["Склад", "(Все)"])
        .row(&["Менеджер", "(Все)"])
        .row(&["Группа", "(несколько элементов)"])
        .row(&[])
        .row(&["Наши цены действительны до конца месяца"])
        .row(&[])
        .row(&["Артикул", "Номенклатура", "Остаток", "Цена, руб."])
        .row(&["00-0102", "Кабель ВВГ 3х1,5", "=120", "=64.5"])
        .row(&["00-0103", "Кабель ВВГ 3х2,5", "=45", "=98"])
        .row(&["00-0104", "Провод ПВС 2х0,75", "=0", "=31.2"]);
    insta::assert_snapshot!(shown(&workbook::xlsx(&[sheet])));
}

#[test]
fn a_letterhead_reaches_down_to_row_12() {
    let mut sheet = Sheet::new("Price");
    for line in [
        "OOO Vostok Trade",
        "Tel. +7 495 123-45-67",
        "info@vostok.example",
        "",
        "Bank: 40702810900000001234",
        "BIC 044525225",
        "Price list no. 17",
        "of 2 May 2024",
        "",
        "Prices are in USD",
        "Delivery 3-5 days",
    ] {
        sheet = sheet.row(&[line]);
    }
    let sheet = sheet
        .row(&["No.", "Description of goods", "Unit", "Price"])
        .row(&["=1", "Pump 10 m", "pc", "=120"])
        .row(&["=2", "Pump 20 m", "pc", "=180"])
        .row(&["=3", "Hose 25 m", "pc", "=44.5"]);
    insta::assert_snapshot!(shown(&workbook::xlsx(&[sheet])));
}

#[test]
fn the_header_of_the_price_is_a_legal_sentence() {
    let price = "Максимальная отпускная цена производителя без НДС, руб., зарегистрированная в установленном порядке";
    insta::assert_snapshot!(shown(
        format!(
            "Торговое наименование;Форма выпуска;{price};Дата регистрации\nАспирин;таблетки 500 мг N20;85,40;12.03.2021\n\
             Ибупрофен;таблетки 200 мг N50;112,00;01.02.2020\nПарацетамол;сироп 100 мл;64,15;17.09.2019\n"
        )
        .as_bytes()
    ));
}

#[test]
fn section_rows_carry_quantities_and_totals() {
    insta::assert_snapshot!(shown(
        "Code;Name;Quantity;Price EUR;Sum\n;Lamps;320;;4150,00\n1001;Lamp 5 W;200;12,50;2500,00\n1002;Lamp 9 W;120;13,75;1650,00\n\
         ;Cables;80;;96,00\n2001;Cable 3x1.5;80;1,20;96,00\n;Total;400;;4246,00\n"
            .as_bytes()
    ));
}

#[test]
fn codes_are_numbers_texts_and_remarks() {
    let sheet = Sheet::new("Lista")
        .row(&["Código", "Código proveedor", "Descripción", "Precio"])
        .row(&["=102", "P-881", "Tornillo 4x20", "=0.1"])
        .row(&["0102.1", "P-882", "Tornillo 4x25", "=0.12"])
        .row(&["000000000000000103", "P-883", "Tornillo 4x30", "=0.14"])
        .row(&["104 (nuevo)", "P-884", "Tornillo 4x35", "=0.15"])
        .row(&["=105", "P-885", "Tornillo 4x40", "=0.19"]);
    insta::assert_snapshot!(shown(&workbook::xlsx(&[sheet])));
}

#[test]
fn a_currency_that_no_one_states_is_the_suppliers_or_unknown() {
    let list = b"sku,name,price\n1,Tea,2.50\n2,Milk,0.99\n";
    let currency = |default: Option<&str>| {
        let options = ReadOptions {
            default_currency: default.map(|code| code.parse().unwrap()),
            ..ReadOptions::default()
        };
        let reading = read(list, &options).unwrap();
        let told = reading.report.sheets[0].tables[0].currency.clone();
        (reading.items[0].currency.map(|currency| currency.to_string()), told)
    };
    assert_eq!(currency(None), (None, None));
    assert_eq!(
        currency(Some("PLN")),
        (Some("PLN".to_owned()), Some("PLN, the supplier's".to_owned()))
    );
}

/// A sheet of a list in many sheets.
fn makers_sheet(maker: &str, cents: u32) -> Sheet {
    Sheet::new(maker)
        .row(&["型号", "品名", "单价(美元)"])
        .row(&[
            &format!("{maker}-1"),
            "微控制器",
            &format!("={}", f64::from(cents) / 100.0),
        ])
        .row(&[
            &format!("{maker}-2"),
            "存储芯片",
            &format!("={}", f64::from(cents + 150) / 100.0),
        ])
}

#[test]
fn nine_sheets_have_one_layout_and_one_is_there_twice() {
    let makers = ["AB", "CD", "EF", "GH", "IJ", "KL", "MN", "OP", "QR"];
    let mut sheets: Vec<Sheet> = (1..)
        .zip(makers)
        .map(|(at, maker)| makers_sheet(maker, at * 100))
        .collect();
    sheets.push(makers_sheet("AB", 100).renamed("AB (2)"));
    let reading = read(&workbook::xlsx(&sheets), &ReadOptions::default()).unwrap();
    assert_eq!(reading.items.len(), 18);
    assert_eq!(reading.items[17].position.sheet.as_deref(), Some("QR"));
    insta::assert_snapshot!(reading.report.to_string());
}

#[test]
fn three_sheets_have_three_layouts() {
    let fruit = Sheet::new("Frutta")
        .row(&["Prodotto", "U.M.", "Prezzo €"])
        .row(&["Mele", "kg", "=1.8"])
        .row(&["Pere", "kg", "=2.1"]);
    let wine = Sheet::new("Vini")
        .row(&["Cantina", "Descrizione", "Annata", "Prezzo bottiglia", "Prezzo cartone"])
        .row(&["Rossi", "Barbera", "=2021", "=7.5", "=42"])
        .row(&["Bianchi", "Dolcetto", "=2022", "=6.9", "=39"]);
    let bread = Sheet::new("Pane")
        .row(&["Listino pane del 1 marzo"])
        .row(&[])
        .row(&["Cod.", "Articolo", "Pezzatura", "Prezzo al kg"])
        .row(&["P01", "Ciabatta", "300 g", "€ 3,90"])
        .row(&["P02", "Integrale", "500 g", "€ 4,20"]);
    insta::assert_snapshot!(shown(&workbook::xlsx(&[fruit, wine, bread])));
}

#[test]
fn the_dimension_claims_the_whole_sheet() {
    let sheet = Sheet::new("Prices")
        .dimension("A1:XFD1048576")
        .row(&["SKU", "Product", "Price EUR"])
        .row(&["A-1", "Kettle", "=19.9"])
        .row(&["A-2", "Toaster", "=24.5"]);
    insta::assert_snapshot!(shown(&workbook::xlsx(&[sheet])));
}

#[test]
fn blank_rows_stand_anywhere() {
    insta::assert_snapshot!(shown(
        b"\n\nsku,name,price EUR\n\n\n1,Tea,2.50\n,,\n2,Milk,0.99\n\n\nSpices,,\n\n3,Salt,0.50\n,,\n\n"
    ));
}

#[test]
fn the_contents_tell_what_a_file_is_whatever_its_name() {
    let teas = || {
        Sheet::new("L")
            .row(&["SKU", "Name", "Price EUR"])
            .row(&["T-1", "Tea", "=2.5"])
            .row(&["T-2", "Milk", "=0.99"])
    };
    let text = b"SKU\tName\tPrice EUR\nT-1\tTea\t2.5\nT-2\tMilk\t0.99\n".to_vec();
    let zipped = {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file("list.csv", zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(&text).unwrap();
        zip.finish().unwrap().into_inner()
    };
    let expected = "2: T-1 | Tea | 2.5 EUR | –\n3: T-2 | Milk | 0.99 EUR | –\n";
    for (name, bytes, kind) in [
        ("list.csv", workbook::xlsx(&[teas()]), Sniffed::Xlsx),
        ("list.xls", workbook::xlsx(&[teas()]), Sniffed::Xlsx),
        ("list.xls", forms::html(&teas()), Sniffed::Html),
        ("list.xls", forms::spreadsheet_ml(&[teas()]), Sniffed::SpreadsheetMl),
        ("list.xls", text.clone(), Sniffed::Text),
        ("list.xlsx", text, Sniffed::Text),
        ("list.csv", zipped, Sniffed::Text),
    ] {
        let options = ReadOptions {
            file_name: Some(name.to_owned()),
            ..ReadOptions::default()
        };
        let reading = read(&bytes, &options).unwrap();
        assert_eq!((reading.kind, lines(&reading).as_str()), (kind, expected), "{name}");
    }
}

#[test]
fn letters_and_notes_are_no_price_lists() {
    for text in [
        "Our prices are on request.\n",
        "Dear customer,\n\nour prices are on request.\nPlease call us: +49 30 1234567\n\nBest regards\n",
        "Уважаемые клиенты!\nЦены по запросу.\n",
        "Price on request; please ask; thank you\n",
    ] {
        let reading = read(text.as_bytes(), &ReadOptions::default()).unwrap();
        assert_eq!(reading.items, [], "{text}");
        let told = &reading.report.warnings[0];
        assert!(told.contains("no price list"), "{told}");
    }
}

/// The lines that a small text is read as.
fn lines_of(text: &str) -> String {
    lines(&read(text.as_bytes(), &ReadOptions::default()).unwrap())
}

#[test]
fn a_line_may_be_goods_and_not_a_number() {
    assert_eq!(
        lines_of("Line,Size,Price\nCucumber,M,£1.20/kg\nVine tomato,40/47,£2.40/kg\nLemon,Class 1,£0.30/each\n"),
        "2: – | Cucumber | 1.2 GBP | kg\n3: – | Vine tomato | 2.4 GBP | kg\n4: – | Lemon | 0.3 GBP | each\n"
    );
    assert_eq!(
        lines_of("Line,Product,Price GBP\n1,Cucumber,1.20\n2,Vine tomato,2.40\n3,Lemon,0.30\n"),
        "2: – | Cucumber | 1.2 GBP | –\n3: – | Vine tomato | 2.4 GBP | –\n4: – | Lemon | 0.3 GBP | –\n"
    );
    assert_eq!(
        lines_of(
            "Nr.;Bezeichnung;Preis CHF\nW-0;Koffer klein;1'000.50\nW-1;Koffer mittel;1'200.00\nW-2;Koffer groß;1'400.00\n"
        ),
        "2: W-0 | Koffer klein | 1000.5 CHF | –\n3: W-1 | Koffer mittel | 1200 CHF | –\n4: W-2 | Koffer groß | 1400 CHF | –\n"
    );
}

#[test]
fn the_price_is_what_it_is_now() {
    assert_eq!(
        lines_of("Code,Title,Was,Now,Saving\nC1,Chair,$20,$15,25%\nC2,Table,$80,$60,25%\nC3,Bench,$40,$30,25%\n"),
        "2: C1 | Chair | 15 USD | –\n3: C2 | Table | 60 USD | –\n4: C3 | Bench | 30 USD | –\n"
    );
}

#[test]
fn a_price_per_kilogram_is_not_per_bag() {
    assert_eq!(
        lines_of(
            "Code;Product;Unit;Price/kg EUR\nQ1;Citric acid;bag 25 kg;1,20\nQ2;Soda;bag 25 kg;0,80\nQ3;Salt;pc;0,30\n"
        ),
        "2: Q1 | Citric acid | 1.2 EUR | kg\n3: Q2 | Soda | 0.8 EUR | kg\n4: Q3 | Salt | 0.3 EUR | pc\n"
    );
}

#[test]
fn items_stand_in_columns_and_their_names_are_words_of_headers() {
    assert_eq!(
        lines_of(
            "Model;X100;X200;X300;X400\nDescription;Coffee machine model 1;Coffee machine model 2;Grinder model 3;Scale model 4\n\
             Dealer price EUR;100;200;300;40\nList price EUR;150;250;350;60\n"
        ),
        "2: X100 | Coffee machine model 1 | 100 EUR | –\n3: X200 | Coffee machine model 2 | 200 EUR | –\n\
         4: X300 | Grinder model 3 | 300 EUR | –\n5: X400 | Scale model 4 | 40 EUR | –\n"
    );
}

#[test]
fn every_row_says_words_of_headers() {
    let rows: String = (1..=8)
        .map(|n| format!("N{n},Pipe type {n},\"{n},50\",see line one\n"))
        .collect();
    let lines = lines_of(&format!("SKU,Name,\"Price, EUR\",Notes\n{rows}"));
    assert!(lines.starts_with("2: N1 | Pipe type 1 | 1.5 EUR | –\n"), "{lines}");
    assert_eq!(lines.lines().count(), 8, "{lines}");
}

#[test]
fn a_header_is_a_currency_and_a_unit_after_a_word() {
    assert_eq!(
        lines_of(
            "Quality,Width cm,Cut length $/m,Roll $/m\nLinen A,140,10.00,8.50\nTwill B,150,6.00,5.10\nWool C,140,40.00,34.00\n"
        ),
        "2: – | Linen A | 10 USD | m\n3: – | Twill B | 6 USD | m\n4: – | Wool C | 40 USD | m\n"
    );
}

#[test]
fn a_price_by_agreement_may_be_shortened() {
    assert_eq!(
        lines_of("Код;Назва;Од.;Ціна, грн\n01;Цвях;кг;12,50\n02;Дюбель;кг;дог.\n03;Гайка;кг;7,00\n"),
        "2: 01 | Цвях | 12.5 UAH | кг\n3: 02 | Дюбель | – – | кг\n4: 03 | Гайка | 7 UAH | кг\n"
    );
}

#[test]
fn quantities_head_their_prices() {
    assert_eq!(
        lines_of(
            "Mfr Part #,Manufacturer,Description,Stock,MOQ,1,10,100,1000\nLM1A,Texan,Regulator 5 V,4441,1,0.91,0.82,0.7,0.61\n\
             LM2A,Nexo,Regulator 3 V,20,1,1.10,1.00,0.9,0.8\nLM3B,Nexo,Regulator 9 V,0,10,2.50,2.40,2.1,1.9\n"
        ),
        "2: LM1A | Regulator 5 V | 0.91 – | –\n3: LM2A | Regulator 3 V | 1.1 – | –\n4: LM3B | Regulator 9 V | 2.5 – | –\n"
    );
    // In a row of goods they are no header: the stock of three places may rise too.
    assert_eq!(
        lines_of(
            "Code,Product,Unit,Price EUR,Berlin,Kiel,Ulm\nA1,Tea pack,pc,2.50,1,10,100\nA2,Milk pack,pc,0.99,0,4,1\nA3,Salt pack,pc,0.50,2,4,8\n"
        ),
        "2: A1 | Tea pack | 2.5 EUR | pc\n3: A2 | Milk pack | 0.99 EUR | pc\n4: A3 | Salt pack | 0.5 EUR | pc\n"
    );
}

#[test]
fn no_row_of_goods_is_a_header() {
    let names = [
        "Wheat flour type 405 25 kg",
        "Unit price label, brand of ours",
        "Sugar",
        "Stock pot, item no 3",
    ];
    let rows: String = (1..=200)
        .map(|n| format!("C{n},{},Delmar,{}.44\n", names[n % 7 % 4].replace(',', " "), n % 9))
        .collect();
    let lines = lines_of(&format!("SKU,Name,Brand,Price EUR\n{rows}"));
    assert_eq!(lines.lines().count(), 200, "{lines}");
    assert!(
        lines.starts_with("2: C1 | Unit price label brand of ours | 1.44 EUR"),
        "{lines}"
    );
}

#[test]
fn a_note_says_what_all_prices_are_per() {
    let list = |note: &str| {
        lines_of(&format!(
            "{note};;\n;;\nCode;Product;Price\nG1;Float glass;21,50\nG2;Satin glass;38,00\nG3;Wired glass;45,10\n"
        ))
    };
    for (note, unit) in [
        ("Glass, prices (€/m²)", "m²"),
        ("All prices in EUR/kg", "kg"),
        ("Prices in €, delivery 0.50 €/kg", "–"),
        ("Prices in €", "–"),
    ] {
        let expected = format!("4: G1 | Float glass | 21.5 EUR | {unit}\n");
        let lines = list(note);
        assert!(lines.starts_with(&expected), "{note}: {lines}");
    }
}

#[test]
fn decimal_commas_between_commas_are_put_together() {
    let list = "Hammer & Sons,,,\nCode,Name,Price EUR,Unit\nA-1,Claw hammer,12,50,pcs\nA-2,Nail 3 mm,0,10,pcs\nA-3,Hand saw,9,pcs\nA-4,Block plane,31,00,pcs\n";
    let reading = read(list.as_bytes(), &ReadOptions::default()).unwrap();
    let prices: Vec<String> = reading
        .items
        .iter()
        .map(|item| item.price.unwrap().to_string())
        .collect();
    assert_eq!(prices, ["12.5", "0.1", "9", "31"]);
    assert!(reading.items.iter().all(|item| item.unit.is_some()));
    assert!(
        reading
            .report
            .warnings
            .iter()
            .any(|warning| warning.contains("decimal commas")),
        "{:?}",
        reading.report.warnings
    );
}
