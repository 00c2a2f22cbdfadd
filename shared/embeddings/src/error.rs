//! Why a server gave no vectors.

use std::time::Duration;

use thiserror::Error;

/// What went wrong with an embedding server.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EmbedError {
    /// No client could be made.
    #[error("the client for the embedding server could not be made: {0}")]
    Client(String),
    /// The server could not be reached, or the connection broke off.
    #[error("the embedding server could not be reached: {0}")]
    Unreachable(String),
    /// No whole answer in time.
    #[error("the embedding server gave no answer within {} s", .0.as_secs_f32())]
    TimedOut(Duration),
    /// An answer other than 200.
    #[error("the embedding server answered {status}: {said}")]
    Status {
        /// The status code.
        status: u16,
        /// The beginning of what it said.
        said: String,
    },
    /// An answer that is not of the protocol.
    #[error("the embedding server's answer cannot be read: {0}")]
    Unreadable(String),
    /// More bytes than any batch can need.
    #[error("the embedding server's answer has more than {0} bytes")]
    TooLarge(usize),
    /// Not one vector per text.
    #[error("the embedding server gave {found} vectors for {expected} texts")]
    WrongCount {
        /// How many texts were sent.
        expected: usize,
        /// How many vectors came.
        found: usize,
    },
    /// A vector of another size than the others.
    #[error("the embedding server gave a vector of {found} numbers where the others have {expected}")]
    WrongSize {
        /// The size of the vectors before.
        expected: usize,
        /// The size of this one.
        found: usize,
    },
    /// A vector that has no direction: empty, all zero, or not finite.
    #[error("the embedding server gave a vector without a direction")]
    NoDirection,
}

impl EmbedError {
    /// Whether the same request may go well a little later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::TimedOut(_) => true,
            Self::Status { status, .. } => matches!(status, 408 | 425 | 429 | 500 | 502..=599),
            Self::Client(_)
            | Self::Unreadable(_)
            | Self::TooLarge(_)
            | Self::WrongCount { .. }
            | Self::WrongSize { .. }
            | Self::NoDirection => false,
        }
    }
}
