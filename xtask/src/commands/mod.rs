//! One file per task.

pub(crate) mod bench;
pub(crate) mod coverage;
pub(crate) mod demo;
pub(crate) mod down;
pub(crate) mod logs;
pub(crate) mod package;
pub(crate) mod screenshots;
pub(crate) mod style;
pub(crate) mod test;
pub(crate) mod types;
pub(crate) mod up;
