//! Puts the pages' scripts together into one file and compresses it: once, instead of with each request.

use std::io::Write;
use std::path::PathBuf;

use flate2::{Compression, write::GzEncoder};

/// In the order in which they run.
const SCRIPTS: [&str; 5] = ["htmx.min.js", "app.js", "export.js", "review.js", "upload.js"];

#[allow(
    clippy::disallowed_methods,
    reason = "cargo says by the environment, and by nothing else, where a build script writes"
)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    println!("cargo::rerun-if-changed=build.rs");
    let mut all = String::new();
    for name in SCRIPTS {
        let path = format!("assets/{name}");
        println!("cargo::rerun-if-changed={path}");
        all.push_str(&std::fs::read_to_string(path)?);
        // A script may end without one.
        all.push_str(";\n");
    }
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(all.as_bytes())?;
    std::fs::write(out.join("pages.js"), &all)?;
    std::fs::write(out.join("pages.js.gz"), packed.finish()?)?;
    Ok(())
}
