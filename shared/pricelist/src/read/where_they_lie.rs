//! Records that are read where they lie give what they give as cells.

use proptest::prelude::*;

use super::*;

/// A list whose columns are told by the rows of goods that it starts with.
fn list(rows: &[String]) -> String {
    let goods = |n: usize| format!("A{n:04};20000000{n:05};Screw M{n} x 20;pcs;{};{n}.25;{n}\n", n % 7 + 1);
    let start: String = (1..GOODS).map(goods).collect();
    format!("Code;Barcode;Name;Unit;Pack;Price;Stock\n{start}{}", rows.concat())
}

/// Records of the list's start, the header among them.
const GOODS: usize = 40;

fn read_on(text: &str, with_care: bool) -> Reading {
    let options = ReadOptions::default();
    let mut source = open(text.as_bytes(), &options, GOODS).unwrap();
    if with_care && let Some(tail) = &mut source.tail {
        tail.with_care();
    }
    let mut items = Vec::new();
    let reading = interpret(source, &options, &mut |item| items.push(item)).unwrap();
    Reading { items, ..reading }
}

fn row() -> impl Strategy<Value = String> {
    let price = prop_oneof![
        6 => "[1-9][0-9]{0,3}\\.[0-9]{1,2}", 1 => "[0-9]{1,6}", 1 => "[1-9]{1,3},[0-9]{2} €", 1 => "1\\.[0-9]{3}",
        1 => Just(String::new()), 1 => "-[1-9]", 1 => Just("on request".to_owned()), 1 => Just("0.00".to_owned()),
        1 => Just("12,5/kg".to_owned()), 1 => Just("see below".to_owned()),
    ];
    let name = prop_oneof![
        4 => "[A-Z][a-z]{2,9}( [a-zé0-9]{1,9}){0,5}", 1 => " [A-Z][a-z]{2,5}  [a-z]{2}\u{a0}x ",
        1 => "\"[A-Z][a-z]{3}; [a-z]{2}\"", 1 => "[1-9]\" [a-z]{4}", 1 => "\"[a-z]{3}\"\"[a-z]\"", 1 => "\"[a-z]{3}\n[a-z]\"",
    ];
    let unit = prop_oneof![3 => Just("pcs"), 1 => Just("kg"), 1 => Just("box "), 1 => Just("")];
    let stock = prop_oneof![3 => "[0-9]{1,4}", 1 => Just("in stock".to_owned()), 1 => Just(">100".to_owned())];
    let code = prop_oneof![4 => "[A-Z][0-9]{3,6}", 1 => Just("Item K0123".to_owned()), 1 => "[0-9]{3} [0-9]{2}"];
    let end = prop_oneof![4 => Just("\n"), 1 => Just("\r\n"), 1 => Just(";\n"), 1 => Just("; ;x\n")];
    let goods = (code, "20000[0-9]{8}", name, unit, "[0-9]{1,3}", price, stock, end).prop_map(
        |(code, barcode, name, unit, pack, price, stock, end)| {
            format!("{code};{barcode};{name};{unit};{pack};{price};{stock}{end}")
        },
    );
    prop_oneof![
        12 => goods,
        1 => "[A-Z][a-z]{3,9}\n",
        1 => ";;[A-Z]{4,9};;;;\n",
        1 => "A[0-9];;[A-Z]{4,9};;;;\n",
        1 => Just("\n".to_owned()),
        1 => Just("Code;Barcode;Name;Unit;Pack;Price;Stock\n".to_owned()),
        1 => ";;Total;;;[0-9]{4}\\.00;\n",
        1 => "\\* [a-z]{4,9} [a-z]{4,9}\n",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn records_read_where_they_lie_say_what_they_say_as_cells(rows in prop::collection::vec(row(), 0..120)) {
        let text = list(&rows);
        let (plain, with_care) = (read_on(&text, false), read_on(&text, true));
        for (plain, with_care) in plain.items.iter().zip(&with_care.items) {
            prop_assert_eq!(plain, with_care);
        }
        prop_assert_eq!(plain, with_care);
    }
}

#[test]
fn the_list_of_that_comparison_has_items_that_are_read_where_they_lie() {
    let row = "B7;2000000000077;Screw M7 x 9;pcs;5;7.5;8\n".to_owned();
    let text = list(&vec![row; 60]);
    let mut source = open(text.as_bytes(), &ReadOptions::default(), GOODS).unwrap();
    let mut grid = std::mem::take(&mut source.grids[0]);
    let tables = understand(std::slice::from_mut(&mut grid), None);
    let Understood { table, columns } = &tables[0][0];
    let money = crate::items::Money {
        currency: None,
        is_dollar_usual: true,
    };
    let mut reader = crate::items::TableReader::new(&grid, table, columns, money);
    let (mut items, mut errors) = (0, Vec::new());
    let mut sink = crate::items::Sink {
        items: &mut |_| items += 1,
        errors: &mut errors,
    };
    let mut report = sheet::table_report(&grid, table, columns);
    let mut take = |row: crate::delimited::PlainRow<'_>| reader.take_plain(row, &mut sink, &mut report);
    source.tail.unwrap().plain_rows(&Limits::default(), &mut take).unwrap();
    assert!(items > 50, "{items}");
}
