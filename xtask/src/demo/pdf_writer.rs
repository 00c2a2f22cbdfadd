//! The little of PDF that a printed table needs: pages of A4 with lines, and text in two standard fonts.

use std::fmt::Write;

/// Helvetica, in the encoding that PDF calls WinAnsi.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Font {
    Regular,
    Bold,
}

/// A page under way. Coordinates are points from the lower left corner of A4 (595 × 842).
#[derive(Debug)]
pub(crate) struct Page {
    content: Vec<u8>,
}

/// A document under way.
#[derive(Debug)]
pub(crate) struct Document {
    pages: Vec<Page>,
}

impl Page {
    pub(crate) fn new() -> Self {
        Self {
            content: b"0.5 w\n".to_vec(),
        }
    }

    /// Writes one line of text with its baseline at `y`. Characters outside Windows-1252 become question marks.
    pub(crate) fn text(&mut self, x: f32, y: f32, font: Font, size: f32, text: &str) {
        let name = match font {
            Font::Regular => "F1",
            Font::Bold => "F2",
        };
        self.content
            .extend(format!("BT /{name} {size} Tf {x:.1} {y:.1} Td (").bytes());
        for character in text.chars() {
            let mut buffer = [0; 4];
            let (bytes, _, unmappable) = encoding_rs::WINDOWS_1252.encode(character.encode_utf8(&mut buffer));
            match (unmappable, bytes.as_ref()) {
                (false, [byte @ (b'(' | b')' | b'\\')]) => self.content.extend([b'\\', *byte]),
                (false, [byte]) => self.content.push(*byte),
                _ => self.content.push(b'?'),
            }
        }
        self.content.extend(b") Tj ET\n");
    }

    /// Draws a straight line.
    pub(crate) fn line(&mut self, from_x: f32, from_y: f32, to_x: f32, to_y: f32) {
        self.content
            .extend(format!("{from_x:.1} {from_y:.1} m {to_x:.1} {to_y:.1} l S\n").bytes());
    }
}

impl Document {
    pub(crate) fn new() -> Self {
        Self { pages: Vec::new() }
    }

    pub(crate) fn page_count(&self) -> usize {
        self.pages.len()
    }

    pub(crate) fn add(&mut self, page: Page) {
        self.pages.push(page);
    }

    /// The file: catalog, page tree, two fonts, then each page and its content, and the table of where they lie.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        const FIRST_PAGE: usize = 5;
        let font =
            |name: &str| format!("<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>");
        let mut kids = String::new();
        for page in 0..self.pages.len() {
            let _ = write!(kids, "{} 0 R ", FIRST_PAGE + page * 2);
        }
        let mut objects: Vec<Vec<u8>> = vec![
            b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
            format!("<< /Type /Pages /Kids [ {kids}] /Count {} >>", self.pages.len()).into_bytes(),
            font("Helvetica").into_bytes(),
            font("Helvetica-Bold").into_bytes(),
        ];
        for (index, page) in self.pages.into_iter().enumerate() {
            let content = FIRST_PAGE + index * 2 + 1;
            let about = format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R \
                 /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>"
            );
            objects.push(about.into_bytes());
            let mut stream = format!("<< /Length {} >>\nstream\n", page.content.len()).into_bytes();
            stream.extend(page.content);
            stream.extend(b"\nendstream");
            objects.push(stream);
        }
        assemble(&objects)
    }
}

fn assemble(objects: &[Vec<u8>]) -> Vec<u8> {
    // The comment's high bytes say that the file is binary.
    let mut file = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut offsets = Vec::with_capacity(objects.len());
    for (index, object) in objects.iter().enumerate() {
        offsets.push(file.len());
        file.extend(format!("{} 0 obj\n", index + 1).bytes());
        file.extend(object);
        file.extend(b"\nendobj\n");
    }
    let table = file.len();
    file.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
    for offset in offsets {
        file.extend(format!("{offset:010} 00000 n \n").bytes());
    }
    file.extend(
        format!(
            "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n",
            objects.len() + 1
        )
        .bytes(),
    );
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_object_lies_where_the_table_says() {
        let mut page = Page::new();
        page.text(10.0, 10.0, Font::Regular, 9.0, "Price € (net) \\ Ж");
        let mut document = Document::new();
        document.add(page);
        let file = document.into_bytes();
        let text: String = file.iter().map(|byte| char::from(*byte)).collect();
        let offsets: Vec<usize> = text
            .lines()
            .filter(|line| line.ends_with(" 00000 n "))
            .map(|line| line[..10].parse().unwrap())
            .collect();
        assert_eq!(offsets.len(), 6);
        for (index, offset) in offsets.iter().enumerate() {
            assert!(file[*offset..].starts_with(format!("{} 0 obj", index + 1).as_bytes()));
        }
        assert!(text.contains("(Price \u{80} \\(net\\) \\\\ ?) Tj"));
    }
}
