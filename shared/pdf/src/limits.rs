//! What a file may cost before it is refused.

/// Ceilings on the work one file may cause. They bound memory and time without a clock, so the same file always gives
/// the same answer.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Pages read; the rest are reported as [`crate::MissingReason::OverBudget`].
    pub pages: u32,
    /// Indirect objects in the file.
    pub objects: usize,
    /// Bytes that one compressed stream may inflate to.
    pub stream_bytes: usize,
    /// Bytes that all compressed streams together may inflate to, images not counted (they are never decoded).
    pub inflated_bytes: usize,
    /// Words kept in memory over all pages; pages after them are reported as [`crate::MissingReason::OverBudget`].
    pub words: usize,
    /// Drawing operations (glyphs, path segments, images) on one page, and content bytes divided by
    /// [`Limits::BYTES_PER_OPERATION`].
    pub page_operations: usize,
}

impl Limits {
    /// Bytes of page content that count as one operation. The shortest drawing operator with its operands takes about
    /// this much.
    pub const BYTES_PER_OPERATION: usize = 8;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            pages: 5_000,
            objects: 2_000_000,
            stream_bytes: 64 << 20,
            inflated_bytes: 256 << 20,
            words: 2_000_000,
            page_operations: 1_000_000,
        }
    }
}
