//! Prices and currencies.

use std::{fmt, str::FromStr};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A price as the list gives it: a non-negative decimal, never a float. Serialises as a string with a `.`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Decimal", into = "Decimal")]
pub struct Price(Decimal);

/// Why a decimal is no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a price is never negative: {0}")]
pub struct NegativePrice(pub Decimal);

impl Price {
    /// The price as a decimal.
    pub fn amount(self) -> Decimal {
        self.0
    }
}

impl TryFrom<Decimal> for Price {
    type Error = NegativePrice;

    fn try_from(amount: Decimal) -> Result<Self, NegativePrice> {
        if amount.is_sign_negative() && !amount.is_zero() {
            Err(NegativePrice(amount))
        } else if u64::try_from(amount.mantissa()).is_ok_and(|digits| digits % 10 != 0) {
            // No zeros at its end, as nearly always: it is in its normal form.
            Ok(Self(amount))
        } else {
            Ok(Self(amount.normalize()))
        }
    }
}

impl From<Price> for Decimal {
    fn from(price: Price) -> Self {
        price.0
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An ISO 4217 alphabetic code. Only the shape is checked: lists use codes that are no longer current.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// Why a text is no currency code.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a currency is three letters (ISO 4217), such as EUR: {0:?}")]
pub struct InvalidCurrency(pub String);

impl Currency {
    /// The code, three upper-case letters.
    pub fn code(&self) -> &str {
        // Only ASCII letters are ever stored, so there is always a text.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for Currency {
    type Err = InvalidCurrency;

    fn from_str(text: &str) -> Result<Self, InvalidCurrency> {
        let upper = text.trim().to_ascii_uppercase();
        match upper.as_bytes() {
            [a, b, c] if upper.bytes().all(|byte| byte.is_ascii_uppercase()) => Ok(Self([*a, *b, *c])),
            _ => Err(InvalidCurrency(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = InvalidCurrency;

    fn try_from(text: String) -> Result<Self, InvalidCurrency> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_a_decimal_string_and_never_negative() {
        let price: Price = serde_json::from_str("\"12.50\"").unwrap();
        assert_eq!(serde_json::to_string(&price).unwrap(), "\"12.5\"");
        assert!(serde_json::from_str::<Price>("\"-0.01\"").is_err());
    }

    #[test]
    fn a_currency_is_three_letters() {
        assert_eq!("eur".parse::<Currency>().unwrap().code(), "EUR");
        assert!("€".parse::<Currency>().is_err());
        assert!("EURO".parse::<Currency>().is_err());
    }
}
