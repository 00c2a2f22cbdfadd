//! Ports of this machine.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context, Result, bail};

/// Fails with what to do when something listens on `port` already.
pub(crate) fn require_free(port: u16, what: &str, flag: &str) -> Result<()> {
    // Not only on loopback: a server on every interface has the port as well.
    let free = [Ipv4Addr::LOCALHOST, Ipv4Addr::UNSPECIFIED]
        .iter()
        .all(|host| TcpListener::bind((*host, port)).is_ok());
    if !free {
        bail!(
            "port {port}, wanted for {what}, is taken. Stop what listens there (`ss -ltnp | grep :{port}` names it), or \
             pass `{flag} PORT` with another."
        );
    }
    Ok(())
}

/// A port that nothing listens on now.
pub(crate) fn any_free() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    Ok(listener.local_addr()?.port())
}
