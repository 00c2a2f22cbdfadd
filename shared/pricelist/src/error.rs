//! Why a file could not be read at all. Every one is permanent: the same bytes fail the same way.

use thiserror::Error;

use crate::Sniffed;

/// Why a file that is read from where it lies gives no items.
#[derive(Debug, Error)]
pub enum FileError {
    /// Its bytes cannot be had.
    #[error("the file cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// They are no list that can be read.
    #[error(transparent)]
    List(#[from] ReadError),
}

/// Why a file gives no items. The message tells the admin what was seen and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// A web page that asks for a user name instead of the list.
    #[error(
        "the supplier's server sent a sign-in page instead of a price list; check the address and the credentials of the source"
    )]
    SignInPage,
    /// A web page without a table.
    #[error(
        "this is a web page without a table of prices{}; check the address of the source",
        title.as_ref().map(|title| format!(" (“{title}”)")).unwrap_or_default()
    )]
    WebPage {
        /// The page's title, where it has one.
        title: Option<String>,
    },
    /// Encrypted; nobody can read it without the password.
    #[error(
        "the file is protected by a password; ask the supplier for one without, or remove the protection and upload it"
    )]
    PasswordProtected,
    /// A PDF of scans: there is nothing to read without recognising letters.
    #[error(
        "the PDF has no text, only pictures of pages; ask the supplier for the list as a spreadsheet or a PDF with text"
    )]
    NoTextLayer,
    /// Something that is read, but holds no table of items.
    #[error("no price list was found in {seen}: {reason}; check that the supplier sent the right file")]
    NotAPriceList {
        /// What the file is.
        seen: Sniffed,
        /// What was missing.
        reason: String,
    },
    /// The supplier's fixed columns are not those of the list.
    #[error(
        "the supplier's fixed columns do not fit the list: {reason}; correct the mapping, or let the list be read by \
         inference"
    )]
    MappingDoesNotFit {
        /// What is missing.
        reason: String,
    },
    /// Above one of the limits.
    #[error("the file is too large: more than {limit} {what}; ask the supplier for a smaller list or raise the limit")]
    TooLarge {
        /// What was counted.
        what: &'static str,
        /// The bound.
        limit: u64,
    },
    /// Cut off or corrupted.
    #[error("{seen} that is damaged or cut off ({reason}); fetch it again or ask the supplier to save it anew")]
    Damaged {
        /// What the file is.
        seen: Sniffed,
        /// What was found.
        reason: String,
    },
    /// Something else altogether.
    #[error(
        "this is {seen}, which is not a kind of price list that can be read; ask the supplier for Excel, CSV or PDF"
    )]
    UnsupportedFormat {
        /// What the file is.
        seen: Sniffed,
    },
}

impl ReadError {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::SignInPage => "sign_in_page",
            Self::WebPage { .. } => "web_page",
            Self::PasswordProtected => "password_protected",
            Self::NoTextLayer => "no_text_layer",
            Self::NotAPriceList { .. } => "not_a_price_list",
            Self::MappingDoesNotFit { .. } => "mapping_does_not_fit",
            Self::TooLarge { .. } => "too_large",
            Self::Damaged { .. } => "damaged",
            Self::UnsupportedFormat { .. } => "unsupported_format",
        }
    }

    pub(crate) fn damaged(seen: Sniffed, reason: impl ToString) -> Self {
        Self::Damaged {
            seen,
            reason: reason.to_string(),
        }
    }
}
