//! Ruling lines: strokes and thin rectangles, put together where they continue each other.

use crate::geometry::BBox;
use crate::source::{Fill, Stroke};

/// A horizontal or vertical line: its place on the one axis, its reach on the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rule {
    pub(crate) at: f32,
    pub(crate) from: f32,
    pub(crate) to: f32,
}

impl Rule {
    pub(crate) fn length(self) -> f32 {
        self.to - self.from
    }
}

/// The ruling lines of a page.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    pub(crate) horizontal: Vec<Rule>,
    pub(crate) vertical: Vec<Rule>,
}

/// Lines closer than this are one: borders drawn twice, the two edges of a thick line.
const SAME_LINE: f32 = 1.6;
/// A break in a line no longer than this is bridged: dashes, corners that do not quite meet.
const BREAK: f32 = 3.0;
/// Shorter lines are parts of drawings or letters.
const MIN_LENGTH: f32 = 5.0;
/// Pages with more lines than this are drawings; no table has as many.
const MAX_STROKES: usize = 60_000;

impl Rules {
    pub(crate) fn find(strokes: &[Stroke], fills: &[Fill]) -> Self {
        if strokes.len() > MAX_STROKES {
            return Self::default();
        }
        let mut horizontal = Vec::new();
        let mut vertical = Vec::new();
        for stroke in strokes {
            let (dx, dy) = (stroke.x1 - stroke.x0, stroke.y1 - stroke.y0);
            if dx >= dy {
                horizontal.push(Rule {
                    at: (stroke.y0 + stroke.y1) / 2.0,
                    from: stroke.x0,
                    to: stroke.x1,
                });
            } else {
                vertical.push(Rule {
                    at: (stroke.x0 + stroke.x1) / 2.0,
                    from: stroke.y0,
                    to: stroke.y1,
                });
            }
        }
        for fill in tiles(fills) {
            horizontal.push(Rule {
                at: fill.y0,
                from: fill.x0,
                to: fill.x1,
            });
            horizontal.push(Rule {
                at: fill.y1,
                from: fill.x0,
                to: fill.x1,
            });
            vertical.push(Rule {
                at: fill.x0,
                from: fill.y0,
                to: fill.y1,
            });
            vertical.push(Rule {
                at: fill.x1,
                from: fill.y0,
                to: fill.y1,
            });
        }
        Self {
            horizontal: merge(horizontal),
            vertical: merge(vertical),
        }
    }
}

/// Filled rectangles that lie edge to edge in both directions: cells drawn as coloured tiles, whose edges rule the
/// table as lines would.
fn tiles(fills: &[Fill]) -> Vec<BBox> {
    const MAX_TILES: usize = 2_000;
    const EDGE: f32 = 2.5;
    let boxes: Vec<BBox> = fills
        .iter()
        .map(|fill| fill.bbox)
        .filter(|b| b.width() > 8.0 && b.height() > 4.0)
        .take(MAX_TILES)
        .collect();
    let beside = |a: BBox, b: BBox| {
        ((a.x1 - b.x0).abs() <= EDGE || (b.x1 - a.x0).abs() <= EDGE)
            && (a.y0 - b.y0).abs() <= EDGE
            && (a.y1 - b.y1).abs() <= EDGE
    };
    boxes
        .iter()
        .copied()
        .filter(|&a| boxes.iter().any(|&b| a != b && beside(a, b)))
        .collect()
}

fn merge(mut rules: Vec<Rule>) -> Vec<Rule> {
    rules.sort_by(|a, b| a.at.total_cmp(&b.at));
    let mut merged = Vec::new();
    let mut rest = rules.as_mut_slice();
    while let Some(first) = rest.first().copied() {
        // A chain of near lines must not drift: the reach is measured from the first.
        let count = rest.iter().take_while(|rule| rule.at - first.at <= SAME_LINE).count();
        let (near, others) = rest.split_at_mut(count);
        near.sort_by(|a, b| a.from.total_cmp(&b.from));
        let mut open: Option<Rule> = None;
        for rule in near.iter() {
            match &mut open {
                Some(current) if rule.from <= current.to + BREAK => {
                    if rule.length() > current.length() {
                        current.at = rule.at;
                    }
                    current.to = current.to.max(rule.to);
                }
                _ => {
                    merged.extend(open.replace(*rule));
                }
            }
        }
        merged.extend(open);
        rest = others;
    }
    merged.retain(|rule| rule.length() >= MIN_LENGTH);
    merged
}
