//! Workbooks of every kind as grids, one per sheet.

mod archive;
mod ods;
mod spreadsheet_ml;
mod xls;
mod xlsb;
mod xlsx;

pub(crate) use archive::Archive;
pub(crate) use ods::read as read_ods;
pub(crate) use spreadsheet_ml::read as read_spreadsheet_ml;
pub(crate) use xls::read as read_xls;
pub(crate) use xlsb::read as read_xlsb;
pub(crate) use xlsx::read as read_xlsx;
