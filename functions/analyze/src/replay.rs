//! What people decided of a supplier's items before, replayed on its list.

use std::collections::HashMap;

use domain::{Answer, Answered, Job, Match, Ruling, SupplierId, left_open};
use jiff::SignedDuration;
use store::StoreError;

use crate::Deps;

/// How far the clocks of two functions may be apart.
const SKEW: SignedDuration = SignedDuration::from_mins(1);

/// The decisions that count, by item key.
pub(crate) struct Replay(HashMap<String, Answered>);

impl Replay {
    /// Those on a supplier's items.
    ///
    /// # Errors
    /// Our own stores failed.
    pub(crate) async fn load(deps: &Deps, supplier_id: &SupplierId) -> Result<Self, StoreError> {
        Ok(Self(deps.decisions.current(supplier_id).await?))
    }

    /// What matching is bound to, for the items with these keys.
    pub(crate) fn rulings(&self, keys: &[String]) -> Vec<Option<Ruling>> {
        keys.iter().map(|key| self.0.get(key)?.ruling.ruling()).collect()
    }

    /// Keeps those items open of which a person was not sure, whatever matching found for them.
    pub(crate) fn leave_open(&self, keys: &[String], matches: &mut [Match]) {
        for (key, found) in keys.iter().zip(matches) {
            if let Some(answered) = self.0.get(key).filter(|answered| answered.ruling == Answer::NotSure) {
                *found = left_open(found.clone(), &answered.decided_by);
            }
        }
    }
}

/// Brings the items that were just published in line with what was decided, or taken back, while the job was under way.
///
/// # Errors
/// Our own stores failed; the redelivered message does it again.
pub(crate) async fn reapply_decisions(deps: &Deps, job: &Job) -> Result<(), StoreError> {
    let made = job.job_id.made_at();
    let since = made.checked_sub(SKEW).unwrap_or(made);
    let stores = (&deps.items, &deps.suppliers);
    let count = deps.decisions.reapply(stores, &job.supplier_id, since).await?;
    if count > 0 {
        tracing::info!(job_id = %job.job_id, supplier_id = %job.supplier_id, count, "decisions made meanwhile were kept");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use domain::Decision;

    use super::*;

    fn replay(answers: &[(&str, Answer)]) -> Replay {
        let answered = |ruling: &Answer| Answered {
            ruling: ruling.clone(),
            decided_by: "Admin token".into(),
            decided_at: "2026-03-01T12:00:00Z".parse().unwrap(),
        };
        Replay(
            answers
                .iter()
                .map(|(key, ruling)| ((*key).to_owned(), answered(ruling)))
                .collect(),
        )
    }

    #[test]
    fn rulings_go_to_their_items_and_the_unsure_stay_open() {
        let product = Answer::ProductId("P-1".parse().unwrap());
        let replay = replay(&[("a", product), ("b", Answer::NotSure), ("gone", Answer::New)]);
        let keys = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(
            replay.rulings(&keys),
            [Some(Ruling::Product("P-1".parse().unwrap())), None, None]
        );
        let sure = Match {
            decision: Decision::Matched,
            product_id: "P-2".parse().ok(),
            probability: 0.99,
            accept_score: 0.98,
            barred: false,
            candidates: Vec::new(),
            reasons: vec!["The barcodes agree.".into()],
        };
        let mut matches = vec![sure.clone(); 3];
        replay.leave_open(&keys, &mut matches);
        assert_eq!((&matches[0], &matches[2]), (&sure, &sure));
        assert_eq!(
            (matches[1].decision, matches[1].product_id.clone()),
            (Decision::Review, None)
        );
        assert_eq!(matches[1].reasons, ["Admin token was not sure.", "The barcodes agree."]);
    }
}
