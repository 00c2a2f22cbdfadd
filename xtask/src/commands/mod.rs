//! One file per task.

pub(crate) mod demo;
pub(crate) mod down;
pub(crate) mod logs;
pub(crate) mod up;
