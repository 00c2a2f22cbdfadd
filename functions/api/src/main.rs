//! Wiring of the `api` function.
fn main() {}
