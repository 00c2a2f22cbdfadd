//! What a page draws, whichever library interprets it.

use crate::geometry::BBox;

/// Interprets the pages of one file.
pub(crate) trait PageSource {
    /// Number of pages.
    fn page_count(&self) -> usize;

    /// Everything drawn on the page with this index (from 0).
    fn page(&mut self, index: usize) -> Result<PageContent, PageFailure>;
}

/// Why a page gave nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PageFailure {
    /// The interpreter failed on it.
    Damaged,
    /// It needs more operations than allowed.
    OverBudget,
}

/// What one page draws, in page space: points from the top left corner of the page as it is shown.
#[derive(Debug, Default)]
pub(crate) struct PageContent {
    pub(crate) width: f32,
    pub(crate) height: f32,
    pub(crate) glyphs: Vec<Glyph>,
    pub(crate) strokes: Vec<Stroke>,
    pub(crate) fills: Vec<Fill>,
    /// Share of the page covered by images, 0 to 1 (overlaps counted once at most).
    pub(crate) image_share: f32,
    /// Glyphs drawn of which no meaning is known.
    pub(crate) unknown_glyphs: usize,
}

/// One drawn glyph.
#[derive(Clone, Debug)]
pub(crate) struct Glyph {
    pub(crate) text: GlyphText,
    /// Where its baseline starts.
    pub(crate) x: f32,
    pub(crate) y: f32,
    /// Unit vector along the baseline.
    pub(crate) direction: (f32, f32),
    /// How far the pen moves, in points along the baseline.
    pub(crate) advance: f32,
    /// Font size as drawn, in points.
    pub(crate) size: f32,
    /// Drawn without ink: a recognised text layer over an image.
    pub(crate) invisible: bool,
}

/// The characters a glyph stands for: nearly always one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum GlyphText {
    Char(char),
    Text(Box<str>),
}

/// A straight, axis-aligned line that was stroked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stroke {
    pub(crate) x0: f32,
    pub(crate) y0: f32,
    pub(crate) x1: f32,
    pub(crate) y1: f32,
}

/// A filled rectangle: the background of a cell, a row or a page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fill {
    pub(crate) bbox: BBox,
}
