//! Which items are so near to a product by meaning that a person should look, whatever their words say.

use std::collections::HashMap;

use crate::vectors::Near;

/// How many products near by meaning are looked up per item.
pub(crate) const NEAREST: usize = 10;

/// How many neighbours make up a neighbourhood (Artetxe and Schwenk 2019, "Margin-based Parallel Corpus Mining with
/// Multilingual Sentence Embeddings", section 4: k = 4).
const NEIGHBOURS: usize = 4;

/// A product that stands out among an item's neighbours by meaning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Meant {
    pub(crate) product: u32,
    pub(crate) cosine: f32,
    /// The cosine over the mean cosine of both sides' neighbours.
    pub(crate) margin: f32,
}

/// The nearest product of each item with its margin. Cosines of different models, and of names and names in another
/// language, are not comparable; how far a pair stands out from both its neighbourhoods is, and is what such pairs are
/// mined by. A product's neighbourhood are the items that have it among their nearest.
pub(crate) fn meant(list: &[Vec<Near>]) -> Vec<Option<Meant>> {
    let mut suitors: HashMap<u32, Vec<f32>> = HashMap::new();
    for near in list.iter().flatten() {
        suitors.entry(near.product).or_default().push(near.cosine);
    }
    for cosines in suitors.values_mut() {
        cosines.sort_unstable_by(|a, b| b.total_cmp(a));
    }
    list.iter()
        .map(|nearest| {
            let Near { product, cosine } = *nearest.first()?;
            let own: Vec<f32> = nearest.iter().map(|near| near.cosine).collect();
            let around = (mean(&own) + mean(suitors.get(&product)?)) / 2.0;
            (around > 0.0 && cosine > 0.0).then_some(Meant {
                product,
                cosine,
                margin: cosine / around,
            })
        })
        .collect()
}

/// The mean of the first [`NEIGHBOURS`].
fn mean(cosines: &[f32]) -> f32 {
    let counted = &cosines[..cosines.len().min(NEIGHBOURS)];
    counted.iter().sum::<f32>() / counted.len().max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(cosines: &[(u32, f32)]) -> Vec<Near> {
        cosines
            .iter()
            .map(|(product, cosine)| Near {
                product: *product,
                cosine: *cosine,
            })
            .collect()
    }

    #[test]
    fn what_stands_out_has_a_margin_and_what_is_one_of_many_has_none() {
        let alone = near(&[(1, 0.9), (2, 0.5), (3, 0.5), (4, 0.5)]);
        let one_of_many = near(&[(5, 0.9), (6, 0.9), (7, 0.89), (8, 0.89)]);
        let found = meant(&[alone, one_of_many, Vec::new()]);
        // 0.9 against the mean of 0.6 and 0.9.
        let first = found[0].unwrap();
        assert_eq!(first.product, 1);
        assert!((first.margin - 1.2).abs() < 1e-3);
        assert!((found[1].unwrap().margin - 1.0).abs() < 0.01);
        assert_eq!(found[2], None);
    }
}
