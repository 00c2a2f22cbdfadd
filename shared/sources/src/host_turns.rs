//! How many fetches from one host run at once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Turns by host and port. Only the source's own host is counted, not those that it redirects to: a fetch that holds
/// one turn while it waits for another could wait for one that waits for it.
#[derive(Debug)]
pub(crate) struct HostTurns {
    per_host: usize,
    hosts: Mutex<HashMap<String, Weak<Semaphore>>>,
}

/// A turn; its host's next fetch begins when it is dropped.
pub(crate) type Turn = OwnedSemaphorePermit;

impl HostTurns {
    pub(crate) fn new(per_host: usize) -> Self {
        Self {
            per_host: per_host.clamp(1, Semaphore::MAX_PERMITS),
            hosts: Mutex::default(),
        }
    }

    /// Waits for a turn. None only if the semaphore were closed, which nothing does.
    pub(crate) async fn take(&self, host: String) -> Option<Turn> {
        self.semaphore(host).acquire_owned().await.ok()
    }

    fn semaphore(&self, host: String) -> Arc<Semaphore> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(semaphore) = hosts.get(&host).and_then(Weak::upgrade) {
            return semaphore;
        }
        hosts.retain(|_, semaphore| semaphore.strong_count() > 0);
        let semaphore = Arc::new(Semaphore::new(self.per_host));
        hosts.insert(host, Arc::downgrade(&semaphore));
        semaphore
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::timeout;

    #[tokio::test(start_paused = true)]
    async fn a_host_s_next_fetch_waits_and_other_hosts_do_not() {
        let turns = HostTurns::new(1);
        let wait = Duration::from_secs(1);
        let first = turns.take("a:443".into()).await;
        assert!(first.is_some());
        assert!(timeout(wait, turns.take("b:443".into())).await.is_ok());
        assert!(timeout(wait, turns.take("a:443".into())).await.is_err());
        drop(first);
        assert!(timeout(wait, turns.take("a:443".into())).await.is_ok());
    }

    #[tokio::test]
    async fn hosts_that_nobody_uses_are_forgotten() {
        let turns = HostTurns::new(0);
        for host in 0..100 {
            assert!(turns.take(host.to_string()).await.is_some());
        }
        assert_eq!(turns.hosts.lock().unwrap().len(), 1);
    }
}
