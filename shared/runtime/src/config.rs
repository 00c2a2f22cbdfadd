//! Configuration from the environment.

use std::{collections::HashMap, str::FromStr};

use thiserror::Error;

/// The variables of a function, read once at its start.
#[derive(Debug, Clone, Default)]
pub struct Config {
    variables: HashMap<String, String>,
}

/// A variable that is missing or wrong.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// Not set, or empty.
    #[error("the environment variable {name} is not set")]
    Missing {
        /// Which one.
        name: &'static str,
    },
    /// Set to something that cannot be used.
    #[error("the environment variable {name} is not valid: {detail}")]
    Invalid {
        /// Which one.
        name: &'static str,
        /// What is wrong with it. Never holds the value of a secret.
        detail: String,
    },
}

impl Config {
    /// The process's environment.
    #[allow(clippy::disallowed_methods, reason = "the only reader of the environment")]
    pub fn from_env() -> Self {
        Self {
            variables: std::env::vars().collect(),
        }
    }

    /// A configuration of these variables, for tests.
    pub fn of<const N: usize>(variables: [(&str, &str); N]) -> Self {
        Self {
            variables: variables
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
        }
    }

    /// The value of a variable that must be set.
    ///
    /// # Errors
    /// It is not.
    pub fn required(&self, name: &'static str) -> Result<&str, ConfigError> {
        self.optional(name).ok_or(ConfigError::Missing { name })
    }

    /// The value of a variable, if it is set and not empty.
    pub fn optional(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// The value of a variable in its type, or `default` where it is not set.
    ///
    /// # Errors
    /// It is set to something else.
    pub fn parsed<T: FromStr>(&self, name: &'static str, default: T) -> Result<T, ConfigError>
    where
        T::Err: std::fmt::Display,
    {
        match self.optional(name) {
            None => Ok(default),
            Some(value) => value.parse().map_err(|error: T::Err| ConfigError::Invalid {
                name,
                detail: error.to_string(),
            }),
        }
    }

    /// Largest price list that is fetched or uploaded, in bytes.
    ///
    /// # Errors
    /// `MAX_FILE_BYTES` is no number.
    pub fn max_file_bytes(&self) -> Result<u64, ConfigError> {
        self.parsed("MAX_FILE_BYTES", 1 << 30)
    }

    /// Largest price list that is analysed, in bytes.
    ///
    /// # Errors
    /// `MAX_READ_BYTES` is no number.
    pub fn max_read_bytes(&self) -> Result<u64, ConfigError> {
        self.parsed("MAX_READ_BYTES", 100 << 20)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_named() {
        let config = Config::of([("MAX_FILE_BYTES", "ten"), ("BUCKET", " ")]);
        assert_eq!(config.required("BUCKET"), Err(ConfigError::Missing { name: "BUCKET" }));
        let error = config.max_file_bytes().unwrap_err().to_string();
        assert!(
            error.contains("MAX_FILE_BYTES") && error.contains("invalid digit"),
            "{error}"
        );
        assert_eq!(Config::default().max_file_bytes(), Ok(1_073_741_824));
        assert_eq!(Config::default().max_read_bytes(), Ok(104_857_600));
    }
}
