//! The scorer: two small gradient-boosted ensembles of regression trees, read from a file that the training script writes.

use std::sync::LazyLock;

use serde::Deserialize;
use thiserror::Error;

use crate::{context::ContextFeatures, features::PairFeatures};

/// The model that ships with this crate.
const SHIPPED: &str = include_str!("../model/scorer.json");

/// The version of the file's shape that is read here.
const FORMAT: u32 = 1;

/// Scores pairs: first each alone, then within its list and catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    pub(crate) pair: Ensemble,
    pub(crate) context: Ensemble,
}

/// Why a model file cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ModelError {
    /// Not the JSON that is expected.
    #[error("the model is not readable: {0}")]
    Json(#[from] serde_json::Error),
    /// Another format.
    #[error("the model has format {0}, this program reads format {FORMAT}")]
    Format(u32),
    /// Learned on other features than the ones computed here.
    #[error("the model's {stage} features are not the ones that this program computes: train it again")]
    Features {
        /// Which of the two ensembles.
        stage: &'static str,
    },
    /// A tree refers to something that is not there.
    #[error("tree {tree} of the model's {stage} ensemble is damaged")]
    Tree {
        /// Which of the two ensembles.
        stage: &'static str,
        /// Which tree, from 0.
        tree: usize,
    },
}

#[derive(Deserialize)]
struct File {
    format: u32,
    pair: EnsembleFile,
    context: EnsembleFile,
}

#[derive(Deserialize)]
struct EnsembleFile {
    features: Vec<String>,
    bias: f32,
    trees: Vec<TreeFile>,
}

/// `feature[i] <= threshold[i]` goes to `left[i]`, else `right[i]`; a negative place `-1 - k` is leaf `k`.
#[derive(Deserialize)]
struct TreeFile {
    feature: Vec<u16>,
    threshold: Vec<f32>,
    left: Vec<i16>,
    right: Vec<i16>,
    leaf: Vec<f32>,
}

/// Trees whose values add up to log-odds.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Ensemble {
    bias: f32,
    nodes: Vec<Node>,
    leaves: Vec<f32>,
    /// First node (or -1 - leaf) of each tree.
    roots: Vec<i32>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Node {
    feature: u32,
    threshold: f32,
    /// Not greater, greater.
    next: [i32; 2],
}

static SHIPPED_MODEL: LazyLock<Model> = LazyLock::new(|| Model::parse(SHIPPED).unwrap_or_else(|_| Model::closed()));

impl Model {
    /// The model that ships with this crate. (A test reads the file; were it damaged all the same, nothing would ever be
    /// accepted.)
    pub fn shipped() -> &'static Self {
        &SHIPPED_MODEL
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// [`ModelError`]: unreadable, of another format, or learned on other features.
    pub fn parse(json: &str) -> Result<Self, ModelError> {
        let file: File = serde_json::from_str(json)?;
        if file.format != FORMAT {
            return Err(ModelError::Format(file.format));
        }
        Ok(Self {
            pair: Ensemble::of(file.pair, "pair", PairFeatures::NAMES)?,
            context: Ensemble::of(file.context, "context", &ContextFeatures::names())?,
        })
    }

    fn closed() -> Self {
        let nothing = Ensemble {
            bias: -20.0,
            ..Ensemble::default()
        };
        Self {
            pair: nothing.clone(),
            context: nothing,
        }
    }
}

impl Ensemble {
    /// Reads a file that holds one ensemble alone.
    pub(crate) fn parse(json: &str, stage: &'static str, names: &[&str]) -> Result<Self, ModelError> {
        Self::of(serde_json::from_str(json)?, stage, names)
    }

    fn of(file: EnsembleFile, stage: &'static str, names: &[&str]) -> Result<Self, ModelError> {
        if file.features != names {
            return Err(ModelError::Features { stage });
        }
        let mut ensemble = Self {
            bias: file.bias,
            ..Self::default()
        };
        for (number, tree) in file.trees.iter().enumerate() {
            ensemble
                .push(tree, names.len())
                .ok_or(ModelError::Tree { stage, tree: number })?;
        }
        Ok(ensemble)
    }

    fn push(&mut self, tree: &TreeFile, features: usize) -> Option<()> {
        let count = tree.feature.len();
        if [tree.threshold.len(), tree.left.len(), tree.right.len()]
            .iter()
            .any(|length| *length != count)
        {
            return None;
        }
        let (first_node, first_leaf) = (self.nodes.len() as i32, self.leaves.len() as i32);
        let place = |from: usize, to: i16| {
            let inner = usize::try_from(to).ok();
            match inner {
                // Only forward, so that every walk ends.
                Some(node) if node > from && node < count => Some(first_node + i32::from(to)),
                Some(_) => None,
                None => ((-1 - i32::from(to)) < tree.leaf.len() as i32).then(|| i32::from(to) - first_leaf),
            }
        };
        for node in 0..count {
            let feature = usize::from(*tree.feature.get(node)?);
            if feature >= features {
                return None;
            }
            self.nodes.push(Node {
                feature: feature as u32,
                threshold: *tree.threshold.get(node)?,
                next: [
                    place(node, *tree.left.get(node)?)?,
                    place(node, *tree.right.get(node)?)?,
                ],
            });
        }
        if tree.leaf.is_empty() {
            return None;
        }
        self.leaves.extend(&tree.leaf);
        self.roots.push(if count == 0 { -1 - first_leaf } else { first_node });
        Some(())
    }

    /// The log-odds for these features.
    pub(crate) fn log_odds(&self, features: &[f32]) -> f32 {
        let mut sum = self.bias;
        for root in &self.roots {
            let mut at = *root;
            while let Some(node) = usize::try_from(at).ok().and_then(|place| self.nodes.get(place)) {
                let value = features.get(node.feature as usize).copied().unwrap_or(0.0);
                at = node.next[usize::from(value > node.threshold)];
            }
            sum += self.leaves.get((-1 - at) as usize).copied().unwrap_or(0.0);
        }
        sum
    }
}

/// The probability of log-odds.
pub(crate) fn probability(log_odds: f32) -> f64 {
    1.0 / (1.0 + (-f64::from(log_odds)).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_model_is_readable() {
        let model = Model::parse(SHIPPED).unwrap();
        assert!(!model.pair.roots.is_empty() && !model.context.roots.is_empty());
    }

    #[test]
    fn trees_are_walked_by_their_thresholds() {
        let tree = TreeFile {
            feature: vec![1, 0],
            threshold: vec![0.5, 2.0],
            left: vec![-1, -2],
            right: vec![1, -3],
            leaf: vec![-1.0, 0.25, 3.0],
        };
        let mut ensemble = Ensemble {
            bias: 1.0,
            ..Ensemble::default()
        };
        ensemble.push(&tree, 2).unwrap();
        ensemble.push(&tree, 2).unwrap();
        assert_eq!(ensemble.log_odds(&[9.0, 0.5]), -1.0);
        assert_eq!(ensemble.log_odds(&[2.0, 0.6]), 1.5);
        assert_eq!(ensemble.log_odds(&[2.1, 0.6]), 7.0);
    }

    #[test]
    fn a_tree_that_leads_nowhere_is_refused() {
        let looping = TreeFile {
            feature: vec![0],
            threshold: vec![0.0],
            left: vec![0],
            right: vec![-1],
            leaf: vec![0.0],
        };
        assert!(Ensemble::default().push(&looping, 1).is_none());
        let outside = TreeFile {
            feature: vec![7],
            threshold: vec![0.0],
            left: vec![-1],
            right: vec![-1],
            leaf: vec![0.0],
        };
        assert!(Ensemble::default().push(&outside, 1).is_none());
    }
}
