//! Limits of a fetch, and the waits between tries.

use std::time::Duration;

use crate::AddressGuard;

/// What a fetch may cost, how patient it is, and where it may go.
#[derive(Debug, Clone, PartialEq)]
pub struct FetchPolicy {
    /// Longest file, in bytes as served.
    pub max_bytes: u64,
    /// From the start of a connection to its end of handshake, name look-up included.
    pub connect_timeout: Duration,
    /// Longest silence: before the answer's head, and between two pieces of the body.
    pub read_timeout: Duration,
    /// The whole fetch: waiting for the host's turn, every try, every wait between them, the whole body.
    pub total_timeout: Duration,
    /// Redirects followed in one try; 0 follows none.
    pub max_redirects: u32,
    /// Tries in a row that bring no byte, at least 1.
    pub attempts: u32,
    /// How often a body that broke off is taken up again, however much each try brought.
    pub max_resumes: u32,
    /// Waits between tries.
    pub backoff: Backoff,
    /// The longest `Retry-After` that is waited for here; a longer one ends the fetch, and the error tells it.
    pub max_retry_after: Duration,
    /// Fetches at once from one host and port, at least 1.
    pub per_host: usize,
    /// Whether a redirect may lead from `https` to `http`.
    pub allow_downgrade: bool,
    /// Which addresses may be reached.
    pub guard: AddressGuard,
}

impl Default for FetchPolicy {
    /// Public addresses, 2 GiB, a minute of silence (many lists are made when they are asked for), ten minutes in all:
    /// a fetch ends well inside a Lambda's fifteen.
    fn default() -> Self {
        Self {
            max_bytes: 2 << 30,
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(60),
            total_timeout: Duration::from_secs(600),
            max_redirects: 10,
            attempts: 3,
            max_resumes: 20,
            backoff: Backoff::default(),
            max_retry_after: Duration::from_secs(60),
            per_host: 1,
            allow_downgrade: false,
            guard: AddressGuard::public_only(),
        }
    }
}

/// Exponential waits: before try n + 1 the ceiling is `first` × 2^(n-1), at most `longest`.
#[derive(Debug, Clone, PartialEq)]
pub struct Backoff {
    /// Ceiling of the first wait.
    pub first: Duration,
    /// Ceiling of all waits.
    pub longest: Duration,
    /// What is taken off the ceiling.
    pub jitter: Jitter,
}

/// Spreads the retries of many fetches that failed together: a wait is between half its ceiling and all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Jitter {
    /// Random.
    Random,
    /// Repeatable, from a seed.
    Seeded(u64),
    /// Always the ceiling.
    Off,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(20),
            jitter: Jitter::Random,
        }
    }
}

/// The waits of one fetch, one after the other.
#[derive(Debug)]
pub(crate) struct Waits {
    backoff: Backoff,
    random: Option<fastrand::Rng>,
}

impl Backoff {
    pub(crate) fn waits(&self) -> Waits {
        Waits {
            backoff: self.clone(),
            random: match self.jitter {
                Jitter::Random => Some(fastrand::Rng::new()),
                Jitter::Seeded(seed) => Some(fastrand::Rng::with_seed(seed)),
                Jitter::Off => None,
            },
        }
    }
}

impl Waits {
    /// The wait after the `failures`-th failure in a row, counted from 1.
    pub(crate) fn after(&mut self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        let ceiling = self
            .backoff
            .first
            .saturating_mul(1 << doublings)
            .min(self.backoff.longest);
        match &mut self.random {
            Some(random) => ceiling.mul_f64(0.5 + random.f64() / 2.0),
            None => ceiling,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backoff(jitter: Jitter) -> Backoff {
        Backoff {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(5),
            jitter,
        }
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let mut waits = backoff(Jitter::Off).waits();
        let seconds: Vec<_> = [1, 2, 3, 4, 40, u32::MAX].map(|n| waits.after(n).as_secs()).into();
        assert_eq!(seconds, [1, 2, 4, 5, 5, 5]);
    }

    #[test]
    fn jitter_takes_off_up_to_half_and_a_seed_repeats_it() {
        let run = |seed| {
            let mut waits = backoff(Jitter::Seeded(seed)).waits();
            (0..200).map(|_| waits.after(2)).collect::<Vec<_>>()
        };
        let waits = run(7);
        assert_eq!(waits, run(7));
        assert_ne!(waits, run(8));
        assert!(waits.iter().all(|wait| (1.0..=2.0).contains(&wait.as_secs_f64())));
        let mean = waits.iter().sum::<Duration>().as_secs_f64() / 200.0;
        assert!((1.4..1.6).contains(&mean), "{mean}");
    }
}
