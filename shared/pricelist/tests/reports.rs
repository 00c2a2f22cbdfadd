//! Reading reports on small lists, one for each trait that price lists have.

// A test fails by panicking.
#![allow(clippy::unwrap_used)]

mod shown;
mod workbook;

use pricelist::{ReadOptions, read};
use shown::{lines, shown};
use workbook::{Sheet, forms};

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

const BIFF8: forms::Biff = forms::Biff {
    eight: true,
    code_page: true,
    from_1904: false,
};

/// One list as a sheet, for the forms that it may come in.
fn teas() -> Sheet {
    Sheet::new("Прайс")
        .row(&["Артикул", "Наименование", "Ед.", "Цена, руб."])
        .row(&["0017", "Чай чёрный листовой", "шт", "=120.5"])
        .row(&["0018", "Чай зелёный", "уп", "=95"])
        .row(&["0019", "Кофе в зёрнах", "кг", "=1340.25"])
}

#[test]
fn an_old_workbook_has_no_code_page() {
    let how = forms::Biff {
        eight: false,
        code_page: false,
        from_1904: false,
    };
    insta::assert_snapshot!(shown(&forms::xls(&[teas()], how)));
}

#[test]
fn every_form_of_a_workbook_gives_the_same_items() {
    let expected = lines(&read(&workbook::xlsx(&[teas()]), &ReadOptions::default()).unwrap());
    assert_eq!(expected.lines().count(), 3, "{expected}");
    for bytes in [
        forms::xls(&[teas()], BIFF8),
        forms::xlsb(&[teas()]),
        forms::ods(&[teas()]),
        forms::spreadsheet_ml(&[teas()]),
        forms::html(&teas()),
    ] {
        let reading = read(&bytes, &ReadOptions::default()).unwrap();
        assert_eq!(lines(&reading), expected, "{}", reading.kind);
    }
}

#[test]
fn codes_are_dates_long_numbers_and_rich_text() {
    let sheet = Sheet::new("List")
        .row(&["SKU", "Product", "Valid from", "Price"])
        .row(&["=123456789012;2", "~Green |tea", "=45000;1", "=12.5;3"])
        .row(&["007000000000000001", "Black tea", "=45001;1", "=9.000000000000002;3"])
        .row(&["=45323;4", "White tea", "=45002;1", "=7;3"]);
    insta::assert_snapshot!(shown(&workbook::xlsx(&[sheet])));
}

#[test]
fn days_are_counted_from_1904() {
    let sheet = || {
        Sheet::new("List")
            .row(&["SKU", "Product", "Price EUR"])
            .row(&["=43538;1", "Tea", "=2.5"])
            .row(&["=43539;1", "Milk", "=0.99"])
    };
    let biff = |eight, from_1904| forms::Biff {
        eight,
        code_page: true,
        from_1904,
    };
    for (bytes, expected) in [
        (workbook::xlsx_with_dates(&[sheet()], true), "15.03.2023"),
        (workbook::xlsx(&[sheet()]), "14.03.2019"),
        (forms::xls(&[sheet()], biff(true, true)), "15.03.2023"),
        (forms::xls(&[sheet()], biff(false, true)), "15.03.2023"),
        (forms::xls(&[sheet()], biff(true, false)), "14.03.2019"),
        (forms::xlsb_with_dates(&[sheet()], true), "15.03.2023"),
        (forms::xlsb(&[sheet()]), "14.03.2019"),
    ] {
        let reading = read(&bytes, &ReadOptions::default()).unwrap();
        assert_eq!(reading.items[0].sku.as_deref(), Some(expected), "{}", reading.kind);
    }
}

/// A list with a header over two columns, a price over two items, and sections that only groups of rows tell apart.
fn tools() -> Sheet {
    Sheet::new("Tools")
        .row(&["Code", "Name", "Price EUR", ""])
        .row(&["", "", "Retail", "Trade"])
        .row(&["", "Power tools", "", ""])
        .row(&["", "Drills", "", ""])
        .row(&["D-1", "Drill 500 W", "=59.9", "=45"])
        .row(&["D-2", "Drill 700 W", "", "=48"])
        .row(&["", "Saws", "", ""])
        .row(&["S-1", "Jigsaw", "=79", "=61.5"])
        .row(&["", "Hand tools", "", ""])
        .row(&["H-1", "Hammer", "=12.5", "=9.9"])
        .merge("A1:A2")
        .merge("B1:B2")
        .merge("C1:D1")
        .merge("C5:C6")
        .group(4..=8, 1)
        .group(5..=6, 2)
        .group(8..=8, 2)
        .group(10..=10, 1)
}

#[test]
fn rows_are_grouped() {
    insta::assert_snapshot!(shown(&workbook::xlsx(&[tools()])));
}

#[test]
fn merged_cells_and_groups_of_rows_mean_the_same_in_every_form() {
    let expected = lines(&read(&workbook::xlsx(&[tools()]), &ReadOptions::default()).unwrap());
    for bytes in [
        forms::xls(&[tools()], BIFF8),
        forms::xlsb(&[tools()]),
        forms::ods(&[tools()]),
    ] {
        let reading = read(&bytes, &ReadOptions::default()).unwrap();
        assert_eq!(lines(&reading), expected, "{}", reading.kind);
    }
}

#[test]
fn rows_and_columns_are_hidden() {
    let sheet = Sheet::new("Prices")
        .row(&["SKU", "Product", "Margin", "Price EUR"])
        .row(&["A-1", "Kettle", "=0.3", "=19.9"])
        .row(&["A-2", "Toaster", "=0.25", "=24.5"])
        .hide_row(3)
        .hide_column(3);
    insta::assert_snapshot!(shown(&workbook::xlsx(&[sheet])));
}

#[test]
fn one_name_is_merged_over_packs() {
    let sheet = Sheet::new("Лист")
        .row(&["Наименование", "Фасовка", "Цена, грн"])
        .row(&["Гумат калия", "0,5 л", "=55"])
        .row(&["", "1 л", "=98"])
        .row(&["", "5 л", "=430"])
        .row(&["Гумат натрия", "1 л", "=91"])
        .merge("A2:A4");
    insta::assert_snapshot!(shown(&workbook::xlsx(&[sheet])));
}

#[test]
fn an_accounting_program_leaves_empty_columns_and_merges() {
    let sheet = Sheet::new("TDSheet")
        .row(&["Прайс-лист на 12.05.2024"])
        .row(&[])
        .row(&["Номенклатура", "", "", "Ед.", "", "Розничная", ""])
        .row(&["", "", "", "", "", "Цена", "Валюта"])
        .row(&["Инструмент", "", "", "", "", "", ""])
        .row(&["Молоток 300 г", "", "", "шт", "", "=249.9", "руб."])
        .row(&["Ключ 10 мм", "", "", "шт", "", "=95", "руб."])
        .row(&["Краски", "", "", "", "", "", ""])
        .row(&["Краска белая 1 л", "", "", "шт", "", "=310", "руб."])
        .merge("A3:C4")
        .merge("D3:E4")
        .merge("F3:G3")
        .merge("A5:C5")
        .merge("A6:C6")
        .merge("A7:C7")
        .merge("A8:C8")
        .merge("A9:C9");
    insta::assert_snapshot!(shown(&workbook::xlsx(&[sheet])));
}

#[test]
fn a_header_has_four_lines() {
    let sheet = Sheet::new("Liste")
        .row(&["Tarif 2026", "", "", ""])
        .row(&["Référence", "Désignation", "Prix", ""])
        .row(&["", "", "HT", ""])
        .row(&["", "", "Détail", "Gros"])
        .row(&["", "", "€", "€"])
        .row(&["A-1", "Chaise", "=49.9", "=39.9"])
        .row(&["A-2", "Table", "=199", "=170"])
        .merge("A1:D1")
        .merge("C2:D2")
        .merge("C3:D3");
    insta::assert_snapshot!(shown(&workbook::xlsx(&[sheet])));
}

#[test]
fn the_header_is_a_dummy() {
    insta::assert_snapshot!(shown(
        "kolumna 1;kolumna 2;kolumna 3\nRama dębowa 20x30;szt.;24,90\nRama sosnowa 30x40;szt.;31,50\nRama metalowa 13x18;szt.;12,00\n"
            .as_bytes()
    ));
}

#[test]
fn the_name_has_no_header() {
    insta::assert_snapshot!(shown(
        "Код;;Цена;Остаток\n1001;Вода минеральная 0,5 л;45,00;120\n1002;Сок яблочный 1 л;98,50;34\n1003;Квас 1,5 л;89,90;0\n"
            .as_bytes()
    ));
}

#[test]
fn prices_are_from_some_sum_by_agreement_or_placeholders() {
    insta::assert_snapshot!(shown(
        "Наименование;Цена\nПеревозка;от 1200 руб.\nПодъём на этаж;договорная\nДоска обрезная;20 000 ₽ / м³\nБрус;21'600.00 руб.\n\
         Крепёж;0,001\nУпаковка;0\nФанера;14 227 руб.\n"
            .as_bytes()
    ));
}

#[test]
fn the_currency_stands_in_the_header_alone() {
    insta::assert_snapshot!(shown(
        "型号,品名,单价(欧元),数量\n78-001-005-A,微控制器,12.5,100\n78-001-006-B,存储芯片,3.2,500\n78-001-007-C,稳压器,0.8,2000\n".as_bytes()
    ));
}

#[test]
fn prices_have_tiers_by_quantity() {
    insta::assert_snapshot!(shown(
        b"Part No,Description,1-9,10-99,100+\nR-100,Resistor 100 ohm,0.10,0.08,0.05\nC-220,Capacitor 220 nF,0.22,0.19,0.15\n\
          D-414,Diode 1N4148,0.07,0.06,0.04\n"
    ));
}

#[test]
fn prices_stand_with_and_without_tax() {
    insta::assert_snapshot!(shown(
        "Artikel-Nr.;Bezeichnung;Preis netto EUR;MwSt. %;Preis brutto EUR\n4711;Wasserkocher;33,61;19;40,00\n\
         4712;Toaster;25,21;19;30,00\n4713;Teebuch;9,35;7;10,00\n"
            .as_bytes()
    ));
}

#[test]
fn sections_are_indented() {
    insta::assert_snapshot!(shown(
        "Name;Unit;Price USD\nDrinks;;\n  Hot;;\n    Black tea;pc;2.50\n    Coffee;pc;3.00\n  Cold;;\n    Lemonade;pc;2.00\n\
         Food;;\n  Cakes;;\n    Apple cake;pc;4.20\n"
            .as_bytes()
    ));
}

#[test]
fn sizes_and_colours_make_a_matrix() {
    let sheet = Sheet::new("Hemden")
        .row(&["Artikel", "Farbe", "S", "M", "L", "XL"])
        .row(&["Hemd Classic", "weiß", "=19.9", "=19.9", "=21.9", "=23.9"])
        .row(&["Hemd Classic", "blau", "=20.9", "=20.9", "=22.9", ""])
        .row(&["Polo", "rot", "=15", "=15", "=16", "=17"]);
    insta::assert_snapshot!(shown(&workbook::xlsx(&[sheet])));
}

#[test]
fn three_tables_of_other_columns_are_stacked() {
    insta::assert_snapshot!(shown(
        "Kettles\nSKU;Name;Price EUR\nK-1;Kettle steel;19,90\nK-2;Kettle glass;24,90\n\nServices\nService;Hours;Rate EUR\n\
         Repair;1;45,00\nCleaning;2;30,00\n\nParts\nCode;Part;Fits;Price EUR\nP-1;Lid;K-1;3,50\nP-2;Base;K-2;7,90\n"
            .as_bytes()
    ));
}

#[test]
fn lists_of_many_trades_and_languages() {
    let lists = [
        "STOK KODU;ÜRÜN ADI;BİRİM;KDV %;LİSTE FİYATI;İSKONTO;NET FİYAT\nTR-10;Vida 4x40;Kutu;20;1.250,00 TL;%15;1.062,50 TL\n\
         TR-11;Somun M6;Paket;20;85,00 TL;%15;72,25 TL\n",
        "商品コード\t商品名\t単位\t税抜価格\t税込価格\t在庫\nJP001\t電気ケトル 1.2L\t個\t¥4,980\t¥5,478\t○\nJP002\tアイロン\t台\t¥2,980\t¥3,278\t×\n",
        "Art.-Nr.|Bezeichnung|VPE|EK|UVP|EAN\n100234|Bohrer 6 mm HSS|10|1,89|3,99|4006381333931\n\
         100235|Bohrer 8 mm HSS|10|2,49|4,99|4006381333948\n",
        "الرمز;اسم المنتج;الوحدة;السعر (ريال)\nA-1001;شاي أسود ٢٥٠ جرام;علبة;١٢٫٥٠\nA-1002;قهوة عربية;كيس;٤٥٫٠٠\n",
        "קוד פריט;שם פריט;יחידה;מחיר ליחידה\n7290001;קפה שחור 200 גרם;יח;₪18.90\n7290002;תה ירוק;יח;₪12.50\n",
        "รหัสสินค้า,ชื่อสินค้า,หน่วย,ราคา\nTH01,น้ำดื่ม 600 มล.,ขวด,7.00\nTH02,ข้าวหอมมะลิ 5 กก.,ถุง,189.00\n",
        "품목코드,품명,규격,단가(원),비고\nK-01,전기 주전자,1.7L,\"32,000\",\nK-02,토스터,2구,\"28,500\",품절\n",
        "Mã hàng;Tên hàng;ĐVT;Đơn giá (VNĐ)\nVN01;Cà phê rang xay 500g;gói;95.000\nVN02;Trà xanh;hộp;45.000\n",
        "Cikkszám;Megnevezés;Mennyiségi egység;Nettó ár (Ft);Bruttó ár (Ft)\nHU-1;Festék fehér 5 l;db;12 500;15 875\n\
         HU-2;Ecset 50 mm;db;890;1 130\n",
        "Codice;Descrizione articolo;U.M.;Listino;Sc. %;Netto\nIT1;Rubinetto cromato;pz;120,00;30;84,00\n\
         IT2;Sifone;pz;15,50;30;10,85\nIT3;Flessibile 40 cm;pz;4,20;25;3,15\n",
        "Referência;Designação;Embalagem;PVP;P. Líquido\nPT-1;Azulejo 20x20 branco;cx;18,90;12,29\nPT-2;Azulejo azul;cx;19,90;12,94\n",
        "Item,Description,Qty,UOM,Your Cost,MSRP,Ext. Price\n10-001,\"Hex bolt 1/4\"\" x 2\"\"\",,EA,$0.35,$0.59,$0.00\n\
         10-002,\"Washer 1/4\"\"\",,EA,$0.08,$0.15,$0.00\n",
        "Наименование услуги | Ед. изм. | Стоимость, руб.\nКонсультация юриста | час | от 2 500\nСоставление иска | шт. | 5 000 – 15 000\n\
         Представительство | день | по договорённости\n",
        "Varenummer;Beskrivelse;Enhed;Pris ekskl. moms;Rabatgruppe\nDK100;Skrue 4x40 (200 stk);æske;49,95;A\nDK101;Søm 2,5x60;kg;32,00;B\n",
    ];
    let read: Vec<String> = lists
        .iter()
        .map(|list| lines(&read(list.as_bytes(), &ReadOptions::default()).unwrap()))
        .collect();
    insta::assert_snapshot!(read.join("\n"));
}
