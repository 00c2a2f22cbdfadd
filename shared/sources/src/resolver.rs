//! Names to addresses: looked up once, every address checked, and only checked ones handed to the connection.

use std::{
    error::Error as StdError,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use futures::future::{BoxFuture, FutureExt};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;

use crate::guard::{AddressGuard, Refusal, is_localhost};

/// Looks a host name up.
pub trait NameResolver: Send + Sync {
    /// All addresses of `name`.
    fn lookup<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>>;
}

/// The system's resolver (`getaddrinfo`).
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

impl NameResolver for SystemResolver {
    fn lookup<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        }
        .boxed()
    }
}

/// Why a name gave no address to connect to; found again in the error that the connection ends with.
#[derive(Debug, Error)]
pub(crate) enum ResolveError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("{name:?} was not found: {cause}")]
    Lookup { name: String, cause: io::Error },
    #[error("{name:?} has no address")]
    Empty { name: String },
}

/// The resolver that connections use. What it returns is what is connected to: there is no second look-up in which a
/// name server could answer otherwise (DNS rebinding).
pub(crate) struct GuardedResolver {
    names: Arc<dyn NameResolver>,
    guard: AddressGuard,
}

impl GuardedResolver {
    pub(crate) fn new(names: Arc<dyn NameResolver>, guard: AddressGuard) -> Self {
        Self { names, guard }
    }
}

/// The addresses of `name`, all checked. One that is refused refuses the name: a host that is public and private at
/// once is no supplier's.
async fn checked_lookup(
    names: &dyn NameResolver,
    guard: &AddressGuard,
    name: &str,
) -> Result<Vec<IpAddr>, ResolveError> {
    let addresses = if is_localhost(name) {
        guard.localhost_addresses()
    } else {
        names.lookup(name).await.map_err(|cause| ResolveError::Lookup {
            name: name.to_owned(),
            cause,
        })?
    };
    if addresses.is_empty() {
        return Err(ResolveError::Empty { name: name.to_owned() });
    }
    addresses.iter().try_for_each(|address| guard.check(*address))?;
    Ok(addresses)
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (names, guard) = (Arc::clone(&self.names), self.guard.clone());
        Box::pin(async move {
            let addresses = checked_lookup(names.as_ref(), &guard, name.as_str())
                .await
                .map_err(|error| Box::new(error) as Box<dyn StdError + Send + Sync>)?;
            // Port 0 is replaced by the URL's.
            let addresses: Addrs = Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}
