//! Files of which nothing, or not all, can be read: each is refused by name, and nothing panics.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use lopdf::{EncryptionState, EncryptionVersion, Permissions};
use pdf::{Limits, MissingReason, PdfError, read};
use pdf_fixtures::{File, Page, pdf};
use proptest::prelude::*;

fn page_with_table() -> Page {
    let mut page = Page::new();
    for row in 0..5 {
        let y = 100.0 + 14.0 * row as f32;
        page.text(50.0, y, 8.0, &format!("A-10{row}"))
            .text(150.0, y, 8.0, "Ball valve")
            .text(300.0, y, 8.0, "12.50");
    }
    page
}

fn encrypted(user_password: &str) -> Vec<u8> {
    let mut document = lopdf::Document::load_mem(&pdf(&[page_with_table()])).unwrap();
    let version = EncryptionVersion::V2 {
        document: &document,
        owner_password: "owner",
        user_password,
        key_length: 128,
        permissions: Permissions::all(),
    };
    let state = EncryptionState::try_from(version).unwrap();
    document.encrypt(&state).unwrap();
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

#[test]
fn opens_a_file_with_an_empty_password() {
    let document = read(&encrypted(""), &Limits::default()).unwrap();
    assert_eq!(document.tables[0].rows.len(), 5);
}

#[test]
fn refuses_a_password_by_name() {
    assert_eq!(
        read(&encrypted("secret"), &Limits::default()).unwrap_err(),
        PdfError::Password
    );
}

#[test]
fn refuses_images_and_says_which_pages() {
    let error = read(&pdf(&[Page::image(), Page::image()]), &Limits::default()).unwrap_err();
    assert_eq!(
        error,
        PdfError::NoTextLayer {
            pages: 2,
            images: vec![1, 2]
        }
    );
}

#[test]
fn reads_what_is_not_an_image_and_says_what_is() {
    let document = read(&pdf(&[page_with_table(), Page::image()]), &Limits::default()).unwrap();
    assert_eq!(document.tables.len(), 1);
    assert_eq!(document.missing.len(), 1);
    assert_eq!(document.missing[0].reason, MissingReason::NoTextLayer);
    insta::assert_snapshot!(document.missing[0], @"Page 2 was not read: it is an image without a text layer.");
}

#[test]
fn an_empty_page_is_not_missing() {
    let document = read(&pdf(&[page_with_table(), Page::new()]), &Limits::default()).unwrap();
    assert!(document.missing.is_empty());
}

#[test]
fn one_page_over_budget_costs_one_page() {
    let mut heavy = Page::new();
    for _ in 0..500 {
        heavy.text(50.0, 50.0, 8.0, "too much");
    }
    let limits = Limits {
        page_operations: 2_000,
        ..Limits::default()
    };
    let document = read(&pdf(&[heavy, page_with_table()]), &limits).unwrap();
    assert_eq!(document.missing[0].page, 1);
    assert_eq!(document.missing[0].reason, MissingReason::OverBudget);
    assert_eq!(document.tables[0].page, 2);
}

#[test]
fn refuses_more_pages_than_allowed_page_by_page() {
    let limits = Limits {
        pages: 1,
        ..Limits::default()
    };
    let document = read(&pdf(&[page_with_table(), page_with_table()]), &limits).unwrap();
    assert_eq!(document.missing[0].page, 2);
    assert_eq!(document.tables[0].rows.len(), 5);
}

#[test]
fn refuses_a_decompression_bomb() {
    let zeros = vec![b' '; 8 << 20];
    let mut document = lopdf::Document::load_mem(&pdf(&[page_with_table()])).unwrap();
    let mut stream = lopdf::Stream::new(lopdf::Dictionary::new(), zeros);
    stream.compress().unwrap();
    let page = document.get_pages()[&1];
    let content = document.add_object(stream);
    document
        .get_object_mut(page)
        .unwrap()
        .as_dict_mut()
        .unwrap()
        .set("Contents", content);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    let limits = Limits {
        stream_bytes: 1 << 20,
        ..Limits::default()
    };
    assert!(matches!(read(&bytes, &limits).unwrap_err(), PdfError::TooLarge { .. }));
}

#[test]
fn refuses_what_is_no_pdf() {
    let not_pdf = read(b"Code;Name;Price\n1;Valve;2", &Limits::default()).unwrap_err();
    insta::assert_snapshot!(not_pdf, @"The file cannot be read as a PDF: it does not begin as a PDF does. Open it in a PDF reader, save it again, and send that file.");
    assert!(matches!(read(b"", &Limits::default()), Err(PdfError::Damaged { .. })));
    assert!(matches!(
        read(b"%PDF-1.7\n", &Limits::default()),
        Err(PdfError::Damaged { .. } | PdfError::NoPages)
    ));
}

#[test]
fn mends_a_broken_cross_reference_table() {
    let bytes = pdf(&[page_with_table()]);
    let text = String::from_utf8_lossy(&bytes);
    let end = text.rfind("xref\n0 ").unwrap();
    let cut = bytes
        .iter()
        .rposition(|_| true)
        .map(|_| end.min(bytes.len() - 40))
        .unwrap();
    let document = read(&bytes[..cut], &Limits::default()).unwrap();
    assert_eq!(document.tables[0].rows.len(), 5);
}

#[test]
fn survives_structures_without_end() {
    // Pages that are their own parents, and forms that draw themselves.
    let mut file = File::default();
    let tree = file.reserve();
    let form = file.reserve();
    let page = file.reserve();
    let content = file.add_stream("", b"/X Do");
    file.set(
        tree,
        &format!("<< /Type /Pages /Kids [{tree} 0 R {page} 0 R {tree} 0 R] /Count 3 >>"),
    );
    file.set(
        page,
        &format!(
            "<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R \
             /Resources << /XObject << /X {form} 0 R >> >> >>"
        ),
    );
    let again = file.add_stream(
        &format!("/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X {form} 0 R >> >>"),
        b"/X Do /X Do",
    );
    file.set(form, &format!("{again} 0 R"));
    let root = file.add(&format!("<< /Type /Catalog /Pages {tree} 0 R >>"));
    let _ = read(&file.finish(root), &Limits::default());

    let deep = format!(
        "%PDF-1.4\n1 0 obj\n{}\nendobj\ntrailer << /Root 1 0 R >>",
        "[".repeat(100_000)
    );
    let _ = read(deep.as_bytes(), &Limits::default());
}

#[test]
fn messages_say_what_to_do() {
    let errors = [
        PdfError::Password,
        PdfError::Encryption {
            method: "the method is unknown".to_owned(),
        },
        PdfError::NoTextLayer {
            pages: 3,
            images: vec![1, 2, 3],
        },
        PdfError::NoTextLayer {
            pages: 9,
            images: vec![2, 5],
        },
        PdfError::Damaged {
            detail: "its objects are broken".to_owned(),
        },
        PdfError::TooLarge {
            what: "unpacked bytes:",
            found: 101,
            limit: 100,
        },
        PdfError::NoPages,
    ];
    insta::assert_snapshot!(errors.map(|error| error.to_string()).join("\n"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn never_panics_on_damaged_files(
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..40),
        length in any::<prop::sample::Index>(),
        truncate in any::<bool>(),
    ) {
        let mut bytes = pdf(&[page_with_table(), Page::image()]);
        for (index, byte) in cuts {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        if truncate {
            bytes.truncate(length.index(bytes.len()));
        }
        if let Ok(document) = read(&bytes, &Limits::default()) {
            for table in &document.tables {
                prop_assert!(table.rows.iter().all(|row| row.cells.len() == table.columns()));
            }
        }
    }

    #[test]
    fn never_panics_on_random_bytes(mut bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        bytes.splice(0..0, *b"%PDF-1.5\n");
        let _ = read(&bytes, &Limits::default());
    }

    #[test]
    fn never_panics_on_random_operators(
        operators in prop::collection::vec(
            prop::sample::select(vec![
                "BT", "ET", "/F1 9 Tf", "/F1 0 Tf", "/F1 1e30 Tf", "(a 1.5) Tj", "[(x) -9999 (12)] TJ", "1 0 0 1 50 700 Tm",
                "0 0 0 0 0 0 Tm", "-1 0 0 1 1e9 1e9 Tm", "0 1 -1 0 300 300 Tm", "10 10 m 500 10 l S", "5 5 1e20 1 re f",
                "0 0 0.5 800 re f", "q", "Q", "1e-30 0 0 1 0 0 cm", "0 12 Td", "T*", "3 Tr", "0 Tr", "50 Tz", "-50 Tz",
            ]),
            0..80,
        )
    ) {
        let mut page = Page::new();
        for operator in operators {
            page.raw(operator);
        }
        let _ = read(&pdf(&[page]), &Limits::default());
    }
}
