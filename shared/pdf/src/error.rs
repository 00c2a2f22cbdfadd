//! Why a file, or a page of it, could not be read.

use serde::Serialize;

/// A file of which nothing can be used. Each message says what is wrong and what the person who sends the file can do.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PdfError {
    /// The file opens only with a password.
    #[error(
        "The PDF is protected with a password. Save it without one (print to PDF, or remove security) and send it again."
    )]
    Password,
    /// The file is encrypted in a way that cannot be opened.
    #[error(
        "The PDF is encrypted in a way that cannot be opened ({method}). Save it without security and send it again."
    )]
    Encryption {
        /// What stood in the way.
        method: String,
    },
    /// No page has text: every page is an image, or its letters are drawn as shapes.
    #[error(
        "The PDF has no text layer: {} Run text recognition (OCR) on it, or ask the supplier for the original file.",
        image_sentence(.images, *.pages)
    )]
    NoTextLayer {
        /// Pages in the file.
        pages: u32,
        /// Numbers of the pages that are images, counted from 1.
        images: Vec<u32>,
    },
    /// The bytes are not a PDF, or are damaged beyond repair.
    #[error("The file cannot be read as a PDF: {detail}. Open it in a PDF reader, save it again, and send that file.")]
    Damaged {
        /// What was found.
        detail: String,
    },
    /// The file would cost more than the limits allow.
    #[error("The PDF is too large: {what} {found}, at most {limit} can be read. Split the file and send its parts.")]
    TooLarge {
        /// What was counted.
        what: &'static str,
        /// How much of it there is, or the first amount seen beyond the limit.
        found: u64,
        /// The limit.
        limit: u64,
    },
    /// The file has no page.
    #[error("The PDF has no pages. Open it in a PDF reader, check that it shows the list, and send it again.")]
    NoPages,
}

fn image_sentence(images: &[u32], pages: u32) -> String {
    match images {
        [] => "its letters are drawn as shapes.".to_owned(),
        [page] => format!("page {page} is an image."),
        _ if images.len() == pages as usize => format!("all {pages} pages are images."),
        _ => {
            let shown: Vec<String> = images.iter().take(10).map(u32::to_string).collect();
            let more = if images.len() > 10 { ", …" } else { "" };
            format!("pages {}{more} are images.", shown.join(", "))
        }
    }
}

/// A page from which nothing was read, in a file of which other pages were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MissingPage {
    /// Page number, counted from 1.
    pub page: u32,
    /// Why it was left out.
    pub reason: MissingReason,
}

impl std::fmt::Display for MissingPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Page {} was not read: {}.", self.page, self.reason)
    }
}

/// Why a page was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MissingReason {
    /// The page is an image, or its letters are shapes: text recognition (OCR) is needed.
    #[error("it is an image without a text layer")]
    NoTextLayer,
    /// The letters of the page have no known meaning: its fonts name no characters.
    #[error("its fonts do not say which characters they draw")]
    UnknownCharacters,
    /// The content of the page is damaged.
    #[error("its content is damaged")]
    Damaged,
    /// The page, or the file up to it, costs more than [`crate::Limits`] allow.
    #[error("it holds more than may be read of one page, or comes after what may be read of one file")]
    OverBudget,
}
