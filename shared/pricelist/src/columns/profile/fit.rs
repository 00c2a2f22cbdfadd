//! How well a column's cells fit a role.

use super::Profile;
use crate::dictionary::Role;

impl Profile {
    /// How well the cells fit a role, from about -4 to 2. Rules of thumb about price lists in general.
    pub(crate) fn fit(&self, role: Role) -> f64 {
        let amounts = self.share(self.amounts);
        let letters = self.letters_share();
        let distinct = self.distinct_share();
        match role {
            Role::Price(_) => {
                let readable = self.share(self.amounts + self.on_request);
                if readable < 0.5 {
                    return -4.0;
                }
                let mut fit =
                    1.2 * (readable - 0.5) + 1.0 * self.share(self.with_currency) + 0.4 * self.share(self.fractions);
                fit += 0.3 * distinct.min(0.5) + 0.2 * self.fill();
                fit += 0.3 * self.share(self.with_decimals.saturating_sub(self.fractions));
                fit -= if self.is_sequence() { 2.0 } else { 0.0 };
                fit -= 3.0 * self.share(self.long_digits);
                fit -= if self.zeros == self.filled {
                    2.0
                } else {
                    0.5 * self.share(self.zeros)
                };
                fit -= 0.4 * self.share(self.small_integers);
                fit -= 2.0 * self.share(self.is_date);
                fit
            }
            Role::Name => {
                if letters < 0.3 {
                    return -1.5;
                }
                let mut fit = 0.3 * letters + 0.15 * self.words().min(4.0) + 0.7 * distinct + 0.2 * self.fill();
                fit += if self.length() > 12.0 { 0.15 } else { 0.0 };
                fit -= 3.0 * self.share(self.links)
                    + 1.2 * self.share(self.unit_words)
                    + 0.8 * self.share(self.stock_words);
                fit -= if self.distinct <= 1 && self.filled > 3 {
                    1.0
                } else {
                    0.0
                };
                fit -= if self.length() > 200.0 { 0.6 } else { 0.0 };
                fit -= if self.fill() < 0.3 { 0.5 } else { 0.0 };
                fit
            }
            Role::Sku => {
                let mut fit = 0.5 * self.share(self.code_like) + 0.6 * distinct + 0.1 * self.fill();
                fit -= if self.is_sequence() { 1.2 } else { 0.0 };
                fit -= if self.length() > 25.0 { 1.0 } else { 0.0 };
                fit -= 0.4 * (self.words() - 1.0).clamp(0.0, 3.0);
                fit -= 0.8 * (1.0 - distinct).max(0.0) * if distinct < 0.5 { 1.0 } else { 0.0 };
                fit -= 1.0 * self.share(self.fractions.max(self.with_decimals));
                // Few digits, or round thousands, are rather what something costs than what it is called.
                fit -= if self.digits_share() > 0.9 && self.length() <= 4.0 {
                    0.6
                } else {
                    0.0
                };
                fit -= 0.6 * self.share(self.round_thousands);
                fit -= 1.0 * self.share(self.with_currency)
                    + 1.0 * self.share(self.unit_words)
                    + 3.0 * self.share(self.links);
                fit -= 1.5 * self.share(self.is_date);
                fit -= 0.5 * self.share(self.small_integers);
                fit
            }
            Role::Barcode => {
                if self.gtin_share() > 0.5 {
                    1.0 + 0.8 * self.gtin_share()
                } else {
                    -1.0 - letters
                }
            }
            Role::Brand => {
                let mut fit = 0.3 * letters - if amounts > 0.5 { 1.5 } else { 0.0 };
                fit -= if self.words() > 3.0 { 0.5 } else { 0.0 };
                fit + if distinct < 0.4 { 0.2 } else { -0.2 }
            }
            Role::Currency => {
                if self.share(self.currency_codes) > 0.7 {
                    1.6
                } else {
                    -2.5
                }
            }
            Role::Unit => {
                let words = self.share(self.unit_words);
                let units = self.share(self.units);
                if units > 0.5 {
                    0.6 + 0.7 * words.max(units - 0.2)
                } else if amounts > 0.5 || (units == 0.0 && self.words() >= 3.0) {
                    -2.5
                } else if units == 0.0 && words == 0.0 {
                    // Units of a language unknown here, or something else that the header speaks of.
                    -0.9
                } else if distinct > 0.5 && self.filled > 10 {
                    -0.5
                } else {
                    0.0
                }
            }
            Role::PackSize => {
                if self.share(self.with_digit) > 0.6 && self.share(self.fractions) < 0.5 {
                    0.2 + 0.2 * self.share(self.integers)
                } else {
                    -1.0
                }
            }
            Role::MinimumOrder => {
                if self.share(self.with_digit) > 0.6 {
                    0.2
                } else {
                    -1.0
                }
            }
            Role::Availability => {
                let stock = self.share(self.stock_words);
                let mut fit = 1.1 * stock + 0.3 * self.share(self.integers);
                // A till counts below zero what it sold before it came in.
                let counts = amounts + self.share(self.negatives);
                fit -= if stock < 0.2 && counts < 0.4 { 1.0 } else { 0.0 };
                fit -= 0.8 * self.share(self.fractions)
                    + self.share(self.with_currency)
                    + 2.0 * self.share(self.long_digits);
                fit += 0.25 * self.share(self.small_integers);
                fit -= if self.is_sequence() { 1.0 } else { 0.0 };
                fit
            }
            Role::Category => {
                let mut fit = 0.3 * letters + 0.2 * self.fill();
                fit += if distinct < 0.3 { 0.5 } else { -0.6 * distinct };
                fit -= if amounts > 0.5 { 1.2 } else { 0.0 };
                fit -= if self.length() > 60.0 { 0.6 } else { 0.0 };
                fit -= 1.0 * self.share(self.unit_words)
                    + 1.5 * self.share(self.stock_words)
                    + 2.0 * self.share(self.links);
                fit - 1.5 * self.share(self.currency_codes)
            }
            Role::Description => {
                let long = (self.length() / 80.0).min(1.0);
                0.3 * long + 0.1 * letters - if amounts > 0.5 { 1.0 } else { 0.0 } - self.share(self.links)
            }
            Role::RowNumber => {
                // "Line" and "position" head names of goods as well as numbers of rows.
                if letters > 0.5 {
                    -4.0
                } else if self.is_sequence() {
                    1.5
                } else if self.share(self.integers) > 0.8 && distinct > 0.9 {
                    0.0
                } else {
                    -1.0
                }
            }
            Role::OrderQuantity | Role::Total => {
                let mut fit = if amounts > 0.5 { 0.3 } else { -0.3 };
                fit += if self.zeros * 2 > self.filled { 0.5 } else { 0.0 };
                fit
            }
            Role::Link => 1.5 * self.share(self.links),
            Role::Date => self.share(self.is_date),
            Role::Measure | Role::Rate => {
                if self.share(self.with_digit) < 0.3 {
                    -1.2
                } else {
                    0.0
                }
            }
            Role::PriceBasis => {
                if self.share(self.powers_of_ten) > 0.95 {
                    1.5
                } else {
                    -4.0
                }
            }
            Role::Attribute => 0.0,
        }
    }
}
