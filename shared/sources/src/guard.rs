//! Which addresses a source may reach.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
    sync::Arc,
};

use ipnet::IpNet;
use thiserror::Error;
use url::Host;

use crate::special_ranges::{embedded_ipv4, special_range};

/// Lets a source reach public addresses, and those that the deployment lists on purpose, and no others.
///
/// Written and parsed as the list of what is allowed beside the public: `""` or `"10.20.0.0/16,fd00:1::/64"`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AddressGuard {
    allowed: Arc<[IpNet]>,
}

/// Why an address may not be reached.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The address is not public.
    #[error("{address} is not a public address: {range}")]
    Address {
        /// The address, as the host's name resolved or as written.
        address: IpAddr,
        /// Its block and the source of the rule.
        range: &'static str,
    },
    /// `localhost`, `*.localhost` (RFC 6761), or names that clouds give to their metadata.
    #[error("{name:?} is a name for the machine or the network itself")]
    LocalName {
        /// The name.
        name: String,
    },
    /// `supplier.example.`: the same host under a second name, by which lists of names are evaded.
    #[error("the host name {name:?} ends in a dot")]
    TrailingDot {
        /// The name.
        name: String,
    },
    /// A URL that names no host.
    #[error("the address names no host")]
    NoHost,
}

/// Why a list of allowed networks is not one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not a network in CIDR notation: {0:?} (for example 10.20.0.0/16 or fd00:1::/64, separated by commas)")]
pub struct InvalidAllowList(pub String);

impl AddressGuard {
    /// Public addresses only.
    pub fn public_only() -> Self {
        Self::default()
    }

    /// Public addresses and those in `networks`.
    ///
    /// An address that carries an IPv4 address (mapped, NAT64, 6to4…) passes only if the one inside passes too.
    pub fn allowing(networks: Vec<IpNet>) -> Self {
        Self {
            allowed: networks.into(),
        }
    }

    /// Whether `address` may be connected to.
    ///
    /// # Errors
    /// The block in which the address lies.
    pub fn check(&self, address: IpAddr) -> Result<(), Refusal> {
        if self.lists(address) {
            return match address {
                IpAddr::V6(outer) => embedded_ipv4(outer).map_or(Ok(()), |inner| self.check(inner.into())),
                IpAddr::V4(_) => Ok(()),
            };
        }
        match special_range(address) {
            Some(range) => Err(Refusal::Address { address, range }),
            None => Ok(()),
        }
    }

    fn lists(&self, address: IpAddr) -> bool {
        self.allowed.iter().any(|network| network.contains(&address))
    }

    /// Whether a URL's host may be asked at all: an address by [`AddressGuard::check`]; a name by its text, before it
    /// is resolved. What the name resolves to is checked when it is.
    ///
    /// # Errors
    /// What is wrong with the host.
    pub fn check_host(&self, host: Option<Host<&str>>) -> Result<(), Refusal> {
        match host {
            None => Err(Refusal::NoHost),
            Some(Host::Ipv4(address)) => self.check(address.into()),
            Some(Host::Ipv6(address)) => self.check(address.into()),
            Some(Host::Domain(name)) => self.check_name(name),
        }
    }

    fn check_name(&self, name: &str) -> Result<(), Refusal> {
        if name.ends_with('.') {
            return Err(Refusal::TrailingDot { name: name.to_owned() });
        }
        let local = if is_localhost(name) {
            self.localhost_addresses().is_empty()
        } else {
            METADATA_NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
        };
        if local {
            return Err(Refusal::LocalName { name: name.to_owned() });
        }
        Ok(())
    }

    /// What `localhost` is here: the loopback addresses that are allowed. It is never asked of a name server (RFC
    /// 6761).
    pub(crate) fn localhost_addresses(&self) -> Vec<IpAddr> {
        [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)]
            .into_iter()
            .filter(|address| self.lists(*address))
            .collect()
    }
}

/// Names under which clouds serve credentials; all resolve to refused addresses, unless those were allowed by accident.
const METADATA_NAMES: [&str; 5] = [
    "instance-data",
    "instance-data.ec2.internal",
    "metadata",
    "metadata.google.internal",
    "metadata.goog",
];

/// `localhost` and every name under it, and the names that systems' host files give to loopback.
pub(crate) fn is_localhost(name: &str) -> bool {
    const TOP: [&str; 6] = [
        "localhost",
        "localhost4",
        "localhost6",
        "localdomain",
        "localdomain4",
        "localdomain6",
    ];
    let name = name.to_ascii_lowercase();
    let last = name.rsplit('.').next().unwrap_or_default();
    TOP.contains(&last) || matches!(name.as_str(), "ip6-localhost" | "ip6-loopback")
}

impl FromStr for AddressGuard {
    type Err = InvalidAllowList;

    fn from_str(text: &str) -> Result<Self, InvalidAllowList> {
        text.split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(|item| {
                item.parse::<IpNet>()
                    .or_else(|_| item.parse::<IpAddr>().map(IpNet::from))
                    .map_err(|_| InvalidAllowList(item.chars().take(80).collect()))
            })
            .collect::<Result<Vec<_>, _>>()
            .map(Self::allowing)
    }
}

impl fmt::Display for AddressGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, network) in self.allowed.iter().enumerate() {
            let separator = if index == 0 { "" } else { "," };
            write!(f, "{separator}{network}")?;
        }
        Ok(())
    }
}
