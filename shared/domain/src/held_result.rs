//! A result that waits for a person's yes before it is published.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{HoldReason, Job, Phase, Refused, Summary};

/// How long the record of a result that waits for a decision is kept: long after the ordinary [`crate::JOB_RETENTION`],
/// so that it does not vanish over a holiday.
pub const HELD_RETENTION: SignedDuration = SignedDuration::from_hours(90 * 24);

/// What was decided on a held result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum HeldState {
    /// Nothing yet.
    Waiting,
    /// It is published, or on its way to be.
    Approved,
    /// It will not be published.
    Rejected,
    /// A newer list was published or held instead.
    Superseded,
}

/// Why a complete job's result was not published at once, and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HeldResult {
    /// What is unusual about it.
    pub reasons: Vec<HoldReason>,
    /// What was decided.
    pub state: HeldState,
    /// When that was decided.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub decided_at: Option<Timestamp>,
    /// Who decided that; none where a newer list did.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub decided_by: Option<String>,
    /// When an approved result was published.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub published_at: Option<Timestamp>,
}

impl Job {
    /// Ends the job with a result that is not published yet.
    ///
    /// # Errors
    /// Not matching.
    pub fn hold(&self, summary: Summary, reasons: Vec<HoldReason>, now: Timestamp) -> Result<Self, Refused> {
        let held = HeldResult {
            reasons,
            state: HeldState::Waiting,
            decided_at: None,
            decided_by: None,
            published_at: None,
        };
        Ok(Self {
            held: Some(held),
            ..self.complete(summary, now)?
        })
    }

    /// Lets a held result be published, as `by` decided.
    ///
    /// # Errors
    /// It is not held, or decided already.
    pub fn approve(&self, by: &str, now: Timestamp) -> Result<Self, Refused> {
        self.decided(HeldState::Approved, Some(by), now)
    }

    /// Lets a held result be, as `by` decided.
    ///
    /// # Errors
    /// It is not held, or decided already.
    pub fn reject(&self, by: &str, now: Timestamp) -> Result<Self, Refused> {
        self.decided(HeldState::Rejected, Some(by), now)
    }

    /// Notes that a newer list took the place of a held result.
    ///
    /// # Errors
    /// It is not held, or rejected, or published.
    pub fn supersede(&self, now: Timestamp) -> Result<Self, Refused> {
        match &self.held {
            Some(held) if held.state == HeldState::Approved && held.published_at.is_none() => {
                self.settled(HeldState::Superseded, None, now)
            }
            _ => self.decided(HeldState::Superseded, None, now),
        }
    }

    /// Takes an approved job in hand to publish its result, holding it until `lease_until`.
    ///
    /// # Errors
    /// Not approved, published already, or held by another worker.
    pub fn start_publishing(&self, lease_until: Timestamp, now: Timestamp) -> Result<Self, Refused> {
        match &self.held {
            Some(held) if held.state == HeldState::Approved && held.published_at.is_none() => {}
            Some(held) => return Err(Refused::Decided { state: held.state }),
            None => return Err(Refused::NotHeld),
        }
        self.check_lease(now)?;
        Ok(Self {
            fence: self.fence.raised(),
            lease_until: Some(lease_until),
            updated_at: now,
            ..self.clone()
        })
    }

    /// Notes that the approved result is published.
    ///
    /// # Errors
    /// It was not approved.
    pub fn published(&self, summary: Summary, now: Timestamp) -> Result<Self, Refused> {
        let held = self.held.clone().ok_or(Refused::NotHeld)?;
        if held.state != HeldState::Approved {
            return Err(Refused::Decided { state: held.state });
        }
        Ok(Self {
            held: Some(HeldResult {
                published_at: Some(now),
                ..held
            }),
            summary: Some(summary),
            lease_until: None,
            updated_at: now,
            ..self.clone()
        })
    }

    /// Whether its result waits for a person.
    pub fn is_waiting(&self) -> bool {
        self.held.as_ref().is_some_and(|held| held.state == HeldState::Waiting)
    }

    fn decided(&self, state: HeldState, by: Option<&str>, now: Timestamp) -> Result<Self, Refused> {
        match &self.held {
            Some(held) if held.state == HeldState::Waiting && self.phase == Phase::Complete => {
                self.settled(state, by, now)
            }
            Some(held) => Err(Refused::Decided { state: held.state }),
            None => Err(Refused::NotHeld),
        }
    }

    fn settled(&self, state: HeldState, by: Option<&str>, now: Timestamp) -> Result<Self, Refused> {
        let held = self.held.clone().ok_or(Refused::NotHeld)?;
        Ok(Self {
            held: Some(HeldResult {
                state,
                decided_at: Some(now),
                decided_by: by.map(str::to_owned),
                ..held
            }),
            fence: self.fence.raised(),
            lease_until: None,
            updated_at: now,
            ..self.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{HoldKind, Trigger};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn matching() -> Job {
        let job = Job::to_fetch("acme".parse().unwrap(), Trigger::Schedule, at(0));
        let job = job.start_analysis(0, at(60), at(1)).unwrap();
        job.start_matching(0, at(2)).unwrap()
    }

    fn held() -> Job {
        let reason = HoldReason {
            kind: HoldKind::NoItems,
            message: "The list has no item; 3 are published.".into(),
            examples: Vec::new(),
        };
        matching().hold(Summary::default(), vec![reason], at(3)).unwrap()
    }

    #[test]
    fn a_held_result_is_decided_once() {
        let waiting = held();
        assert!(waiting.is_waiting() && waiting.phase == Phase::Complete && !waiting.can_retry());
        let approved = waiting.approve("ada", at(4)).unwrap();
        assert!(approved.fence > waiting.fence);
        let by = |job: &Job| job.held.clone().unwrap().decided_by;
        assert_eq!((by(&waiting), by(&approved).as_deref()), (None, Some("ada")));
        let refused = Refused::Decided {
            state: HeldState::Approved,
        };
        assert_eq!(approved.approve("ada", at(5)), Err(refused));
        assert_eq!(approved.reject("ada", at(5)), Err(refused));
        assert!(waiting.reject("ada", at(4)).unwrap().approve("ada", at(5)).is_err());
        let plain = matching().complete(Summary::default(), at(3)).unwrap();
        assert_eq!(plain.approve("ada", at(4)), Err(Refused::NotHeld));
    }

    #[test]
    fn only_an_approved_result_is_published_and_only_once() {
        let waiting = held();
        assert!(waiting.start_publishing(at(60), at(5)).is_err());
        let approved = waiting.approve("ada", at(4)).unwrap();
        let publishing = approved.start_publishing(at(60), at(5)).unwrap();
        assert_eq!(
            publishing.start_publishing(at(90), at(59)),
            Err(Refused::Held { until: at(60) })
        );
        let published = publishing.published(Summary::default(), at(6)).unwrap();
        assert_eq!(published.held.as_ref().unwrap().published_at, Some(at(6)));
        assert!(published.start_publishing(at(90), at(70)).is_err() && published.supersede(at(7)).is_err());
    }

    #[test]
    fn a_newer_list_takes_the_place_of_what_waits_and_of_what_is_not_published_yet() {
        assert_eq!(
            held().supersede(at(4)).unwrap().held.unwrap().state,
            HeldState::Superseded
        );
        assert!(held().approve("ada", at(4)).unwrap().supersede(at(5)).is_ok());
        assert!(held().reject("ada", at(4)).unwrap().supersede(at(5)).is_err());
    }

    #[test]
    fn what_waits_is_kept_longer() {
        let week = 8 * 24 * 3600;
        assert!(!held().is_expired(at(week)));
        assert!(held().reject("ada", at(4)).unwrap().is_expired(at(week)));
    }
}
