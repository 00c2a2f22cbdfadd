//! A column with what speaks for its roles.

use super::{ColumnReading, Profile, THRESHOLD};
use crate::dictionary::Role;

/// What a header's word is worth beside the cells' evidence.
pub(super) const HEADER_WEIGHT: f64 = 3.0;

/// What it is worth that a column was the same in the supplier's list before: more than cells that say little, less than
/// any word of a header.
pub(super) const MEMORY_WEIGHT: f64 = 1.2;

/// A column with the scores of its header.
pub(super) struct Candidate<'t> {
    pub(super) profile: &'t Profile,
    pub(super) header: String,
    pub(super) header_roles: Vec<(Role, f64)>,
    pub(super) is_shared: bool,
    /// The header says from which quantity on the price holds.
    pub(super) is_tier: bool,
    /// What it was in the supplier's list before, and how alike its cells are, from 0 to 1.
    pub(super) memory: Option<(Role, f64)>,
    /// The best score of the roles that are no field of an item.
    pub(super) other: Option<(Role, f64)>,
}

impl Candidate<'_> {
    pub(super) fn header_weight(&self, role: Role) -> f64 {
        let matches = |known: Role| known == role || (known.is_price() && role.is_price());
        let weight = self
            .header_roles
            .iter()
            .filter(|(known, _)| matches(*known))
            .map(|(_, weight)| *weight)
            .fold(0.0, f64::max);
        if self.is_shared { weight * 0.7 } else { weight }
    }

    pub(super) fn content(&self, role: Role) -> f64 {
        self.profile.fit(role)
    }

    /// How alike the column is to the one that had this role before.
    pub(super) fn memory(&self, role: Role) -> f64 {
        match self.memory {
            Some((known, likeness)) if known == role || (known.is_price() && role.is_price()) => likeness,
            _ => 0.0,
        }
    }

    /// The score of a role for this column.
    pub(super) fn score(&self, role: Role) -> f64 {
        let header = self.header_weight(role);
        let mut score = HEADER_WEIGHT * header + self.content(role);
        // A header that is there and says something else speaks a little against.
        if header < 0.2 && !self.header.is_empty() && !self.is_shared && self.memory(role) == 0.0 {
            score -= 0.4;
        }
        score + MEMORY_WEIGHT * self.memory(role)
    }
}

pub(super) fn reading(candidate: &Candidate<'_>, role: Role) -> ColumnReading {
    let (header, content) = (candidate.header_weight(role), candidate.content(role));
    let mut evidence = Vec::new();
    if header >= 0.2 {
        evidence.push("header".to_owned());
    }
    if content > 0.3 {
        evidence.push("content".to_owned());
    }
    if candidate.memory(role) > 0.0 {
        evidence.push("memory".to_owned());
    }
    let margin = (candidate.score(role) - THRESHOLD).max(0.0);
    ColumnReading {
        column: candidate.profile.column,
        header: candidate.header.clone(),
        role,
        confidence: ((1.0 - (-1.2 * margin).exp()) * 100.0).round() / 100.0,
        evidence,
    }
}

/// The reading of a price that its header names by a quantity, size or colour: as sure as one that is called a price.
pub(super) fn called(mut reading: ColumnReading) -> ColumnReading {
    const SURE: f64 = 0.8;
    reading.confidence = reading.confidence.max(SURE);
    if !reading.is_by_header() {
        reading.evidence.insert(0, "header".to_owned());
    }
    reading
}

/// The reading of a column that is what is left to call items by: as likely as not, however little its cells score.
pub(super) fn left_over(mut reading: ColumnReading) -> ColumnReading {
    const EVEN: f64 = 0.5;
    reading.confidence = reading.confidence.max(EVEN);
    reading
}
