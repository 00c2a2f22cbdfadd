//! Pictures of a PDF's pages with what was read drawn over them.

use std::{fs, path::Path};

use anyhow::Context;

/// Writes a picture of each page that was read of the PDF in `bytes`. A file that is no PDF is told so and passed over.
///
/// # Errors
/// A picture cannot be written.
pub(crate) fn draw(name: &str, bytes: &[u8], directory: &Path) -> anyhow::Result<()> {
    if pricelist::sniff(bytes) != pricelist::Sniffed::Pdf {
        println!("{name}: not a PDF; only PDF pages are drawn");
        return Ok(());
    }
    let document = match pdf::read(bytes, &pdf::Limits::default()) {
        Ok(document) => document,
        Err(error) => {
            println!("{name}: nothing to draw: {error}");
            return Ok(());
        }
    };
    let mut drawn = 0;
    for page in 1..=document.pages {
        let Some(picture) = document.draw(page) else { continue };
        let path = directory.join(format!("{name}-page-{page}.svg"));
        fs::write(&path, picture).with_context(|| format!("cannot write {}", path.display()))?;
        drawn += 1;
    }
    println!(
        "{name}: {drawn} of {} pages drawn into {}",
        document.pages,
        directory.display()
    );
    Ok(())
}
