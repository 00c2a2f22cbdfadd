//! Wiring of the `analyze` function.
fn main() {}
