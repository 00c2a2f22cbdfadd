//! Dense vectors of names, made elsewhere: products and items by their meaning, for words that only a language model
//! knows to be the same.

use domain::{ListItem, Product};
use thiserror::Error;

/// Vectors of products or items, in their order; some may have none. A number takes one byte.
///
/// The search compares with every vector: one query costs 384 multiplications per product for vectors of 384 numbers,
/// which is fine up to some 100,000 products.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Vectors {
    dimension: usize,
    components: Vec<i8>,
    /// One over the length of each vector; 0 where there is none.
    scales: Vec<f32>,
}

/// A vector of another size than the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a vector of {found} numbers among vectors of {expected}")]
pub struct WrongDimension {
    /// The size of the vectors before.
    pub expected: usize,
    /// The size of this one.
    pub found: usize,
}

/// One vector, as it is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    components: &'a [i8],
    scale: f32,
}

/// A product that is near by meaning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Near {
    pub(crate) product: u32,
    pub(crate) cosine: f32,
}

/// The cosines that one vector has with many others, as they are spread: what a cosine of it is to be measured by.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Background {
    count: f64,
    sum: f64,
    squares: f64,
}

impl Background {
    /// Spreads of fewer cosines say nothing.
    pub(crate) const LEAST: usize = 8;

    fn count(&mut self, cosine: f32) {
        self.count += 1.0;
        self.sum += f64::from(cosine);
        self.squares += f64::from(cosine).powi(2);
    }

    /// By how many standard deviations a cosine is above the mean; none where the spread is not known.
    pub(crate) fn standardised(&self, cosine: f32) -> Option<f32> {
        if self.count < Self::LEAST as f64 {
            return None;
        }
        let mean = self.sum / self.count;
        let deviation = (self.squares / self.count - mean.powi(2)).max(0.0).sqrt();
        // A model for which all texts are alike tells nothing.
        (deviation > 1e-4).then(|| ((f64::from(cosine) - mean) / deviation) as f32)
    }
}

impl Vectors {
    /// Adds the vector of the next product or item, or that it has none. A vector without a direction counts as none.
    ///
    /// # Errors
    /// It has another size than those before.
    pub fn push(&mut self, vector: Option<&[f32]>) -> Result<(), WrongDimension> {
        let largest = vector
            .iter()
            .flat_map(|vector| vector.iter())
            .fold(0.0_f32, |largest, component| largest.max(component.abs()));
        let Some(vector) = vector.filter(|_| largest > 0.0 && largest.is_finite()) else {
            self.components.resize(self.components.len() + self.dimension, 0);
            self.scales.push(0.0);
            return Ok(());
        };
        if self.dimension == 0 {
            self.dimension = vector.len();
            self.components.resize(self.scales.len() * self.dimension, 0);
        }
        if vector.len() != self.dimension {
            return Err(WrongDimension {
                expected: self.dimension,
                found: vector.len(),
            });
        }
        let start = self.components.len();
        let rounded = vector
            .iter()
            .map(|component| (component / largest * 127.0).round() as i8);
        self.components.extend(rounded);
        let square = dot(&self.components[start..], &self.components[start..]);
        self.scales.push((square as f32).sqrt().recip());
        Ok(())
    }

    /// How many products or items there are, those without a vector included.
    pub fn len(&self) -> usize {
        self.scales.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.scales.is_empty()
    }

    /// The vector at `place`, if it has one.
    pub(crate) fn row(&self, place: usize) -> Option<Row<'_>> {
        let scale = self.scales.get(place).copied().filter(|scale| *scale > 0.0)?;
        let start = place * self.dimension;
        let components = self.components.get(start..start + self.dimension)?;
        Some(Row { components, scale })
    }

    /// The cosine of the vector at `place` with `query`; none where there is no vector, or one of another model's size.
    pub(crate) fn cosine(&self, query: Row<'_>, place: usize) -> Option<f32> {
        let row = self
            .row(place)
            .filter(|row| row.components.len() == query.components.len())?;
        Some(dot(query.components, row.components) as f32 * query.scale * row.scale)
    }

    /// How the cosines of `query` with the vectors at `places` are spread.
    pub(crate) fn background(&self, query: Row<'_>, places: &[usize]) -> Background {
        let mut background = Background::default();
        for cosine in places.iter().filter_map(|place| self.cosine(query, *place)) {
            background.count(cosine);
        }
        background
    }

    /// The `count` products nearest to `query`, nearest first, and how the cosines with all products are spread; none for a
    /// vector of another model's size.
    pub(crate) fn nearest(&self, query: Row<'_>, count: usize) -> (Vec<Near>, Background) {
        let mut background = Background::default();
        if query.components.len() != self.dimension || count == 0 {
            return (Vec::new(), background);
        }
        let mut nearest: Vec<Near> = Vec::with_capacity(count + 1);
        let rows = self.components.chunks_exact(self.dimension).zip(&self.scales);
        for (product, (components, scale)) in rows.enumerate().filter(|(_, (_, scale))| **scale > 0.0) {
            let cosine = dot(query.components, components) as f32 * query.scale * scale;
            background.count(cosine);
            if nearest.len() == count && nearest.last().is_some_and(|last| cosine <= last.cosine) {
                continue;
            }
            let place = nearest.partition_point(|near| near.cosine >= cosine);
            let product = product as u32;
            nearest.insert(place, Near { product, cosine });
            nearest.truncate(count);
        }
        (nearest, background)
    }
}

fn dot(a: &[i8], b: &[i8]) -> i32 {
    a.iter().zip(b).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum()
}

/// What of an item an embedder is given: the name, and the brand where the name lacks it.
pub fn text_of_item(item: &ListItem) -> String {
    text(item.name.as_deref().unwrap_or_default(), item.brand.as_deref())
}

/// What of a product an embedder is given.
pub fn text_of_product(product: &Product) -> String {
    text(&product.name, product.brand.as_deref())
}

/// More than this says nothing more of what a thing is, and embedders cut it off too.
const LONGEST: usize = 300;

fn text(name: &str, brand: Option<&str>) -> String {
    let name = name.trim();
    let brand = brand
        .map(str::trim)
        .filter(|brand| !brand.is_empty() && !name.to_lowercase().contains(&brand.to_lowercase()));
    let whole = match brand {
        Some(brand) if !name.is_empty() => format!("{brand} {name}"),
        _ => name.to_owned(),
    };
    whole.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vectors(rows: &[Option<&[f32]>]) -> Vectors {
        let mut vectors = Vectors::default();
        rows.iter().for_each(|row| vectors.push(*row).unwrap());
        vectors
    }

    #[test]
    fn the_nearest_come_first_and_those_without_a_vector_never() {
        let products = vectors(&[
            None,
            Some(&[1.0, 0.0]),
            Some(&[3.0, 4.0]),
            None,
            Some(&[0.0, 1.0]),
            Some(&[0.0, 0.0]),
        ]);
        let items = vectors(&[Some(&[0.0, 5.0])]);
        let (nearest, background) = products.nearest(items.row(0).unwrap(), 2);
        assert_eq!(nearest.iter().map(|near| near.product).collect::<Vec<_>>(), [4, 2]);
        assert!((nearest[0].cosine - 1.0).abs() < 1e-3 && (nearest[1].cosine - 0.8).abs() < 1e-2);
        assert_eq!(background.count, 3.0, "those that have a vector");
        assert_eq!(products.cosine(items.row(0).unwrap(), 2), Some(nearest[1].cosine));
        assert!(products.row(0).is_none() && products.row(5).is_none() && products.row(9).is_none());
    }

    #[test]
    fn vectors_of_two_models_are_not_compared() {
        let mut products = vectors(&[Some(&[1.0, 0.0])]);
        assert_eq!(
            products.push(Some(&[1.0])),
            Err(WrongDimension { expected: 2, found: 1 })
        );
        let other = vectors(&[Some(&[1.0, 0.0, 0.0])]);
        assert_eq!(products.nearest(other.row(0).unwrap(), 3).0, []);
        assert_eq!(Vectors::default().nearest(other.row(0).unwrap(), 3).0, []);
    }

    #[test]
    fn a_cosine_is_measured_by_its_background_and_by_nothing_where_that_is_flat() {
        let mut background = Background::default();
        (0..4).for_each(|_| [0.70, 0.74].into_iter().for_each(|cosine| background.count(cosine)));
        assert!((background.standardised(0.78).unwrap() - 3.0).abs() < 1e-3);
        let mut flat = Background::default();
        (0..20).for_each(|_| flat.count(0.9));
        assert_eq!(flat.standardised(1.0), None);
        let mut few = Background::default();
        [0.1, 0.9].into_iter().for_each(|cosine| few.count(cosine));
        assert_eq!(few.standardised(0.9), None);
    }

    #[test]
    fn a_brand_is_said_once() {
        let item = |name: &str, brand: &str| ListItem {
            name: Some(name.into()),
            brand: Some(brand.into()),
            ..ListItem::default()
        };
        assert_eq!(text_of_item(&item("Bosch drill", "BOSCH")), "Bosch drill");
        assert_eq!(text_of_item(&item("drill", "Bosch")), "Bosch drill");
        assert_eq!(text_of_item(&item(" ", "Bosch")), "");
    }
}
