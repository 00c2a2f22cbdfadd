#![doc = include_str!("../README.md")]

mod catalogue;
mod decisions;
mod error;
mod files;
mod held;
mod items;
mod jobs;
mod last_fetches;
mod multipart;
mod publication;
mod queues;
mod raw_writer;
mod record;
mod rematch;
mod secrets;
mod snapshot;
mod suppliers;
mod table;

pub use catalogue::Catalogue;
pub use decisions::{DecisionPage, Decisions};
pub use error::{StoreError, Swapped};
pub use files::{Files, PresignedPut, RawFile, RawObject};
pub use held::{HeldError, HeldJob, Taken};
pub use items::{ItemPage, Items, PublishedItem};
pub use jobs::{JobPage, Jobs};
pub use multipart::{Assembled, UPLOAD_PART};
pub use publication::{Difference, Fingerprints, Publication, PublicationTurn, Turn};
pub use queues::{AnalyzeMessage, DownloadMessage, Queues};
pub use raw_writer::RawWriter;
pub use secrets::{SecretError, Secrets};
pub use snapshot::{SnapshotEntry, SnapshotReader, SnapshotWriter, fingerprints};
pub use suppliers::{JobStart, Suppliers};
