//! Writes the API's OpenAPI document to the standard output; `cargo xtask types` keeps it as `infra/openapi.json`.

#![allow(clippy::print_stdout, reason = "that is what it is for")]

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("{}", api::openapi().to_pretty_json()?);
    Ok(())
}
