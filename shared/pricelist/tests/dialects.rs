//! Tables written in many dialects, and then damaged in one place, read back as what a person sees in them.

// A test fails by panicking.
#![allow(clippy::unwrap_used)]

use pricelist::{Aside, ReadOptions, TableDump, table};

type Rows = Vec<Vec<String>>;

fn dump(bytes: &[u8]) -> TableDump {
    table(bytes, &ReadOptions::default()).unwrap()
}

fn rows(cells: &[&[&str]]) -> Rows {
    cells
        .iter()
        .map(|row| row.iter().map(|cell| (*cell).to_owned()).collect())
        .collect()
}

/// Sales of a shop: dates, times, decimals, quotes and line ends in text, addresses of pages.
fn sales() -> Rows {
    let mut sales = rows(&[&[
        "Date",
        "Time",
        "Qty",
        "Code",
        "Price",
        "Product",
        "Description",
        "Page",
        "Remarks",
    ]]);
    let remarks = [
        "",
        "paid by card, no receipt",
        "the customer said \"too small\"",
        "two lines:\nfirst and second",
        "gift",
    ];
    let products = ["Tie, silk", "Shirt", "Shoe 42", "Hat", "Scarf \"Alba\""];
    for at in 0..40 {
        sales.push(vec![
            format!("{:02}/{:02}/2024", at % 28 + 1, at % 12 + 1),
            format!("{:02}:{:02}", at % 24, at * 7 % 60),
            (at % 9 + 1).to_string(),
            format!("B{:05}-{}", at * 317 % 9973, at % 7),
            format!("{}.{:02}", at * 13 % 400, at * 37 % 100),
            products[at % products.len()].to_owned(),
            format!("Made of wool and silk, size {}", at % 5 + 36),
            format!("https://shop.example/item?id={at}&size={}", at % 5),
            remarks[at % remarks.len()].to_owned(),
        ]);
    }
    sales
}

/// Numbers with decimal commas and words with umlauts.
fn stock() -> Rows {
    let mut stock = rows(&[&["Artikel", "Bezeichnung", "Preis", "Menge"]]);
    for at in 0..12 {
        stock.push(vec![
            format!("{:04}", at * 7),
            format!("Schraube M{} verzinkt", at + 3),
            format!("{},{:02}", at * 3, at * 17 % 100),
            (at * 50).to_string(),
        ]);
    }
    stock
}

/// Three lines of names that hold commas.
fn people() -> Rows {
    rows(&[
        &["name", "born", "place"],
        &["Doe, John", "1970-02-01", "Bath"],
        &["Roe, Jane", "1981-11-30", "Ely"],
    ])
}

/// Nothing but numbers.
fn numbers() -> Rows {
    (1..9i32)
        .map(|at| {
            vec![
                at.to_string(),
                format!("{}.5", at * 11),
                format!("-{}", at * at),
                (at * 1000).to_string(),
            ]
        })
        .collect()
}

/// Sentences.
fn sentences() -> Rows {
    rows(&[
        &["question", "answer"],
        &["What is it, and where?", "A kettle; it stands in the kitchen."],
        &["Who bought it?", "Nobody: it was found."],
        &["When was that?", "Last year, on a Sunday | or Monday."],
        &["Is it blue?", "No."],
    ])
}

/// A log with stamps, levels and sparse cells.
fn log() -> Rows {
    let mut log = rows(&[&["stamp", "level", "code", "host", "note"]]);
    for at in 0..15 {
        log.push(vec![
            format!("2024-05-{:02} 12:{:02}:59", at + 1, at * 4),
            ["info", "warn", ""][at % 3].to_owned(),
            if at % 4 == 0 {
                String::new()
            } else {
                (at * 100).to_string()
            },
            format!("10.0.0.{at}"),
            if at % 5 == 0 {
                "disk (sda1) at 93 %".to_owned()
            } else {
                String::new()
            },
        ]);
    }
    log
}

#[derive(Debug, Clone, Copy)]
struct Written {
    delimiter: &'static str,
    quote: Option<char>,
    backslash: bool,
    quote_all: bool,
    line_end: &'static str,
}

const PLAIN: Written = Written {
    delimiter: ",",
    quote: Some('"'),
    backslash: false,
    quote_all: false,
    line_end: "\n",
};

fn write_cell(cell: &str, how: &Written) -> String {
    let Some(quote) = how.quote else {
        return cell.replace(how.delimiter, &format!("\\{}", how.delimiter));
    };
    let special = cell.contains(how.delimiter.trim()) && !how.delimiter.trim().is_empty()
        || cell.contains(how.delimiter)
        || cell.contains([quote, '\n', '\r']);
    if !how.quote_all && !special {
        return cell.to_owned();
    }
    let escape = if how.backslash { '\\' } else { quote };
    format!("{quote}{}{quote}", cell.replace(quote, &format!("{escape}{quote}")))
}

fn write(rows: &Rows, how: &Written) -> String {
    rows.iter()
        .map(|row| {
            let cells: Vec<String> = row.iter().map(|cell| write_cell(cell, how)).collect();
            cells.join(how.delimiter) + how.line_end
        })
        .collect()
}

/// Every way of writing a table that is tried.
fn ways() -> Vec<Written> {
    let mut ways = Vec::new();
    for delimiter in [
        ",", ";", "\t", "|", " ", ":", "~", "^", "#", "&", "*", "/", "§", "\u{1}", "\u{1f}", "||", "::", "|~|", ", ",
        "; ", " | ",
    ] {
        for quote in [Some('"'), Some('\''), None] {
            for backslash in [false, true] {
                for quote_all in [false, true] {
                    for line_end in ["\n", "\r\n", "\r"] {
                        // Without quotes a delimiter in a text is escaped, which one with blanks cannot be.
                        let can_escape = backslash && !quote_all && !(delimiter.len() > 1 && delimiter.contains(' '));
                        if quote.is_some() || can_escape {
                            ways.push(Written {
                                delimiter,
                                quote,
                                backslash,
                                quote_all,
                                line_end,
                            });
                        }
                    }
                }
            }
        }
    }
    ways
}

#[test]
fn a_table_reads_back_equal_in_every_dialect() {
    let tables = [
        ("sales", sales()),
        ("stock", stock()),
        ("people", people()),
        ("numbers", numbers()),
        ("sentences", sentences()),
        ("log", log()),
    ];
    let (mut tried, mut failed) = (0, Vec::new());
    for (name, rows) in &tables {
        for how in ways() {
            let multi_line = rows.iter().flatten().any(|cell| cell.contains('\n'));
            if how.quote.is_none() && multi_line {
                continue;
            }
            tried += 1;
            let dump = dump(write(rows, &how).as_bytes());
            if dump.rows != *rows {
                failed.push(format!("{name} {how:?} as {:?}", dump.dialect));
            }
        }
    }
    assert!(failed.is_empty(), "{} of {tried}:\n{}", failed.len(), failed.join("\n"));
}

/// A text that was damaged or decorated, and the rows that a person sees in it.
struct Polluted {
    name: String,
    text: String,
    rows: Rows,
}

fn polluted(name: impl Into<String>, text: impl Into<String>, rows: Rows) -> Polluted {
    Polluted {
        name: name.into(),
        text: text.into(),
        rows,
    }
}

/// The lines of a table written with `how`, without their ends; a record of several lines is one.
fn lines(rows: &Rows, how: &Written) -> Vec<String> {
    let bare = Written { line_end: "", ..*how };
    rows.iter().map(|row| write(&vec![row.clone()], &bare)).collect()
}

fn joined(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// What happens to whole files: ends, blank lines, text around the table, several tables.
fn polluted_files(rows: &Rows, how: &Written) -> Vec<Polluted> {
    let text = write(rows, how);
    let lines = lines(rows, how);
    let delimiter = how.delimiter;
    let with = |at: usize, line: &str| {
        let mut lines = lines.clone();
        lines.insert(at, line.to_owned());
        joined(&lines)
    };
    let width = rows[0].len();
    let padding = delimiter.repeat(width - 1);
    let crlf = write(
        rows,
        &Written {
            line_end: "\r\n",
            ..*how
        },
    );
    let other: Rows = (0..5)
        .map(|at| (0..width + 2).map(|column| format!("x{at}{column}")).collect())
        .collect();
    let narrow: Rows = (0..4).map(|at| vec![format!("k{at}"), at.to_string()]).collect();
    let stacked = |below: &Rows| [rows.clone(), below.clone()].concat();
    let mixed: String = lines
        .iter()
        .enumerate()
        .map(|(at, line)| format!("{line}{}", ["\n", "\r\n", "\r"][at % 3]))
        .collect();
    vec![
        polluted("as it is", text.clone(), rows.clone()),
        polluted("no last line end", text.trim_end(), rows.clone()),
        polluted("several last line ends", format!("{text}\n\n\n"), rows.clone()),
        polluted("blank lines first", format!("\n\n{text}"), rows.clone()),
        polluted("a blank line between", with(2, ""), rows.clone()),
        polluted("header alone", format!("{}\n", lines[0]), vec![rows[0].clone()]),
        polluted("one row", joined(&lines[..2]), rows[..2].to_vec()),
        polluted("no header", joined(&lines[1..]), rows[1..].to_vec()),
        polluted(
            "two header rows",
            with(1, &lines[0]),
            [vec![rows[0].clone()], rows.clone()].concat(),
        ),
        polluted("a title", format!("Report of the year\n{text}"), rows.clone()),
        polluted(
            "a title and a blank line",
            format!("Report of the year\n\n{text}"),
            rows.clone(),
        ),
        polluted(
            "a title with commas",
            format!("Report, of May\nmade by hand\n\n{text}"),
            rows.clone(),
        ),
        polluted(
            "a padded title",
            format!("Report{padding}\n{padding}\n{text}"),
            rows.clone(),
        ),
        polluted("a footnote", format!("{text}\n* without holidays\n"), rows.clone()),
        polluted(
            "a comment first",
            format!("# made by a program, version 2\n{text}"),
            rows.clone(),
        ),
        polluted("comments between", with(3, "# more to come"), rows.clone()),
        polluted("line ends of three kinds", mixed, rows.clone()),
        polluted(
            "carriage returns and line feeds",
            crlf.replace("first\nand", "first\r\nand"),
            rows.clone(),
        ),
        polluted(
            "a table below",
            format!("{text}\n{}", write(&other, how)),
            stacked(&other),
        ),
        polluted(
            "a narrow table below",
            format!("{text}\n{}", write(&narrow, how)),
            stacked(&narrow),
        ),
        polluted("the same table below", format!("{text}\n{text}"), stacked(rows)),
        polluted(
            "a delimiter after every record",
            joined(
                &lines
                    .iter()
                    .map(|line| format!("{line}{delimiter}"))
                    .collect::<Vec<_>>(),
            ),
            rows.iter()
                .map(|row| [row.clone(), vec![String::new()]].concat())
                .collect(),
        ),
        polluted("a byte order mark", format!("\u{feff}{text}"), rows.clone()),
        polluted(
            "a line that tells the delimiter",
            format!("sep={delimiter}\n{text}"),
            rows.clone(),
        ),
    ]
}

/// What happens to one record.
fn polluted_records(rows: &Rows, how: &Written) -> Vec<Polluted> {
    let all = lines(rows, how);
    let cells = |row: usize| -> Vec<String> { rows[row].iter().map(|cell| write_cell(cell, how)).collect() };
    let mut list = Vec::new();
    for row in 0..rows.len().min(6) {
        let put = |line: String| {
            let mut lines = all.clone();
            lines[row] = line;
            joined(&lines)
        };
        let see = |cells: Vec<String>| {
            let mut rows = rows.clone();
            rows[row] = cells;
            rows
        };
        let whole = format!("\"{}\"", all[row].replace('"', "\"\""));
        if joined(&all).contains('"') {
            list.push(polluted(
                format!("row {row} quoted as a whole"),
                put(whole),
                rows.clone(),
            ));
        }
        for delimiter in [";", "\t", "|", ","] {
            let line = lines(&vec![rows[row].clone()], &Written { delimiter, ..*how }).remove(0);
            list.push(polluted(
                format!("row {row} written with {delimiter:?}"),
                put(line),
                rows.clone(),
            ));
        }
        for column in 0..rows[row].len() {
            let name = |what: &str| format!("row {row} column {column} {what}");
            let written = cells(row);
            let shorter = [&written[..column], &written[column + 1..]].concat();
            let seen = [&rows[row][..column], &rows[row][column + 1..]].concat();
            list.push(polluted(
                name("without its cell"),
                put(shorter.join(how.delimiter)),
                see(seen),
            ));
            let longer = [&written[..column], &[String::new()], &written[column..]].concat();
            let seen = [&rows[row][..column], &[String::new()], &rows[row][column..]].concat();
            list.push(polluted(
                name("with one more delimiter"),
                put(longer.join(how.delimiter)),
                see(seen),
            ));
            let is_quoted = written[column].starts_with('"');
            let mut quotes = vec![("with a quote at its end", format!("{}\"", rows[row][column]))];
            if !rows[row][column].is_empty() {
                quotes.push(("with a quote at its start", format!("\"{}", rows[row][column])));
            }
            for (what, cell) in quotes {
                if rows[row][column].contains(['"', '\n']) {
                    continue;
                }
                let mut written = written.clone();
                written[column] = if is_quoted { format!("\"{cell}\"") } else { cell.clone() };
                let mut seen = rows[row].clone();
                seen[column] = cell;
                list.push(polluted(name(what), put(written.join(how.delimiter)), see(seen)));
            }
        }
    }
    list
}

#[test]
fn damage_in_one_place_stays_there() {
    let (mut tried, mut failed) = (0, Vec::new());
    for (table, rows) in [("sales", sales()), ("stock", stock()), ("log", log())] {
        for how in [
            PLAIN,
            Written {
                quote_all: true,
                ..PLAIN
            },
            Written {
                delimiter: ";",
                ..PLAIN
            },
            Written {
                delimiter: "\t",
                quote_all: true,
                ..PLAIN
            },
        ] {
            for case in polluted_files(&rows, &how)
                .into_iter()
                .chain(polluted_records(&rows, &how))
            {
                tried += 1;
                let dump = dump(case.text.as_bytes());
                if dump.rows != case.rows {
                    failed.push(format!("{table} {how:?} {} as {:?}", case.name, dump.dialect));
                }
            }
        }
    }
    assert!(failed.is_empty(), "{} of {tried}:\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn encodings_and_nothing_at_all() {
    let text = write(
        &stock(),
        &Written {
            delimiter: ";",
            ..PLAIN
        },
    );
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in [
        [b"\xff\xfe".as_slice(), &little].concat(),
        [b"\xfe\xff".as_slice(), &big].concat(),
        little,
        big,
        text.into_bytes(),
    ] {
        assert_eq!(dump(&bytes).rows, stock());
    }
    for nothing in ["", "\n", "\u{feff}", " \r\n\r\n"] {
        assert!(dump(nothing.as_bytes()).rows.is_empty(), "{nothing:?}");
    }
}

#[test]
fn what_is_no_row_is_kept_aside() {
    let dump =
        dump(b"sep=;\nPrices of May\n\n# from a program\nsku;name;price\n1;Tea;2,50\n2;Milk;0,99\n\nwithout VAT\n");
    assert_eq!(
        dump.rows,
        rows(&[&["sku", "name", "price"], &["1", "Tea", "2,50"], &["2", "Milk", "0,99"]])
    );
    let aside: Vec<_> = dump.left_out.iter().map(|left| (left.record, left.what)).collect();
    assert_eq!(
        aside,
        [
            (1, Aside::SeparatorLine),
            (2, Aside::Preamble),
            (3, Aside::Blank),
            (4, Aside::Comment),
            (8, Aside::Blank),
            (9, Aside::Footnote)
        ]
    );
}

#[test]
fn columns_of_dates_times_and_links_are_one() {
    for cells in [
        vec!["DATE", "02/05/2018", "13/11/2017", "28/01/2018"],
        vec!["2018-05-12 14:30", "2018-05-13 09:05", "2018-05-14 22:59"],
        vec!["Time", "08:30", "12:45:59", "23:59:59.123"],
        vec!["Page", "https://shop.example/a/b?c=d&e=f", "www.shop.example/x/y"],
    ] {
        let dump = dump(cells.join("\n").as_bytes());
        assert_eq!(dump.dialect.delimiter, None, "{cells:?}");
        assert_eq!(
            dump.rows,
            cells.iter().map(|cell| vec![(*cell).to_owned()]).collect::<Rows>()
        );
    }
    // Two columns, though each line could be a time with a fraction.
    let two = dump(b"Time,Qty\n03:22,18\n09:41,30\n12:05,2\n");
    assert_eq!(two.rows[1], ["03:22", "18"]);
}

#[test]
fn delimiters_of_several_characters_stand_beside_their_marks_in_texts() {
    for delimiter in ["|&|", "\t\t", "\\t", "|~|"] {
        let written = Written { delimiter, ..PLAIN };
        let dump = dump(write(&sales(), &written).as_bytes());
        assert_eq!(dump.dialect.delimiter.as_deref(), Some(delimiter));
        assert_eq!(dump.rows, sales(), "{delimiter:?}");
    }
    // Empty fields beside each other are no longer delimiter.
    let sparse = dump(b"a\t\t\tb\n1\t\t\t2\n3\t\t\t4\n");
    assert_eq!(sparse.dialect.delimiter.as_deref(), Some("\t"));
}

#[test]
fn one_record_may_be_written_in_another_way() {
    let list =
        |header: &str| format!("{header}\n1,2018,Tea,4.50,box\n2,2019,\"Milk, fresh\",0.99,l\n3,2017,Rye,2.10,kg\n");
    for header in [
        "No Year Name Price Unit",
        "No:Year:Name:Price:Unit",
        "No, Year, Name, Price, Unit",
        "'No','Year','Name','Price','Unit'",
    ] {
        let dump = dump(list(header).as_bytes());
        assert_eq!(dump.rows[0], ["No", "Year", "Name", "Price", "Unit"], "{header}");
        assert_eq!(dump.rows.len(), 4, "{header}");
    }
    let title = dump(list("Prices of our shop today.\nNo,Year,Name,Price,Unit").as_bytes());
    assert_eq!(title.left_out[0].what, Aside::Preamble);
    assert_eq!(title.rows[0], ["No", "Year", "Name", "Price", "Unit"]);
}

#[test]
fn a_narrow_table_above_is_kept_and_a_worded_note_below_is_not() {
    let narrow = "Code,Stock\nA,1\nB,2\nC,3\n";
    let wide = "No,Year,Name,Price,Unit\n1,2018,Tea,4.50,box\n2,2019,Milk,0.99,l\n3,2017,Rye,2.10,kg\n4,2017,Oil,9,l\n5,2016,Jam,3,g\n";
    for blank in ["", "\n"] {
        let both = dump(format!("{narrow}{blank}{wide}").as_bytes());
        assert_eq!(both.rows.len(), 10, "{:?}", both.left_out);
        let noted = dump(format!("{wide}{blank}All prices without tax\nMade by the shop,,,,\n").as_bytes());
        let notes = noted.left_out.iter().filter(|left| left.what == Aside::Footnote);
        assert_eq!((noted.rows.len(), notes.count()), (6, 2));
    }
    // Few words may be a record that was cut off.
    assert_eq!(dump(format!("{wide}6,2015\n7\n").as_bytes()).rows.len(), 8);
}

#[test]
fn many_remarks_above_say_nothing_of_the_delimiter() {
    let remarks: String = (1..=30)
        .map(|line| format!("# Remark {line}: measured at noon, in the shade, by the \"old\" scale (see below)\n"))
        .collect();
    let semicolons =
        dump(format!("{remarks}2020-01-01;50.9;29.4\n2020-02-01;91.3;59.0\n2020-03-01;172.8;121.4\n").as_bytes());
    assert_eq!(semicolons.dialect.delimiter.as_deref(), Some(";"));
    assert_eq!(
        semicolons.rows,
        rows(&[
            &["2020-01-01", "50.9", "29.4"],
            &["2020-02-01", "91.3", "59.0"],
            &["2020-03-01", "172.8", "121.4"]
        ])
    );
    let blanks = dump(format!("{remarks} 1 1  0  0 0.5\n 2 3  0  5 1.5\n 3 3 -5 12 0.5\n").as_bytes());
    assert_eq!(blanks.rows[2], ["3", "3", "-5", "12", "0.5"]);
}

#[test]
fn empty_fields_beside_each_other_do_not_double_a_delimiter() {
    let sparse = dump(b"region^from^to^name^parent\nAF^^^Africa^\nAM^^^Americas^\nAS^^^Asia^\nEU^^^Europe^\n");
    assert_eq!(sparse.dialect.delimiter.as_deref(), Some("^"));
    assert_eq!(sparse.rows[1], ["AF", "", "", "Africa", ""]);
}

#[test]
fn quotes_outweigh_a_header_with_a_field_too_many_and_records_of_other_lengths() {
    let header = dump(b"Unit,Date,No,Name,Amount,Type,Note\nParks,09/04,50,Kerb works,\"1,875.00\",Revenue\nParks,02/04,45,Drainage,\"3,495.00\",Revenue\n");
    assert_eq!(
        header.rows[1],
        ["Parks", "09/04", "50", "Kerb works", "1,875.00", "Revenue"]
    );
    let ragged = dump(b"\"-123\",\"1.234\",\"12.345,67\"\n\"123,4567\",\"0,5\"\n\"-1.234,567\"\n");
    assert_eq!(
        ragged.rows,
        rows(&[&["-123", "1.234", "12.345,67"], &["123,4567", "0,5"], &["-1.234,567"]])
    );
}

#[test]
fn backslashes_escape_delimiters_without_quotes_and_are_text_where_quotes_are_doubled() {
    let escaped = dump(b"re\\|ading|V\\|A|100\nwrit\\|ing|MD|200\nw\\|aiting|\\|NC|300\n");
    assert_eq!(
        escaped.rows,
        rows(&[
            &["re|ading", "V|A", "100"],
            &["writ|ing", "MD", "200"],
            &["w|aiting", "|NC", "300"]
        ])
    );
    let doubled = dump(b"json,text\n\"{\"\"a\"\":\"\"b [ \\\"\" ]\"\"}\",first\n\"{\"\"c\"\":\"\"d\"\"}\",second\n");
    assert_eq!(doubled.rows[1], ["{\"a\":\"b [ \\\" ]\"}", "first"]);
}

#[test]
fn columns_of_words_are_parted_by_more_blanks_than_words() {
    let list = dump(b"1. Coffee beans 1kg      14.90\n2. Coffee beans 500g      7.90\n3. Green tea 100g         4.50\n4. Sugar sticks x1000    11.00\n");
    assert_eq!(list.rows[2], ["3. Green tea 100g", "4.50"]);
}

#[test]
fn lines_with_an_address_among_words_are_no_single_values() {
    let people = dump(b"Bell Anna anna@bell.example blue 01/28/1913\nCole Bert bert@cole.example red 01/28/1906\nDunn Carla carla@dunn.example green 08/22/1906\nEads Dirk dirk@eads.example blue 07/10/1907\n");
    assert_eq!(
        people.rows[0],
        ["Bell", "Anna", "anna@bell.example", "blue", "01/28/1913"]
    );
}
