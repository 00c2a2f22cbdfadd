//! A TrueType font with empty outlines and a character map: enough to tell which character a glyph stands for.

/// The font, with one glyph for each character, numbered from 1 in the given order.
pub fn font(characters: &[char]) -> Vec<u8> {
    let glyphs = characters.len() as u16 + 1;
    let tables: Vec<(&[u8; 4], Vec<u8>)> = vec![
        (b"cmap", cmap(characters)),
        (b"glyf", vec![0; 4]),
        (b"head", head()),
        (b"hhea", hhea(glyphs)),
        (b"hmtx", (0..glyphs).flat_map(|_| [0x02, 0x58, 0, 0]).collect()),
        (b"loca", vec![0; 2 * (usize::from(glyphs) + 1)]),
        (b"maxp", maxp(glyphs)),
    ];
    let mut font = vec![0, 1, 0, 0];
    font.extend((tables.len() as u16).to_be_bytes());
    font.extend([0, 64, 0, 2, 0, 48]);
    let mut offset = 12 + 16 * tables.len();
    for (tag, table) in &tables {
        font.extend(*tag);
        font.extend(0_u32.to_be_bytes());
        font.extend((offset as u32).to_be_bytes());
        font.extend((table.len() as u32).to_be_bytes());
        offset += table.len().next_multiple_of(4);
    }
    for (_, table) in &tables {
        font.extend(table);
        font.resize(font.len().next_multiple_of(4), 0);
    }
    font
}

fn cmap(characters: &[char]) -> Vec<u8> {
    let mut pairs: Vec<(u16, u16)> = characters
        .iter()
        .enumerate()
        .map(|(index, &c)| (c as u32 as u16, index as u16 + 1))
        .collect();
    pairs.sort_unstable();
    let segments = pairs.len() as u16 + 1;
    let mut table = Vec::new();
    let mut push = |value: u16| table.extend(value.to_be_bytes());
    // Header: one encoding, Windows Unicode.
    [0, 1, 3, 1, 0, 12].into_iter().for_each(&mut push);
    [4, 16 + 8 * segments, 0, 2 * segments, 0, 0, 0]
        .into_iter()
        .for_each(&mut push);
    pairs.iter().for_each(|&(code, _)| push(code));
    push(0xFFFF);
    push(0);
    pairs.iter().for_each(|&(code, _)| push(code));
    push(0xFFFF);
    pairs.iter().for_each(|&(code, glyph)| push(glyph.wrapping_sub(code)));
    push(1);
    (0..segments).for_each(|_| push(0));
    table
}

fn head() -> Vec<u8> {
    let mut table = vec![0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x5F, 0x0F, 0x3C, 0xF5, 0, 0];
    table.extend(1000_u16.to_be_bytes());
    table.resize(54, 0);
    table
}

fn hhea(glyphs: u16) -> Vec<u8> {
    let mut table = vec![0, 1, 0, 0, 0x02, 0xEE, 0xFF, 0x06];
    table.resize(34, 0);
    table.extend(glyphs.to_be_bytes());
    table
}

fn maxp(glyphs: u16) -> Vec<u8> {
    let mut table = vec![0, 1, 0, 0];
    table.extend(glyphs.to_be_bytes());
    table.resize(32, 0);
    table
}
