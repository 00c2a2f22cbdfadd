//! Boxes in page space.

use serde::Serialize;

/// An upright box on a page, in points (1/72 inch), measured from the top left corner of the page as it is read:
/// after the page's own rotation, and turned so that its text runs from left to right.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BBox {
    /// Left edge.
    pub x0: f32,
    /// Top edge.
    pub y0: f32,
    /// Right edge.
    pub x1: f32,
    /// Bottom edge.
    pub y1: f32,
}

impl BBox {
    /// A box from two opposite corners, in any order.
    pub fn new(x0: f32, y0: f32, x1: f32, y1: f32) -> Self {
        Self {
            x0: x0.min(x1),
            y0: y0.min(y1),
            x1: x0.max(x1),
            y1: y0.max(y1),
        }
    }

    /// The smallest box that holds both.
    pub fn union(self, other: Self) -> Self {
        Self {
            x0: self.x0.min(other.x0),
            y0: self.y0.min(other.y0),
            x1: self.x1.max(other.x1),
            y1: self.y1.max(other.y1),
        }
    }

    /// Width in points.
    pub fn width(self) -> f32 {
        self.x1 - self.x0
    }

    /// Height in points.
    pub fn height(self) -> f32 {
        self.y1 - self.y0
    }

    /// Horizontal middle.
    pub fn center_x(self) -> f32 {
        (self.x0 + self.x1) / 2.0
    }

    /// Vertical middle.
    pub fn center_y(self) -> f32 {
        (self.y0 + self.y1) / 2.0
    }

    /// Whether the point lies inside or on the edge.
    pub fn contains(self, x: f32, y: f32) -> bool {
        self.x0 <= x && x <= self.x1 && self.y0 <= y && y <= self.y1
    }

    /// The box moved outwards by `margin` on each side.
    pub fn grown(self, margin: f32) -> Self {
        Self {
            x0: self.x0 - margin,
            y0: self.y0 - margin,
            x1: self.x1 + margin,
            y1: self.y1 + margin,
        }
    }

    /// How far both boxes share the horizontal axis; negative is the gap between them.
    pub fn overlap_x(self, other: Self) -> f32 {
        self.x1.min(other.x1) - self.x0.max(other.x0)
    }

    /// How far both boxes share the vertical axis; negative is the gap between them.
    pub fn overlap_y(self, other: Self) -> f32 {
        self.y1.min(other.y1) - self.y0.max(other.y0)
    }

    /// The smallest box around all of `boxes`.
    pub fn around(boxes: impl IntoIterator<Item = Self>) -> Option<Self> {
        boxes.into_iter().reduce(Self::union)
    }
}
