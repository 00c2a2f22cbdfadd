//! Wiring of the `download` function.
fn main() {}
