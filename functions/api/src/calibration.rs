//! The threshold from which items are matched without a person: learned from this deployment's decisions when an admin asks for
//! it, kept by version, and taken back as easily.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use domain::{Answer, Decision, ItemDecision, Supplier};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use matching::{AcceptedScores, Calibration, Evidence, LEAST_OUTCOMES, MatchOptions, Outcome};
use serde::{Deserialize, Serialize};
use store::{ETag, StoreError, Swapped};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Deps, Problem,
    body::Segment,
    caller::Caller,
    problem_answers::{Conflict, NotFound, Unprocessable},
};

/// Suppliers whose decisions are read at once.
const PARALLEL: usize = 4;

/// Versions and changes that are kept; the one in force is among them.
const KEPT: usize = 50;

/// Every version that was learned, and who put which in force.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = CalibrationHistory)]
pub(crate) struct History {
    /// The version in force; none: the built-in threshold.
    #[serde(default)]
    pub(crate) in_force: Option<u32>,
    /// Oldest first.
    #[serde(default)]
    pub(crate) versions: Vec<Version>,
    /// Oldest first.
    #[serde(default)]
    pub(crate) changes: Vec<Change>,
}

/// A calibration as it was learned once.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = CalibrationVersion)]
pub(crate) struct Version {
    pub(crate) number: u32,
    pub(crate) learned_at: Timestamp,
    pub(crate) learned_by: String,
    pub(crate) calibration: Calibration,
}

/// Another version, or the built-in threshold, came into force.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = CalibrationChange)]
pub(crate) struct Change {
    pub(crate) at: Timestamp,
    pub(crate) by: String,
    /// None: the built-in threshold.
    #[serde(default)]
    pub(crate) to: Option<u32>,
}

/// What holds, and what held.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CalibrationInForce)]
pub(crate) struct InForce {
    /// From this accept score on, items are matched without a person.
    pub(crate) accept: f64,
    /// The built-in threshold.
    pub(crate) built_in: f64,
    /// Below this probability of the best candidate, items are new.
    pub(crate) review: f64,
    #[serde(flatten)]
    pub(crate) history: History,
}

/// What the decisions say today.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CalibrationEvidence)]
pub(crate) struct Learnable {
    /// Decisions on items that matching had asked about, those that something barred left out.
    pub(crate) outcomes: usize,
    /// So many are needed, or so many accepted items.
    pub(crate) needed: usize,
    /// What would be put in force; null where there are too few decisions.
    pub(crate) calibration: Option<Calibration>,
}

pub(crate) fn routes() -> OpenApiRouter<Arc<Deps>> {
    OpenApiRouter::new()
        .routes(routes!(show, learn))
        .routes(routes!(evidence))
        .routes(routes!(use_version))
        .routes(routes!(use_built_in))
}

/// The threshold in force, and every version before.
#[utoipa::path(
    get, path = "/admin/calibration", tag = "Matching", operation_id = "get_calibration",
    responses((status = OK, description = "What holds, and what held.", body = InForce)),
)]
async fn show(State(deps): State<Arc<Deps>>) -> Result<Json<InForce>, Problem> {
    Ok(Json(in_force(&deps).await?))
}

pub(crate) async fn in_force(deps: &Deps) -> Result<InForce, Problem> {
    Ok(read_history(deps).await?.history.into())
}

impl From<History> for InForce {
    fn from(history: History) -> Self {
        let shipped = MatchOptions::default();
        Self {
            accept: history
                .current()
                .map_or(shipped.accept, |version| version.calibration.accept),
            built_in: shipped.accept,
            review: shipped.review,
            history,
        }
    }
}

/// What the decisions of today would teach.
#[utoipa::path(
    get, path = "/admin/calibration/evidence", tag = "Matching", operation_id = "get_calibration_evidence",
    responses((status = OK, description = "What would be learned.", body = Learnable)),
)]
async fn evidence(State(deps): State<Arc<Deps>>) -> Result<Json<Learnable>, Problem> {
    Ok(Json(learnable(&deps).await?))
}

pub(crate) async fn learnable(deps: &Deps) -> Result<Learnable, Problem> {
    let evidence = gathered(deps).await?;
    Ok(Learnable {
        outcomes: evidence.outcomes.iter().filter(|outcome| !outcome.accepted).count(),
        needed: LEAST_OUTCOMES,
        calibration: Calibration::learn(&evidence, &MatchOptions::default()),
    })
}

/// Learns from the decisions of today and puts that in force, if it differs from what is.
#[utoipa::path(
    post, path = "/admin/calibration", tag = "Matching", operation_id = "learn_calibration",
    responses(
        (status = CREATED, description = "What was learned is in force.", body = InForce),
        Conflict, Unprocessable,
    ),
)]
async fn learn(State(deps): State<Arc<Deps>>, caller: Caller) -> Result<(StatusCode, Json<InForce>), Problem> {
    let learned = learnable(&deps).await?;
    let Some(calibration) = learned.calibration else {
        let detail = format!(
            "{} decisions count so far; {} are needed before they can show a precision of 99 %",
            learned.outcomes, learned.needed
        );
        return Err(Problem::unprocessable("too_few_decisions", detail));
    };
    let mut read = read_history(&deps).await?;
    let history = &mut read.history;
    let accept = history
        .current()
        .map_or(calibration.shipped_accept, |version| version.calibration.accept);
    if accept == calibration.accept {
        let detail = format!("the decisions leave the threshold at {accept}; nothing was changed");
        return Err(Problem::conflict("threshold_stays", detail));
    }
    let number = history.versions.last().map_or(1, |version| version.number + 1);
    history.versions.push(Version {
        number,
        learned_at: deps.clock.now(),
        learned_by: caller.name.clone(),
        calibration,
    });
    let holds = put_in_force(&deps, read, Some(number), caller).await?;
    Ok((StatusCode::CREATED, Json(holds)))
}

/// Puts a version that was learned before in force again.
#[utoipa::path(
    post, path = "/admin/calibration/versions/{number}/use", tag = "Matching", operation_id = "use_calibration",
    params(("number" = u32, Path)),
    responses((status = OK, description = "The version is in force.", body = InForce), NotFound, Conflict),
)]
async fn use_version(
    State(deps): State<Arc<Deps>>,
    caller: Caller,
    Segment(number): Segment<u32>,
) -> Result<Json<InForce>, Problem> {
    let read = read_history(&deps).await?;
    if read.history.version(number).is_none() {
        return Err(Problem::not_found(format!("there is no version {number}")));
    }
    Ok(Json(put_in_force(&deps, read, Some(number), caller).await?))
}

/// Puts the built-in threshold in force again.
#[utoipa::path(
    post, path = "/admin/calibration/built-in/use", tag = "Matching", operation_id = "use_built_in_calibration",
    responses((status = OK, description = "The built-in threshold is in force.", body = InForce), Conflict),
)]
async fn use_built_in(State(deps): State<Arc<Deps>>, caller: Caller) -> Result<Json<InForce>, Problem> {
    let read = read_history(&deps).await?;
    Ok(Json(put_in_force(&deps, read, None, caller).await?))
}

/// The history as it was read, with what it may be replaced by.
struct ReadHistory {
    history: History,
    /// None before the first version.
    etag: Option<ETag>,
}

/// The history is written first, if nobody else wrote it meanwhile: it says what is meant to hold, and doing it again mends a
/// second write that failed.
async fn put_in_force(deps: &Deps, read: ReadHistory, to: Option<u32>, caller: Caller) -> Result<InForce, Problem> {
    let ReadHistory { mut history, etag } = read;
    history.in_force = to;
    history.changes.push(Change {
        at: deps.clock.now(),
        by: caller.name,
        to,
    });
    history.forget_oldest();
    let json = serde_json::to_vec(&history).map_err(unwritable)?;
    match deps.files.put_calibration_history(etag.as_ref(), json).await? {
        Swapped::Applied => {}
        Swapped::Conflict => {
            let detail = "somebody else changed the threshold at this moment; look at what holds now, and do it again if it is still wanted";
            return Err(Problem::conflict("changed_meanwhile", detail));
        }
    }
    bring_into_force(deps, &history).await?;
    // Of two changes in a row the second's file may be written first. Whoever writes it looks again what is meant to hold, so
    // the last to write has seen the last change.
    let now = read_history(deps).await?.history;
    if now.in_force != history.in_force {
        bring_into_force(deps, &now).await?;
    }
    Ok(history.into())
}

/// Makes the file that `analyze` matches by what the history says.
async fn bring_into_force(deps: &Deps, history: &History) -> Result<(), Problem> {
    match history.current() {
        Some(version) => {
            let json = version.calibration.to_json().map_err(unwritable)?;
            deps.files.put_calibration(json.into_bytes()).await?;
        }
        None => deps.files.remove_calibration().await?,
    }
    Ok(())
}

fn unwritable(error: impl std::fmt::Display) -> Problem {
    tracing::error!(%error, "a calibration could not be written as JSON");
    Problem::internal()
}

impl History {
    /// The version in force.
    pub(crate) fn current(&self) -> Option<&Version> {
        self.version(self.in_force?)
    }

    fn version(&self, number: u32) -> Option<&Version> {
        self.versions.iter().find(|version| version.number == number)
    }

    fn forget_oldest(&mut self) {
        self.changes.drain(..self.changes.len().saturating_sub(KEPT));
        let old = self.versions.len().saturating_sub(KEPT);
        let in_force = self.in_force;
        let mut place = 0;
        self.versions.retain(|version| {
            place += 1;
            place > old || in_force == Some(version.number)
        });
    }
}

async fn read_history(deps: &Deps) -> Result<ReadHistory, Problem> {
    let Some(stored) = deps.files.calibration_history().await? else {
        return Ok(ReadHistory {
            history: History::default(),
            etag: None,
        });
    };
    let history = serde_json::from_slice(&stored.bytes).map_err(|error| {
        tracing::error!(%error, "the stored history of the calibration cannot be read");
        Problem::internal()
    })?;
    Ok(ReadHistory {
        history,
        etag: Some(stored.etag),
    })
}

/// What counts today of what persons decided, over all suppliers, and what stands accepted in the published lists.
async fn gathered(deps: &Deps) -> Result<Evidence, Problem> {
    let suppliers = deps.suppliers.all().await?;
    let reads: Vec<_> = suppliers.iter().map(|supplier| of_supplier(deps, supplier)).collect();
    let parts: Vec<Evidence> = stream::iter(reads).buffer_unordered(PARALLEL).try_collect().await?;
    let mut evidence = Evidence::default();
    for part in parts {
        evidence.outcomes.extend(part.outcomes);
        evidence.accepted.add(&part.accepted);
    }
    Ok(evidence)
}

async fn of_supplier(deps: &Deps, supplier: &Supplier) -> Result<Evidence, StoreError> {
    let decisions = deps.decisions.counting(&supplier.supplier_id).await?;
    let scores = match supplier.published_job {
        Some(job) => deps.files.accepted_scores(&supplier.supplier_id, job).await?,
        None => None,
    };
    let accepted = match scores.as_deref().map(serde_json::from_slice::<AcceptedScores>) {
        Some(Ok(scores)) => scores,
        Some(Err(error)) => {
            tracing::warn!(supplier_id = %supplier.supplier_id, %error, "accepted scores cannot be read; they count as none");
            AcceptedScores::default()
        }
        None => AcceptedScores::default(),
    };
    Ok(Evidence {
        outcomes: decisions.iter().filter_map(outcome_of).collect(),
        accepted,
    })
}

/// What a decision says of the score that matching had given; nothing where the person was not sure or took it back, where
/// there was no candidate, and where a contradiction barred the item whatever its score.
fn outcome_of(decision: &ItemDecision) -> Option<Outcome> {
    let found = &decision.replaced;
    let best = found.candidates.first().filter(|_| !found.barred)?;
    let right = match &decision.current.as_ref()?.ruling {
        Answer::ProductId(product) => *product == best.product_id,
        Answer::New => false,
        Answer::NotSure => return None,
    };
    Some(Outcome {
        accept_score: found.accept_score,
        right,
        accepted: found.decision == Decision::Matched,
    })
}

#[cfg(test)]
mod tests {
    use domain::{Answered, Candidate, ItemText, Match};

    use super::*;

    fn decided(decision: Decision, barred: bool, ruling: Answer) -> ItemDecision {
        let candidate = |id: &str| Candidate {
            product_id: id.parse().unwrap(),
            probability: 0.7,
        };
        let found = Match {
            decision,
            product_id: None,
            probability: 0.7,
            accept_score: 0.65,
            barred,
            candidates: vec![candidate("P-1"), candidate("P-2")],
            reasons: Vec::new(),
        };
        let answered = Answered {
            ruling,
            decided_by: "Admin token".into(),
            decided_at: "2026-03-01T12:00:00Z".parse().unwrap(),
        };
        ItemDecision::first(
            "acme".parse().unwrap(),
            "sku:1".into(),
            ItemText::default(),
            found,
            answered,
        )
    }

    fn product(id: &str) -> Answer {
        Answer::ProductId(id.parse().unwrap())
    }

    #[test]
    fn decisions_say_whether_the_best_candidate_was_right() {
        let told = |decision, ruling| {
            let outcome = outcome_of(&decided(decision, false, ruling))?;
            assert_eq!(outcome.accept_score, 0.65);
            Some((outcome.right, outcome.accepted))
        };
        assert_eq!(told(Decision::Review, product("P-1")), Some((true, false)));
        assert_eq!(told(Decision::Review, product("P-2")), Some((false, false)));
        assert_eq!(told(Decision::Review, Answer::New), Some((false, false)));
        assert_eq!(
            told(Decision::Matched, product("P-2")),
            Some((false, true)),
            "a correction"
        );
        assert_eq!(told(Decision::Review, Answer::NotSure), None);
    }

    #[test]
    fn what_was_barred_or_taken_back_says_nothing_of_the_threshold() {
        assert_eq!(outcome_of(&decided(Decision::Review, true, product("P-1"))), None);
        let back = decided(Decision::Review, false, product("P-1"))
            .take_back("2026-03-01T12:01:00Z".parse().unwrap())
            .unwrap();
        assert_eq!(outcome_of(&back), None);
    }

    #[test]
    fn old_versions_are_forgotten_but_not_the_one_in_force() {
        let evidence = Evidence {
            outcomes: vec![
                Outcome {
                    accept_score: 0.7,
                    right: true,
                    accepted: false
                };
                LEAST_OUTCOMES
            ],
            ..Evidence::default()
        };
        let calibration = Calibration::learn(&evidence, &MatchOptions::default()).unwrap();
        let version = |number| Version {
            number,
            learned_at: Timestamp::UNIX_EPOCH,
            learned_by: "Admin token".into(),
            calibration: calibration.clone(),
        };
        let mut history = History {
            in_force: Some(2),
            versions: (1..=60).map(version).collect(),
            changes: Vec::new(),
        };
        history.forget_oldest();
        let numbers: Vec<u32> = history.versions.iter().map(|version| version.number).collect();
        assert_eq!((numbers[0], numbers[1], numbers.len()), (2, 11, KEPT + 1));
        assert_eq!(history.current().map(|version| version.number), Some(2));
    }
}
