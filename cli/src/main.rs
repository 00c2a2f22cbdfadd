//! `pricecourier`.
fn main() {}
