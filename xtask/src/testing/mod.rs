//! What `cargo xtask test` is made of: a report of steps, the count of tests, and the suites that need a running stack.

pub(crate) mod contract;
pub(crate) mod counts;
pub(crate) mod report;
pub(crate) mod suite;
