//! Wiring of the `cleanup` function.
fn main() {}
