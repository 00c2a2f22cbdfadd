//! What holds for every input.

mod workbook;

use pricelist::{ReadOptions, read, sniff, table};
use proptest::prelude::*;
use workbook::forms;

/// How a table is written.
#[derive(Debug, Clone)]
struct Written {
    delimiter: &'static str,
    line_end: &'static str,
    quote_all: bool,
}

fn written() -> impl Strategy<Value = Written> {
    (
        prop::sample::select(vec![",", ";", "\t", "|"]),
        prop::sample::select(vec!["\n", "\r\n", "\r"]),
        any::<bool>(),
    )
        .prop_map(|(delimiter, line_end, quote_all)| Written {
            delimiter,
            line_end,
            quote_all,
        })
}

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z]{2,10}( [a-z]{2,8}){0,2}",
        "[0-9]{1,6}",
        "[0-9]{1,4}\\.[0-9]{2}",
        "[A-Z]{2}-[0-9]{3}",
        "[a-z]{2,6}[,;] [a-z]{2,6}",
        "[a-z]{2,6}\"\" [a-z]{2,6}",
        "[a-z]{2,6}\n[a-z]{2,6}",
        "[а-я]{3,8}",
    ]
}

fn write(rows: &[Vec<String>], how: &Written) -> String {
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .map(|cell| {
                let needs = how.quote_all || cell.contains(how.delimiter) || cell.contains(['"', '\n', '\r']);
                if needs {
                    format!("\"{}\"", cell.replace('"', "\"\""))
                } else {
                    cell.clone()
                }
            })
            .collect();
        text += &cells.join(how.delimiter);
        text += how.line_end;
    }
    text
}

fn table_of_cells() -> impl Strategy<Value = Vec<Vec<String>>> {
    (3usize..6).prop_flat_map(|columns| prop::collection::vec(prop::collection::vec(cell(), columns), 4..12))
}

#[test]
fn a_few_letters_do_not_overrule_the_code_page_of_a_workbook() {
    let rows = [["сча", "жуп", "12"], ["амг", "эдьшдфй", "7"]];
    let sheet = rows.iter().fold(workbook::Sheet::new("S"), |sheet, row| sheet.row(row));
    let xls = forms::xls(
        &[sheet],
        forms::Biff {
            eight: false,
            code_page: true,
            from_1904: false,
        },
    );
    assert_eq!(table(&xls, &ReadOptions::default()).unwrap().rows, rows);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_table_reads_back_equal_in_any_dialect(rows in table_of_cells(), how in written()) {
        let text = write(&rows, &how);
        let dump = table(text.as_bytes(), &ReadOptions::default()).unwrap();
        prop_assert_eq!(dump.rows, rows, "{:?}", text);
        prop_assert_eq!(dump.dialect.delimiter.as_deref(), Some(how.delimiter));
    }

    #[test]
    fn a_sheet_reads_back_equal_in_any_form(rows in table_of_cells()) {
        let sheet = || rows.iter().fold(workbook::Sheet::new("S"), |sheet, row| {
            sheet.row(&row.iter().map(String::as_str).collect::<Vec<_>>())
        });
        let xls = |eight, code_page| forms::xls(&[sheet()], forms::Biff { eight, code_page, from_1904: false });
        for (form, bytes) in [
            ("xlsx", workbook::xlsx(&[sheet()])),
            ("xlsb", forms::xlsb(&[sheet()])),
            ("xls, BIFF8", xls(true, true)),
            ("xls, BIFF5", xls(false, true)),
            ("ods", forms::ods(&[sheet()])),
            ("SpreadsheetML", forms::spreadsheet_ml(&[sheet()])),
            ("html", forms::html(&sheet())),
        ] {
            let dump = table(&bytes, &ReadOptions::default()).unwrap();
            prop_assert_eq!(&dump.rows, &rows, "{}", form);
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        sniff(&bytes);
        let _ = read(&bytes, &ReadOptions::default());
        let _ = table(&bytes, &ReadOptions::default());
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[\\PC\n\t;,\"']{0,300}") {
        let _ = read(text.as_bytes(), &ReadOptions::default());
    }

    #[test]
    fn no_damage_to_a_workbook_makes_the_reader_panic(at in 0usize..4000, byte in any::<u8>(), cut in 0usize..4000) {
        let sheet = workbook::Sheet::new("S").row(&["SKU", "Name", "Price"]).row(&["1", "Tea", "=1.5"]);
        let mut bytes = workbook::xlsx(&[sheet]);
        let length = bytes.len();
        bytes[at % length] = byte;
        bytes.truncate(length - cut % length);
        let _ = read(&bytes, &ReadOptions::default());
    }
}
