//! The function as it is called, over real sockets on loopback to its sources, and with AWS in memory.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests; what surrounds them counts as production code to the lints"
)]

mod aws;
mod credentials;
mod events;
mod secrecy;
mod unchanged;
