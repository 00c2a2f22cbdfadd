//! The function with AWS played in memory, and a real socket where another service is asked.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests; what surrounds them counts as production code to the lints"
)]

mod arrivals;
mod aws;
mod remote;
mod serving;
