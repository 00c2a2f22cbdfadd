//! What one row of a price list says.

use compact_str::CompactString;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Currency, FieldCells, Price};

/// Text of a cell. Up to 24 bytes are kept in place, without an allocation: codes, units, brands, most names.
pub type Text = CompactString;

/// The fields that a column of a price list can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The supplier's own code of the item.
    Sku,
    /// GTIN-8/12/13/14, or what the list calls a barcode.
    Barcode,
    /// What the item is called.
    Name,
    /// Who makes it.
    Brand,
    /// A price; a list may have several.
    Price,
    /// The currency of the price.
    Currency,
    /// Unit of measure in which the item is sold.
    Unit,
    /// How many units a pack holds.
    PackSize,
    /// The least quantity that may be ordered.
    MinimumOrder,
    /// Stock or availability.
    Availability,
    /// Where the item stands in the supplier's range.
    Category,
    /// Anything said of the item beyond its name.
    Description,
}

impl Field {
    /// Every field, each at the place of its number.
    pub const ALL: [Self; 12] = [
        Self::Sku,
        Self::Barcode,
        Self::Name,
        Self::Brand,
        Self::Price,
        Self::Currency,
        Self::Unit,
        Self::PackSize,
        Self::MinimumOrder,
        Self::Availability,
        Self::Category,
        Self::Description,
    ];

    /// The field's name, as stored and as shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sku => "sku",
            Self::Barcode => "barcode",
            Self::Name => "name",
            Self::Brand => "brand",
            Self::Price => "price",
            Self::Currency => "currency",
            Self::Unit => "unit",
            Self::PackSize => "pack_size",
            Self::MinimumOrder => "minimum_order",
            Self::Availability => "availability",
            Self::Category => "category",
            Self::Description => "description",
        }
    }
}

/// One item of a price list, with where each field was read.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListItem {
    /// Where the item stands in the file.
    pub position: Position,
    /// The supplier's code, exactly as shown: leading zeros and remarks kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub sku: Option<Text>,
    /// The barcode's digits, as shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub barcode: Option<Text>,
    /// The item's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub name: Option<Text>,
    /// The item's brand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub brand: Option<Text>,
    /// Section and category names from the outermost in, joined by ` > `.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub category: Option<Text>,
    /// Free text beyond the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub description: Option<Text>,
    /// *The* price, chosen from `prices` by the reader's stated rule; none when the list gives none ("on request").
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// The currency of `price`; none when the list does not say: it is never guessed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Every price of the row under the name its column has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prices: Vec<NamedPrice>,
    /// Unit of measure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    /// Units in a pack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pack_size: Option<Decimal>,
    /// Least quantity that may be ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_order: Option<Decimal>,
    /// Stock or availability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub availability: Option<Availability>,
    /// The cell of each field: `B7` in a sheet, `page 2: 31,118` in a PDF.
    #[serde(default, skip_serializing_if = "FieldCells::is_empty")]
    pub cells: FieldCells,
}

/// Where in the file something stands, as a person counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Position {
    /// The sheet's name, in a workbook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub sheet: Option<Text>,
    /// The page, from 1, in a PDF.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// The row, from 1: of the sheet, of the text file's records, or of the page's table.
    pub row: u32,
}

/// One price of an item under its column's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NamedPrice {
    /// The header of the column, as shown ("Retail incl. VAT", "from 10 pcs").
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub name: Text,
    /// The amount.
    pub price: Price,
    /// The currency, where the list says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
}

/// A unit of measure: the list's word, and its UN/CEFACT Recommendation 20 code where it is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Unit {
    /// As the list has it: `шт`, `kg`, `boîte`.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub original: Text,
    /// UN/CEFACT common code: `H87` piece, `KGM` kilogram, `LTR` litre, `MTR` metre.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub code: Option<Text>,
}

/// What the list says of stock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Availability {
    /// As the list has it: `in stock`, `>100`, `2-3 weeks`.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub original: Text,
    /// What that means.
    pub status: AvailabilityStatus,
    /// The number in stock, where it is given; `>100` gives 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Decimal>,
}

/// Whether an item can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AvailabilityStatus {
    /// Can be delivered now.
    InStock,
    /// Cannot be delivered.
    OutOfStock,
    /// Comes on order or within a stated time.
    OnOrder,
    /// Said, but not understood.
    Unknown,
}

/// A row that could not be read as an item. The rest of the file is unharmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RowError {
    /// Where.
    pub position: Position,
    /// The cell, where it is one cell's fault: `C14`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cell: Option<String>,
    /// The cell's or row's text, shortened.
    pub text: String,
    /// What is wrong with it, as a sentence for a person.
    pub message: String,
}
