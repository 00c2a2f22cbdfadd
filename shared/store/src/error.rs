//! What can go wrong between us and AWS.

use std::{error::Error as StdError, fmt::Debug};

use aws_sdk_dynamodb::error::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use thiserror::Error;

/// A call that failed, or a record that cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// AWS refused or could not be reached.
    #[error("{operation}: {detail}")]
    Call {
        /// What was tried, in the store's words.
        operation: &'static str,
        /// AWS's error code and message, or the cause in the connection.
        detail: String,
        /// Whether trying again can help.
        transient: bool,
        /// The SDK's error.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// A record or object has a shape that this code does not know.
    #[error("{what} cannot be read: {detail}")]
    Corrupt {
        /// Which record or object.
        what: String,
        /// What is wrong with it.
        detail: String,
    },
    /// A client's cursor is not one that was given out, or of another list.
    #[error("the cursor cannot be read: {detail}")]
    Cursor {
        /// What is wrong with it.
        detail: String,
    },
    /// Something that was needed is not there.
    #[error("{what} does not exist")]
    Missing {
        /// Which record or object.
        what: String,
    },
    /// An object is larger than the caller takes.
    #[error("{what} has {size} bytes; at most {limit} are read")]
    TooLarge {
        /// Which object.
        what: String,
        /// Its size in bytes.
        size: u64,
        /// The caller's limit in bytes.
        limit: u64,
    },
    /// DynamoDB kept refusing part of a batch.
    #[error("{operation}: {left} records were still unprocessed after {tries} tries")]
    Throttled {
        /// What was tried.
        operation: &'static str,
        /// Records left.
        left: usize,
        /// Tries made.
        tries: u32,
    },
}

/// Whether a compare-and-swap was applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Swapped {
    /// It was.
    Applied,
    /// Somebody else changed the record first.
    Conflict,
}

/// Whether a conditional write was applied.
pub(crate) fn swapped<T, E, R>(
    result: Result<T, SdkError<E, R>>,
    operation: &'static str,
) -> Result<Swapped, StoreError>
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    R: Debug + Send + Sync + 'static,
{
    Ok(applied(result, operation)?.map_or(Swapped::Conflict, |_| Swapped::Applied))
}

/// What a conditional write answered; none when its condition did not hold.
pub(crate) fn applied<T, E, R>(
    result: Result<T, SdkError<E, R>>,
    operation: &'static str,
) -> Result<Option<T>, StoreError>
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    R: Debug + Send + Sync + 'static,
{
    match result {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(None),
        Err(error) => Err(StoreError::call(operation)(error)),
    }
}

/// Codes of AWS errors that do not get better by trying again. Everything else (throttling, time-outs, 5xx, connection
/// failures) may: the SDK has tried three times, a redelivered message tries later.
const PERMANENT: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "ConditionalCheckFailedException",
    "InvalidBucketName",
    "MissingParameter",
    "NoSuchBucket",
    "NoSuchKey",
    "NotFound",
    "QueueDoesNotExist",
    "ResourceNotFoundException",
    "ValidationException",
];

impl StoreError {
    /// Whether trying the same again later can help.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Call { transient, .. } => *transient,
            Self::Throttled { .. } => true,
            Self::Corrupt { .. } | Self::Cursor { .. } | Self::Missing { .. } | Self::TooLarge { .. } => false,
        }
    }

    /// Of a query that goes on after a client's cursor, where there is one: everything else in it is ours, so what DynamoDB
    /// finds invalid is the cursor.
    pub(crate) fn call_after<E>(operation: &'static str, has_cursor: bool) -> impl FnOnce(E) -> Self
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        move |error| match error.code() {
            Some("ValidationException") if has_cursor => Self::cursor(error.message().unwrap_or_default()),
            _ => Self::call(operation)(error),
        }
    }

    /// A cursor that no page gave.
    pub(crate) fn cursor(detail: impl ToString) -> Self {
        Self::Cursor {
            detail: detail.to_string(),
        }
    }

    pub(crate) fn call<E>(operation: &'static str) -> impl FnOnce(E) -> Self
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        move |error| {
            let detail = match (error.code(), error.message()) {
                (Some(code), Some(message)) => format!("{code}: {message}"),
                (Some(code), None) => code.to_owned(),
                _ => innermost(&error),
            };
            let transient = error.code().is_none_or(|code| !PERMANENT.contains(&code));
            Self::Call {
                operation,
                detail,
                transient,
                source: Box::new(error),
            }
        }
    }

    pub(crate) fn corrupt(what: impl Into<String>, detail: impl ToString) -> Self {
        Self::Corrupt {
            what: what.into(),
            detail: detail.to_string(),
        }
    }
}

fn innermost(error: &dyn StdError) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
