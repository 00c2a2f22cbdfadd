//! Characters of glyphs from the `cmap` table of an embedded TrueType font, for fonts without a ToUnicode map.

use skrifa::{FontRef, MetadataProvider};
use std::collections::HashMap;

/// Which character each glyph of a font draws.
#[derive(Debug, Default)]
pub(crate) struct GlyphCharacters(HashMap<u32, char>);

/// Symbol fonts place their characters in this range of the private use area, 0xF000 + code.
const SYMBOL_RANGE: std::ops::RangeInclusive<u32> = 0xF000..=0xF0FF;

impl GlyphCharacters {
    /// Reads the font's character map backwards. Where two characters share a glyph the one met first, the lowest,
    /// is kept: a space before a no-break space, a Latin letter before its look-alike. A font without a map gives
    /// an empty one.
    pub(crate) fn from_font(data: &[u8]) -> Self {
        let Ok(font) = FontRef::new(data) else {
            return Self::default();
        };
        let mut characters = HashMap::new();
        for (code, glyph) in font.charmap().mappings() {
            let code = if SYMBOL_RANGE.contains(&code) {
                code - 0xF000
            } else {
                code
            };
            if let Some(character) = char::from_u32(code).filter(|c| !c.is_control()) {
                characters.entry(glyph.to_u32()).or_insert(character);
            }
        }
        Self(characters)
    }

    /// The character that this glyph draws, if the font says.
    pub(crate) fn get(&self, glyph: u32) -> Option<char> {
        self.0.get(&glyph).copied()
    }
}
