//! Benchmarks that set our reading beside other tools' in one run.

pub(crate) mod pdf;
