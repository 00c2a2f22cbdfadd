//! Pages interpreted by `hayro`: a [`Device`] that writes down glyphs, lines and filled rectangles.

use crate::font_cmap::GlyphCharacters;
use crate::geometry::BBox;
use crate::limits::Limits;
use crate::source::{Fill, Glyph, GlyphText, PageContent, PageFailure, PageSource, Stroke};
use hayro_interpret::font::{Glyph as FontGlyph, GlyphRun, PositionedGlyph};
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::kurbo::{Affine, BezPath, PathEl, Point, Rect, Shape, Vec2};
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache,
    InterpreterSettings, SoftMask, TransformExt, interpret_page,
};
use hayro_syntax::Pdf;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// The pages of one opened file.
pub(crate) struct HayroSource<'a> {
    pdf: &'a Pdf,
    cache: InterpreterCache<'a>,
    settings: InterpreterSettings,
    fonts: HashMap<u128, GlyphCharacters>,
    page_operations: usize,
}

impl<'a> HayroSource<'a> {
    pub(crate) fn new(pdf: &'a Pdf, limits: &Limits) -> Self {
        Self {
            pdf,
            cache: InterpreterCache::new(),
            settings: InterpreterSettings::default(),
            fonts: HashMap::new(),
            page_operations: limits.page_operations,
        }
    }
}

/// Thrown through the interpreter, which has no way to stop early, once a page has used its operations.
struct BudgetSpent;

impl PageSource for HayroSource<'_> {
    fn page_count(&self) -> usize {
        self.pdf.pages().len()
    }

    fn page(&mut self, index: usize) -> Result<PageContent, PageFailure> {
        let page = self.pdf.pages().get(index).ok_or(PageFailure::Damaged)?;
        let (width, height) = page.render_dimensions();
        let budget = self.page_operations;
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let content_bytes = page.page_stream().map_or(0, <[u8]>::len);
            if content_bytes / Limits::BYTES_PER_OPERATION > budget {
                return Err(PageFailure::OverBudget);
            }
            let mut context = Context::new(
                page.initial_transform(true).to_kurbo(),
                Rect::new(0.0, 0.0, f64::from(width), f64::from(height)),
                &self.cache,
                self.pdf.xref(),
                self.settings.clone(),
            );
            let mut recorder = Recorder {
                content: PageContent {
                    width,
                    height,
                    ..PageContent::default()
                },
                fonts: &mut self.fonts,
                left: budget,
            };
            interpret_page(page, &mut context, &mut recorder);
            Ok(recorder.content)
        }));
        match outcome {
            Ok(content) => content,
            Err(thrown) => {
                // A panic may have left the cache borrowed.
                self.cache = InterpreterCache::new();
                Err(if thrown.is::<BudgetSpent>() {
                    PageFailure::OverBudget
                } else {
                    PageFailure::Damaged
                })
            }
        }
    }
}

/// Filled rectangles no thicker than this, in points, are lines.
const LINE_THICKNESS: f32 = 2.5;
/// Paths with more elements than this are drawings; only their straight edges in short paths can be table rules.
const MAX_PATH_ELEMENTS: usize = 4_000;

/// Writes down what a page draws.
struct Recorder<'s> {
    content: PageContent,
    fonts: &'s mut HashMap<u128, GlyphCharacters>,
    left: usize,
}

impl Recorder<'_> {
    fn spend(&mut self, operations: usize) {
        match self.left.checked_sub(operations) {
            Some(left) => self.left = left,
            None => resume_unwind(Box::new(BudgetSpent)),
        }
    }

    fn stroke_path(&mut self, path: &BezPath, transform: Affine) {
        let mut start = Point::ZERO;
        let mut last = Point::ZERO;
        for element in path.elements().iter().take(MAX_PATH_ELEMENTS) {
            match *element {
                PathEl::MoveTo(point) => {
                    start = transform * point;
                    last = start;
                }
                PathEl::LineTo(point) => {
                    let point = transform * point;
                    self.stroke(last, point);
                    last = point;
                }
                PathEl::QuadTo(_, point) | PathEl::CurveTo(_, _, point) => last = transform * point,
                PathEl::ClosePath => {
                    self.stroke(last, start);
                    last = start;
                }
            }
        }
    }

    fn stroke(&mut self, from: Point, to: Point) {
        let (x0, y0, x1, y1) = (from.x as f32, from.y as f32, to.x as f32, to.y as f32);
        if (x0 - x1).abs() <= 0.5 || (y0 - y1).abs() <= 0.5 {
            let upright = BBox::new(x0, y0, x1, y1);
            self.content.strokes.push(Stroke {
                x0: upright.x0,
                y0: upright.y0,
                x1: upright.x1,
                y1: upright.y1,
            });
        }
    }

    /// Each rectangle of a filled path: some writers fill a whole grid of thin rectangles as one path.
    fn fill_path(&mut self, path: &BezPath, transform: Affine) {
        if path.elements().len() > MAX_PATH_ELEMENTS {
            return;
        }
        let mut points: Vec<Point> = Vec::new();
        let mut straight = true;
        for element in path
            .elements()
            .iter()
            .chain(std::iter::once(&PathEl::MoveTo(Point::ZERO)))
        {
            match *element {
                PathEl::MoveTo(point) => {
                    if straight {
                        self.fill_polygon(&points);
                    }
                    points.clear();
                    straight = true;
                    points.push(transform * point);
                }
                PathEl::LineTo(point) => points.push(transform * point),
                PathEl::QuadTo(..) | PathEl::CurveTo(..) => straight = false,
                PathEl::ClosePath => {}
            }
        }
    }

    fn fill_polygon(&mut self, points: &[Point]) {
        if !(4..=6).contains(&points.len()) {
            return;
        }
        let upright = points.windows(2).all(|edge| {
            let step = edge[1] - edge[0];
            step.x.abs() < 0.5 || step.y.abs() < 0.5
        });
        if upright {
            let xs = points.iter().map(|p| p.x as f32);
            let ys = points.iter().map(|p| p.y as f32);
            let (x0, x1) = xs.fold((f32::MAX, f32::MIN), |(low, high), x| (low.min(x), high.max(x)));
            let (y0, y1) = ys.fold((f32::MAX, f32::MIN), |(low, high), y| (low.min(y), high.max(y)));
            self.fill(BBox::new(x0, y0, x1, y1));
        }
    }

    fn fill(&mut self, bbox: BBox) {
        let (width, height) = (bbox.width(), bbox.height());
        if height <= LINE_THICKNESS && width > height {
            let y = bbox.center_y();
            self.content.strokes.push(Stroke {
                x0: bbox.x0,
                y0: y,
                x1: bbox.x1,
                y1: y,
            });
        } else if width <= LINE_THICKNESS && height > width {
            let x = bbox.center_x();
            self.content.strokes.push(Stroke {
                x0: x,
                y0: bbox.y0,
                x1: x,
                y1: bbox.y1,
            });
        } else {
            self.content.fills.push(Fill { bbox });
        }
    }

    fn glyph_text(&mut self, glyph: &PositionedGlyph<'_>) -> Option<GlyphText> {
        let stated = glyph.as_unicode().and_then(|text| match text {
            BfString::Char(c) => (c != '\0' && c != '\u{FFFD}').then_some(GlyphText::Char(c)),
            BfString::String(s) => (!s.is_empty()).then(|| GlyphText::Text(s.into_boxed_str())),
        });
        if stated.is_some() {
            return stated;
        }
        let FontGlyph::Outline(outline) = &**glyph else {
            return None;
        };
        let font = outline.font_data()?;
        let characters = self
            .fonts
            .entry(font.cache_key)
            .or_insert_with(|| GlyphCharacters::from_font((*font.data).as_ref()));
        characters.get(outline.glyph_id().to_u32()).map(GlyphText::Char)
    }
}

impl<'a> Device<'a> for Recorder<'_> {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        self.spend(path.elements().len().max(1));
        match mode {
            DrawMode::Fill(_) => self.fill_path(path, props.transform),
            DrawMode::Stroke(_) => self.stroke_path(path, props.transform),
            DrawMode::FillAndStroke(..) => {
                self.fill_path(path, props.transform);
                self.stroke_path(path, props.transform);
            }
            DrawMode::Invisible => {}
        }
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        self.spend(run.glyphs().len().max(1));
        let invisible = matches!(mode, DrawMode::Invisible);
        let placed: Vec<PlacedGlyph> = run
            .glyphs()
            .iter()
            .map(|glyph| PlacedGlyph::new(glyph, props.transform))
            .collect();
        let horizontal_scale = trusts_horizontal_scale(&placed);
        for (glyph, placed) in run.glyphs().iter().zip(&placed) {
            if !placed.is_finite() {
                continue;
            }
            let Some(text) = self.glyph_text(glyph) else {
                self.content.unknown_glyphs += 1;
                continue;
            };
            let em = if horizontal_scale {
                placed.em_x.hypot()
            } else {
                placed.em_y.hypot()
            };
            let length = placed.em_x.hypot().max(f64::MIN_POSITIVE);
            self.content.glyphs.push(Glyph {
                text,
                x: placed.origin.x as f32,
                y: placed.origin.y as f32,
                direction: ((placed.em_x.x / length) as f32, (placed.em_x.y / length) as f32),
                advance: (placed.advance * em) as f32,
                size: placed.em_y.hypot() as f32,
                invisible,
            });
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        self.spend(1);
        let unit = Rect::new(0.0, 0.0, f64::from(image.width()), f64::from(image.height()));
        let drawn = (props.transform * unit.to_path(0.1)).bounding_box();
        let page = Rect::new(0.0, 0.0, f64::from(self.content.width), f64::from(self.content.height));
        let share = drawn.intersect(page).area() / page.area().max(1.0);
        self.content.image_share = (self.content.image_share + share as f32).min(1.0);
    }

    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}

/// Where a glyph of a run lands on the page.
struct PlacedGlyph {
    origin: Point,
    /// One em along the baseline and across it, in points.
    em_x: Vec2,
    em_y: Vec2,
    /// Advance in ems.
    advance: f64,
}

impl PlacedGlyph {
    fn new(glyph: &PositionedGlyph<'_>, transform: Affine) -> Self {
        let transform = transform * glyph.transform();
        let origin = transform * Point::ZERO;
        let advance = match &**glyph {
            FontGlyph::Outline(outline) => outline.advance_width(),
            FontGlyph::Type3(type3) => type3.advance_width(),
        };
        Self {
            origin,
            em_x: transform * Point::new(1000.0, 0.0) - origin,
            em_y: transform * Point::new(0.0, 1000.0) - origin,
            advance: f64::from(advance.unwrap_or(500.0)) / 1000.0,
        }
    }

    fn is_finite(&self) -> bool {
        self.origin.is_finite() && self.em_x.is_finite() && self.em_y.is_finite() && self.advance.is_finite()
    }
}

/// Whether the advances of a run are measured in its horizontal ems. A substituted font's glyphs are stretched to the
/// widths the file states, so their horizontal em says nothing; a condensed text's does. Whichever of the two explains
/// the distances between the run's glyphs better is right.
fn trusts_horizontal_scale(placed: &[PlacedGlyph]) -> bool {
    let (mut error_x, mut error_y) = (0.0, 0.0);
    for pair in placed.windows(2) {
        let distance = (pair[1].origin - pair[0].origin).hypot();
        error_x += (distance - pair[0].advance * pair[0].em_x.hypot()).abs();
        error_y += (distance - pair[0].advance * pair[0].em_y.hypot()).abs();
    }
    error_x <= error_y
}
