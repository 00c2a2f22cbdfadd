#![doc = include_str!("../README.md")]

mod clients;
mod config;
mod lease;

pub use clients::Clients;
pub use config::{Config, ConfigError};
pub use lambda_runtime::tracing::init_default_subscriber as init_telemetry;
pub use lease::lease_until;
