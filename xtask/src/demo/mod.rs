//! The demo: suppliers that do not exist, their price lists, and what shows how they are worked on.

pub(crate) mod admin_api;
pub(crate) mod board;
pub(crate) mod lists;
mod pdf_writer;
mod products;
pub(crate) mod supplier_site;
