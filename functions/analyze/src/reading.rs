//! From bytes to items.

use domain::{Currency, JobError, RawKey, Trigger};
use pricelist::{ReadOptions, Reading};
use store::{RawFile, StoreError};

use crate::{Deps, ending::Ending, memory, way::Way};

/// What the caller knows of the file.
pub(crate) fn read_options(key: &RawKey, default_currency: Option<Currency>) -> ReadOptions {
    ReadOptions {
        file_name: Some(key.file_name.to_string()),
        default_currency,
        ..ReadOptions::default()
    }
}

/// Reads the list by `way`.
///
/// # Errors
/// The file is no price list that can be read so.
pub(crate) async fn interpreted(raw: RawFile, options: ReadOptions, way: Way) -> Result<Reading, Ending> {
    let bytes = raw.bytes;
    debug_assert!(!matches!(way, Way::Remote), "another service's way is not gone here");
    // On a thread of its own: reading is pure computation, and a panic in it costs this file only.
    let read = tokio::task::spawn_blocking(move || match way {
        Way::Inferred | Way::Remote => pricelist::read(&bytes, &options),
        Way::Mapped(mapping) => pricelist::read_mapped(&bytes, &options, &mapping),
    });
    Ok(read.await.map_err(|panic| reader_failed(&panic))??)
}

/// Reads the list by `way`, writes the reading report, and gives the items, if there are any.
///
/// # Errors
/// The file is no price list that can be read, or our own stores failed.
pub(crate) async fn read(
    deps: &Deps,
    key: &RawKey,
    raw: RawFile,
    default_currency: Option<Currency>,
    way: Way,
) -> Result<Reading, Ending> {
    let options = ReadOptions {
        remembered: memory::recall(&deps.files, &key.supplier_id).await,
        ..read_options(key, default_currency)
    };
    let reading = interpreted(raw, options, way).await?;
    keep_report(deps, key, &reading).await?;
    Ok(reading)
}

/// Writes how a job's list was read.
pub(crate) async fn keep_report(deps: &Deps, key: &RawKey, reading: &Reading) -> Result<(), StoreError> {
    let report = report_json(reading)?;
    deps.files.put_report(&key.supplier_id, key.job_id, report).await
}

/// A reading report as it is stored, and given to those whose files are read for them.
pub(crate) fn report_json(reading: &Reading) -> Result<Vec<u8>, StoreError> {
    let report = serde_json::json!({
        "schema": 1,
        "kind": reading.kind,
        "report": reading.report,
        "errors": reading.errors,
        // For the next list, should this one be held and approved later. Fixed columns and other services teach nothing.
        "remembered": (!reading.remembered.tables.is_empty()).then_some(&reading.remembered),
    });
    serde_json::to_vec(&report).map_err(|error| StoreError::Corrupt {
        what: "a new reading report".into(),
        detail: error.to_string(),
    })
}

/// The error of a file without items, in words for whoever `trigger`ed the job: of a file that was sent, no address is at
/// fault.
pub(crate) fn no_items(reading: &Reading, trigger: Trigger) -> JobError {
    let seen = reading
        .report
        .warnings
        .first()
        .map(|warning| format!(" ({warning})"))
        .unwrap_or_default();
    let check = match trigger {
        Trigger::Upload => "Check that it is the file that was meant, with items and prices in it",
        Trigger::Schedule | Trigger::Manual | Trigger::MatchAgain => {
            "Check that it is the supplier's price list, and the address that it came from"
        }
    };
    let message = format!(
        "No items were found in the file{seen}. {check}. If it is, retrying will not help: send the file to whoever keeps \
         this installation."
    );
    JobError::in_file("no_items", message)
}

fn reader_failed(panic: &tokio::task::JoinError) -> JobError {
    tracing::error!(%panic, "the reader panicked");
    JobError::in_file(
        "reader_failed",
        "The file made the reader fail; nothing was changed. Send it to whoever keeps this installation.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_items_is_blamed_on_an_address_only_where_it_came_from_one() {
        let letter = pricelist::read(b"Dear customer,\nour prices follow.\n", &ReadOptions::default()).unwrap();
        let said = |trigger| no_items(&letter, trigger).message;
        assert!(said(Trigger::Schedule).contains("the address that it came from"));
        assert!(said(Trigger::Manual).contains("the address that it came from"));
        assert!(!said(Trigger::Upload).contains("address"));
        assert!(said(Trigger::Upload).contains("No items were found in the file (there is no price list in it"));
    }
}
