//! Waiting for what happens in its own time.

use std::fmt::Debug;
use std::time::{Duration, Instant};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(250);

/// Looks again and again until `enough` says so.
///
/// # Panics
/// It did not within `patience`; the message has what was seen last.
pub(crate) async fn until<T: Debug>(
    what: &str,
    patience: Duration,
    mut look: impl AsyncFnMut() -> T,
    enough: impl Fn(&T) -> bool,
) -> T {
    let began = Instant::now();
    loop {
        let seen = look().await;
        if enough(&seen) {
            return seen;
        }
        let waited = began.elapsed();
        assert!(
            waited < patience,
            "waited {} s for {what}; last seen: {seen:#?}",
            waited.as_secs()
        );
        tokio::time::sleep(PAUSE).await;
    }
}
