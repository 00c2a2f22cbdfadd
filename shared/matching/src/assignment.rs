//! One item to one product, over the whole list: which item gets a product that several want.

use std::collections::HashMap;

/// What an item would give for a product: the probability that they are the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bid {
    pub(crate) product: u32,
    pub(crate) probability: f64,
}

/// How close to the best possible sum the result is, per item.
const STEP: f64 = 1e-4;

/// No item may bid more often than this: a guard against endless small steps, never reached in practice.
const MOST_ROUNDS_PER_ITEM: usize = 1_000;

/// The product of each item, so that no two items have the same and the sum of probabilities, the expected number of right
/// matches, is the highest possible to within [`STEP`] per item (auction algorithm, Bertsekas 1979). An item without a
/// product worth its price gets none.
///
/// Items must come in an order that does not depend on the list's: equal bids are settled by it.
pub(crate) fn assign(items: &[Vec<Bid>]) -> Vec<Option<u32>> {
    let mut assigned: Vec<Option<u32>> = vec![None; items.len()];
    let mut owners: HashMap<u32, usize> = HashMap::new();
    let mut prices: HashMap<u32, f64> = HashMap::new();
    let mut rounds = vec![0_usize; items.len()];
    let mut waiting: Vec<usize> = (0..items.len()).rev().collect();
    while let Some(item) = waiting.pop() {
        rounds[item] += 1;
        let price = |bid: &Bid| bid.probability - prices.get(&bid.product).copied().unwrap_or(0.0);
        // Going without is always possible and worth nothing.
        let (mut best, mut second) = (None, 0.0_f64);
        let mut best_value = 0.0_f64;
        for bid in items[item].iter() {
            let value = price(bid);
            if value > best_value {
                second = best_value;
                (best, best_value) = (Some(bid.product), value);
            } else {
                second = second.max(value);
            }
        }
        let Some(product) = best.filter(|_| rounds[item] <= MOST_ROUNDS_PER_ITEM) else {
            continue;
        };
        *prices.entry(product).or_insert(0.0) += best_value - second + STEP;
        assigned[item] = Some(product);
        if let Some(loser) = owners.insert(product, item) {
            assigned[loser] = None;
            waiting.push(loser);
        }
    }
    assigned
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bids(bids: &[(u32, f64)]) -> Vec<Bid> {
        bids.iter()
            .map(|(product, probability)| Bid {
                product: *product,
                probability: *probability,
            })
            .collect()
    }

    #[test]
    fn the_better_sum_wins_over_the_better_bid() {
        // Greedy would give product 1 to the first item and leave the second with nothing.
        let items = [bids(&[(1, 0.9), (2, 0.8)]), bids(&[(1, 0.7)])];
        assert_eq!(assign(&items), [Some(2), Some(1)]);
    }

    #[test]
    fn who_loses_goes_without() {
        assert_eq!(assign(&[bids(&[(1, 0.5)]), bids(&[(1, 0.9)])]), [None, Some(1)]);
        assert_eq!(assign(&[vec![], bids(&[(7, 0.2)])]), [None, Some(7)]);
    }

    fn best_sum(items: &[Vec<Bid>], taken: &mut Vec<u32>) -> f64 {
        let Some((first, rest)) = items.split_first() else {
            return 0.0;
        };
        let mut best = best_sum(rest, taken);
        for bid in first {
            if !taken.contains(&bid.product) {
                taken.push(bid.product);
                best = best.max(bid.probability + best_sum(rest, taken));
                taken.pop();
            }
        }
        best
    }

    proptest! {
        #[test]
        fn it_is_the_best_assignment(
            lists in prop::collection::vec(prop::collection::btree_map(0_u32..5, 0.01_f64..1.0, 0..4), 0..6)
        ) {
            let items: Vec<Vec<Bid>> = lists.iter().map(|list| {
                list.iter().map(|(product, probability)| Bid { product: *product, probability: *probability }).collect()
            }).collect();
            let assigned = assign(&items);
            let mut products: Vec<u32> = assigned.iter().flatten().copied().collect();
            products.sort_unstable();
            prop_assert!(products.windows(2).all(|pair| pair[0] != pair[1]));
            let sum: f64 = assigned.iter().zip(&items).filter_map(|(product, bids)| {
                bids.iter().find(|bid| Some(bid.product) == *product).map(|bid| bid.probability)
            }).sum();
            prop_assert!(sum >= best_sum(&items, &mut Vec::new()) - 1e-3 * items.len() as f64);
        }
    }
}
