//! Opening a file: checks made with `lopdf` before anything is interpreted, and its repair where `hayro` refuses.

use crate::error::PdfError;
use crate::limits::Limits;
use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use lopdf::{DecompressError, Document, LoadOptions, Object};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The header must start within this many bytes (ISO 32000-1, implementation note 13).
const HEADER_WINDOW: usize = 1024;

/// Opens a file for interpretation, or says by name why not.
pub(crate) fn open(bytes: &[u8], limits: &Limits) -> Result<Pdf, PdfError> {
    let head = &bytes[..bytes.len().min(HEADER_WINDOW)];
    if !head.windows(5).any(|window| window == b"%PDF-") {
        let detail = if bytes.is_empty() {
            "it is empty"
        } else {
            "it does not begin as a PDF does"
        };
        return Err(PdfError::Damaged {
            detail: detail.to_owned(),
        });
    }
    let mut parsed = parse(bytes, limits)?;
    match load(bytes.to_vec()) {
        Ok(pdf) if !pdf.pages().is_empty() => Ok(pdf),
        Err(LoadError::Password) => Err(PdfError::Password),
        Err(LoadError::Encryption(method)) => Err(PdfError::Encryption {
            method: method.to_owned(),
        }),
        Ok(_) | Err(LoadError::Unreadable) => {
            let Some(document) = parsed.as_mut() else {
                return Err(PdfError::Damaged {
                    detail: "its table of contents and its objects are broken".to_owned(),
                });
            };
            let rewritten = rewrite(document).ok_or_else(broken_structure)?;
            match load(rewritten) {
                Ok(pdf) if !pdf.pages().is_empty() => Ok(pdf),
                Ok(_) => Err(PdfError::NoPages),
                Err(_) if document.get_pages().is_empty() => Err(PdfError::NoPages),
                Err(_) => Err(broken_structure()),
            }
        }
    }
}

fn broken_structure() -> PdfError {
    PdfError::Damaged {
        detail: "its objects are broken".to_owned(),
    }
}

/// Parses the file's objects with `lopdf` and holds them against the limits. `Ok(None)`: `lopdf` cannot read it, which
/// is for `hayro` to judge.
fn parse(bytes: &[u8], limits: &Limits) -> Result<Option<Document>, PdfError> {
    let options = LoadOptions {
        max_decompressed_size: Some(limits.stream_bytes),
        ..LoadOptions::default()
    };
    let loaded = catch_unwind(AssertUnwindSafe(|| Document::load_mem_with_options(bytes, options)));
    let document = match loaded {
        Ok(Ok(document)) => document,
        Ok(Err(lopdf::Error::InvalidPassword)) => return Err(PdfError::Password),
        Ok(Err(lopdf::Error::Decompress(DecompressError::MemoryLimitExceeded { limit }))) => {
            return Err(too_much_inflated(limit));
        }
        Ok(Err(_)) | Err(_) => return Ok(None),
    };
    if document.objects.len() > limits.objects {
        return Err(PdfError::TooLarge {
            what: "objects in the file:",
            found: document.objects.len() as u64,
            limit: limits.objects as u64,
        });
    }
    check_inflated_size(&document, limits)?;
    Ok(Some(document))
}

/// Deflate cannot inflate by more than this (zlib, "Maximum Compression Factor").
const MAX_DEFLATE_RATIO: usize = 1032;

/// Refuses a decompression bomb. Streams are inflated here only if they could reach a limit together; for the rest
/// their packed size is proof enough.
fn check_inflated_size(document: &Document, limits: &Limits) -> Result<(), PdfError> {
    let streams = || {
        document.objects.values().filter_map(|object| match object {
            Object::Stream(stream) if filters(stream) > 0 && !is_image(stream) => Some(stream),
            _ => None,
        })
    };
    let worst_case = |stream: &lopdf::Stream| match filters(stream) {
        1 => stream.content.len().saturating_mul(MAX_DEFLATE_RATIO),
        _ => usize::MAX,
    };
    let limit = limits.stream_bytes.min(limits.inflated_bytes);
    if streams().map(worst_case).fold(0, usize::saturating_add) > limit {
        let mut total = 0;
        for stream in streams() {
            total += inflated_size(stream, limits.stream_bytes)?;
            if total > limits.inflated_bytes {
                return Err(too_much_inflated(limits.inflated_bytes));
            }
        }
    }
    check_page_contents(document, limits)
}

/// Refuses pages that are put together from so many streams, or from one so many times, that they are too large.
fn check_page_contents(document: &Document, limits: &Limits) -> Result<(), PdfError> {
    for page in document.page_iter().take(limits.pages as usize) {
        if document.get_page_contents(page).len() > 1
            && let Err(lopdf::Error::Decompress(DecompressError::MemoryLimitExceeded { limit })) =
                document.get_page_content_with_limit(page, limits.stream_bytes)
        {
            return Err(too_much_inflated(limit));
        }
    }
    Ok(())
}

fn inflated_size(stream: &lopdf::Stream, limit: usize) -> Result<usize, PdfError> {
    match stream.decompressed_content_with_limit(limit) {
        Ok(content) => Ok(content.len()),
        Err(lopdf::Error::Decompress(DecompressError::MemoryLimitExceeded { limit })) => Err(too_much_inflated(limit)),
        // Filters that `lopdf` does not know are for images.
        Err(_) => Ok(0),
    }
}

fn filters(stream: &lopdf::Stream) -> usize {
    stream.filters().map_or(0, |filters| filters.len())
}

fn is_image(stream: &lopdf::Stream) -> bool {
    stream
        .dict
        .get(b"Subtype")
        .and_then(Object::as_name)
        .is_ok_and(|name| name == b"Image")
}

fn too_much_inflated(limit: usize) -> PdfError {
    PdfError::TooLarge {
        what: "unpacked bytes:",
        found: limit as u64 + 1,
        limit: limit as u64,
    }
}

enum LoadError {
    Password,
    Encryption(&'static str),
    Unreadable,
}

fn load(bytes: Vec<u8>) -> Result<Pdf, LoadError> {
    match catch_unwind(AssertUnwindSafe(|| Pdf::new(bytes))) {
        Ok(Ok(pdf)) => Ok(pdf),
        Ok(Err(LoadPdfError::Decryption(error))) => Err(match error {
            DecryptionError::PasswordProtected => LoadError::Password,
            DecryptionError::MissingIDEntry => LoadError::Encryption("the file identifier is missing"),
            DecryptionError::InvalidEncryption => LoadError::Encryption("the encryption data is damaged"),
            DecryptionError::UnsupportedAlgorithm => LoadError::Encryption("the method is unknown"),
        }),
        Ok(Err(LoadPdfError::Invalid)) | Err(_) => Err(LoadError::Unreadable),
    }
}

/// The file written anew from the objects that `lopdf` found, which mends cross-references and lengths.
fn rewrite(document: &mut Document) -> Option<Vec<u8>> {
    catch_unwind(AssertUnwindSafe(|| {
        let mut bytes = Vec::new();
        document.save_to(&mut bytes).ok().map(|()| bytes)
    }))
    .ok()
    .flatten()
}
