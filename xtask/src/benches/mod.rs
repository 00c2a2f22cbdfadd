//! Benchmarks that set our reading beside other tools' in one run.

pub(crate) mod lists;
pub(crate) mod pages;
pub(crate) mod pdf;
