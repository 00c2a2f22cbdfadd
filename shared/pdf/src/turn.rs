//! The turn that makes a page's text run from left to right.

use crate::geometry::BBox;
use crate::source::{Glyph, PageContent};

/// Quarter turns clockwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum QuarterTurn {
    #[default]
    None,
    Right,
    Half,
    Left,
}

impl QuarterTurn {
    /// The turn that makes text with this direction run from left to right; `None` for slanted text.
    fn for_direction((dx, dy): (f32, f32)) -> Option<Self> {
        /// About five degrees: scanned and re-typeset pages lean a little, watermarks lean a lot.
        const LEAN: f32 = 0.087;
        if dy.abs() <= LEAN {
            Some(if dx > 0.0 { Self::None } else { Self::Half })
        } else if dx.abs() <= LEAN {
            // y grows downwards: text that runs up the page must turn right.
            Some(if dy < 0.0 { Self::Right } else { Self::Left })
        } else {
            None
        }
    }

    /// Where a point of a page of this size lands.
    fn apply(self, (x, y): (f32, f32), width: f32, height: f32) -> (f32, f32) {
        match self {
            Self::None => (x, y),
            Self::Right => (height - y, x),
            Self::Half => (width - x, height - y),
            Self::Left => (y, width - x),
        }
    }

    fn apply_box(self, bbox: BBox, width: f32, height: f32) -> BBox {
        let (x0, y0) = self.apply((bbox.x0, bbox.y0), width, height);
        let (x1, y1) = self.apply((bbox.x1, bbox.y1), width, height);
        BBox::new(x0, y0, x1, y1)
    }
}

/// The turn that makes most glyphs upright.
pub(crate) fn main_turn(glyphs: &[Glyph]) -> QuarterTurn {
    let turns = [
        QuarterTurn::None,
        QuarterTurn::Right,
        QuarterTurn::Left,
        QuarterTurn::Half,
    ];
    let count = |turn| {
        glyphs
            .iter()
            .filter(|g| QuarterTurn::for_direction(g.direction) == Some(turn))
            .count()
    };
    turns
        .into_iter()
        .rev()
        .max_by_key(|&turn| count(turn))
        .unwrap_or_default()
}

/// Turns everything on a page. Slanted text and text too small to see is dropped.
pub(crate) fn turn_page(content: &mut PageContent, turn: QuarterTurn) {
    let (width, height) = (content.width, content.height);
    if turn != QuarterTurn::None {
        for glyph in &mut content.glyphs {
            let (ahead_x, ahead_y) = (glyph.x + glyph.direction.0, glyph.y + glyph.direction.1);
            let (x, y) = turn.apply((glyph.x, glyph.y), width, height);
            let ahead = turn.apply((ahead_x, ahead_y), width, height);
            glyph.direction = (ahead.0 - x, ahead.1 - y);
            (glyph.x, glyph.y) = (x, y);
        }
        for stroke in &mut content.strokes {
            let turned = turn.apply_box(BBox::new(stroke.x0, stroke.y0, stroke.x1, stroke.y1), width, height);
            (stroke.x0, stroke.y0, stroke.x1, stroke.y1) = (turned.x0, turned.y0, turned.x1, turned.y1);
        }
        for fill in &mut content.fills {
            fill.bbox = turn.apply_box(fill.bbox, width, height);
        }
        if matches!(turn, QuarterTurn::Right | QuarterTurn::Left) {
            (content.width, content.height) = (height, width);
        }
    }
    content
        .glyphs
        .retain(|glyph| QuarterTurn::for_direction(glyph.direction).is_some() && glyph.size > 0.5);
}
