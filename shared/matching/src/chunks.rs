//! A text cut into runs of letters and digits, before any of them is read.

/// A run of letters and digits, with single `-`, `/`, `.`, `_` or `,` inside it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chunk<'a> {
    pub(crate) text: &'a str,
    /// The character after the run and any spaces: inch marks and the like.
    pub(crate) mark: Option<char>,
    /// Whether the next chunk follows with nothing but spaces or a hyphen between.
    pub(crate) joined: bool,
    /// Whether an apostrophe stands right before it, and nothing before that.
    pub(crate) shortened: bool,
}

impl Chunk<'_> {
    /// `'17` is 2017, `'98` is 1998.
    pub(crate) fn shortened_year(&self) -> Option<u16> {
        let digits = self.shortened && self.text.len() == 2 && self.mark != Some('"');
        let year: u16 = digits.then(|| self.text.parse().ok()).flatten()?;
        Some(if year < 50 { 2000 + year } else { 1900 + year })
    }
}

/// The runs of a text, in order.
pub(crate) fn chunks(text: &str) -> Vec<Chunk<'_>> {
    let mut chunks: Vec<Chunk<'_>> = Vec::new();
    let mut start = None;
    let mut characters = text.char_indices().peekable();
    let mut gap_is_plain = true;
    while let Some((at, c)) = characters.next() {
        if c.is_alphanumeric() {
            if start.is_none() {
                start = Some(at);
                if let Some(previous) = chunks.last_mut() {
                    previous.joined = gap_is_plain;
                }
            }
            continue;
        }
        let next = characters.peek().map(|(_, next)| *next);
        let inside = start.is_some()
            && next.is_some_and(char::is_alphanumeric)
            && match c {
                '-' | '/' | '.' | '_' => true,
                ',' => text[..at].ends_with(|d: char| d.is_ascii_digit()) && next.is_some_and(|d| d.is_ascii_digit()),
                _ => false,
            };
        if inside {
            continue;
        }
        if let Some(from) = start.take() {
            let mark = text[at..].chars().find(|c| *c != ' ');
            chunks.push(Chunk {
                text: &text[from..at],
                mark,
                joined: false,
                shortened: is_shortened(&text[..from]),
            });
            gap_is_plain = true;
        }
        gap_is_plain &= matches!(c, ' ' | '-' | '.');
    }
    if let Some(from) = start {
        chunks.push(Chunk {
            text: &text[from..],
            mark: None,
            joined: false,
            shortened: is_shortened(&text[..from]),
        });
    }
    chunks
}

fn is_shortened(before: &str) -> bool {
    before
        .strip_suffix('\'')
        .is_some_and(|before| before.is_empty() || before.ends_with(' '))
}
