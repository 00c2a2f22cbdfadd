#![doc = include_str!("../README.md")]

mod cards;
mod columns;
mod continuation;
mod draw;
mod error;
mod font_cmap;
mod furniture;
mod geometry;
mod hayro_source;
mod lattice;
mod limits;
mod listing;
mod open;
mod page;
mod read;
mod rows;
mod ruled;
mod rules;
mod sections;
mod sides;
mod source;
mod stream;
mod table;
mod turn;
mod words;

pub use error::{MissingPage, MissingReason, PdfError};
pub use geometry::BBox;
pub use limits::Limits;
pub use read::read;
pub use table::{Cell, Document, Method, Row, Table, TextLine};
