//! A small PDF writer: pages of Courier text, lines and rectangles, measured from the top left corner.
#![allow(dead_code, reason = "each test crate uses a part of it")]

pub(crate) mod truetype;

use std::fmt::Write;

/// Page size in points.
pub(crate) const WIDTH: f32 = 595.0;
pub(crate) const HEIGHT: f32 = 842.0;
/// Width of every Courier letter, in ems.
pub(crate) const LETTER: f32 = 0.6;

/// One page's content.
#[derive(Clone, Default)]
pub(crate) struct Page {
    content: String,
    rotate: i32,
    /// Whether it is a picture: an image over the whole page.
    image: bool,
}

impl Page {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A page that is an image.
    pub(crate) fn image() -> Self {
        Self {
            image: true,
            ..Self::default()
        }
    }

    /// Sets `/Rotate`.
    pub(crate) fn rotated(mut self, degrees: i32) -> Self {
        self.rotate = degrees;
        self
    }

    /// Text that begins at `x`, on the baseline `y`.
    pub(crate) fn text(&mut self, x: f32, y: f32, size: f32, text: &str) -> &mut Self {
        let bytes = literal(text);
        self.raw(&format!(
            "BT /F1 {size} Tf 1 0 0 1 {x} {} Tm ({bytes}) Tj ET",
            HEIGHT - y
        ))
    }

    /// Text that ends at `x`.
    pub(crate) fn text_right(&mut self, x: f32, y: f32, size: f32, text: &str) -> &mut Self {
        self.text(x - width(text, size), y, size, text)
    }

    /// A stroked line.
    pub(crate) fn line(&mut self, x0: f32, y0: f32, x1: f32, y1: f32) -> &mut Self {
        self.raw(&format!("0.5 w {x0} {} m {x1} {} l S", HEIGHT - y0, HEIGHT - y1))
    }

    /// A filled rectangle.
    pub(crate) fn fill(&mut self, x: f32, y: f32, width: f32, height: f32, grey: f32) -> &mut Self {
        self.raw(&format!(
            "{grey} g {x} {} {width} {height} re f 0 g",
            HEIGHT - y - height
        ))
    }

    /// Content operators as they are, in PDF's own coordinates.
    pub(crate) fn raw(&mut self, operators: &str) -> &mut Self {
        self.content.push_str(operators);
        self.content.push('\n');
        self
    }
}

/// Width of a text in points.
pub(crate) fn width(text: &str, size: f32) -> f32 {
    text.chars().count() as f32 * LETTER * size
}

/// A text in WinAnsi as the inside of a PDF string.
fn literal(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '(' | ')' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '€' => out.push_str("\\200"),
            '–' => out.push_str("\\226"),
            '•' => out.push_str("\\225"),
            ' '..='~' => out.push(c),
            c if (c as u32) < 256 => write!(out, "\\{:03o}", c as u32).unwrap(),
            c => panic!("{c} is not in WinAnsi"),
        }
    }
    out
}

/// A file of these pages.
pub(crate) fn pdf(pages: &[Page]) -> Vec<u8> {
    let mut file = File::default();
    let font = file.add("<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>");
    let fonts = format!("/Font << /F1 {font} 0 R >>");
    build(&mut file, pages, &fonts)
}

/// A file of these pages whose font `F1` is an embedded TrueType font, shown by glyph number and without a ToUnicode
/// map.
pub(crate) fn pdf_with_identity_font(pages: &[Page], font_file: &[u8]) -> Vec<u8> {
    let mut file = File::default();
    let data = file.add_stream(&format!("/Length1 {}", font_file.len()), font_file);
    let descriptor = file.add(&format!(
        "<< /Type /FontDescriptor /FontName /Test /Flags 4 /FontBBox [0 -250 1000 750] /ItalicAngle 0 /Ascent 750 \
         /Descent -250 /CapHeight 700 /StemV 80 /FontFile2 {data} 0 R >>"
    ));
    let descendant = file.add(&format!(
        "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Test /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) \
         /Supplement 0 >> /FontDescriptor {descriptor} 0 R /DW 600 /CIDToGIDMap /Identity >>"
    ));
    let font = file.add(&format!(
        "<< /Type /Font /Subtype /Type0 /BaseFont /Test /Encoding /Identity-H /DescendantFonts [{descendant} 0 R] >>"
    ));
    let fonts = format!("/Font << /F1 {font} 0 R >>");
    build(&mut file, pages, &fonts)
}

/// A file with one page whose content is drawn through a form, compressed by nothing.
pub(crate) fn pdf_with_form(form: &Page) -> Vec<u8> {
    let mut file = File::default();
    let font = file.add("<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>");
    let fonts = format!("/Font << /F1 {font} 0 R >>");
    let form = file.add_stream(
        &format!("/Type /XObject /Subtype /Form /BBox [0 0 {WIDTH} {HEIGHT}] /Resources << {fonts} >>"),
        form.content.as_bytes(),
    );
    let mut page = Page::new();
    page.raw("/X1 Do");
    build(&mut file, &[page], &format!("{fonts} /XObject << /X1 {form} 0 R >>"))
}

fn build(file: &mut File, pages: &[Page], resources: &str) -> Vec<u8> {
    let image = file.add_stream(
        "/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8",
        &[0x7F],
    );
    let tree = file.reserve();
    let mut kids = String::new();
    for page in pages {
        let content = if page.image {
            format!("q {WIDTH} 0 0 {HEIGHT} 0 0 cm /Im Do Q")
        } else {
            page.content.clone()
        };
        let content = file.add_stream("", content.as_bytes());
        let resources = if page.image {
            format!("/XObject << /Im {image} 0 R >>")
        } else {
            resources.to_owned()
        };
        let number = file.add(&format!(
            "<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] /Rotate {} /Contents {content} 0 R \
             /Resources << {resources} >> >>",
            page.rotate
        ));
        write!(kids, "{number} 0 R ").unwrap();
    }
    file.set(
        tree,
        &format!("<< /Type /Pages /Kids [{kids}] /Count {} >>", pages.len()),
    );
    let root = file.add(&format!("<< /Type /Catalog /Pages {tree} 0 R >>"));
    file.finish(root)
}

/// Objects of a file under construction.
#[derive(Default)]
pub(crate) struct File {
    objects: Vec<Vec<u8>>,
}

impl File {
    pub(crate) fn reserve(&mut self) -> usize {
        self.objects.push(Vec::new());
        self.objects.len()
    }

    pub(crate) fn set(&mut self, number: usize, body: &str) {
        self.objects[number - 1] = body.as_bytes().to_vec();
    }

    pub(crate) fn add(&mut self, body: &str) -> usize {
        let number = self.reserve();
        self.set(number, body);
        number
    }

    pub(crate) fn add_stream(&mut self, entries: &str, data: &[u8]) -> usize {
        let number = self.reserve();
        let mut body = format!("<< {entries} /Length {} >>\nstream\n", data.len()).into_bytes();
        body.extend_from_slice(data);
        body.extend_from_slice(b"\nendstream");
        self.objects[number - 1] = body;
        number
    }

    pub(crate) fn finish(&self, root: usize) -> Vec<u8> {
        let mut out = b"%PDF-1.5\n%\xE2\xE3\xCF\xD3\n".to_vec();
        let mut offsets = Vec::new();
        for (index, body) in self.objects.iter().enumerate() {
            offsets.push(out.len());
            out.extend_from_slice(format!("{} 0 obj\n", index + 1).as_bytes());
            out.extend_from_slice(body);
            out.extend_from_slice(b"\nendobj\n");
        }
        let xref = out.len();
        let count = self.objects.len() + 1;
        out.extend_from_slice(format!("xref\n0 {count}\n0000000000 65535 f \n").as_bytes());
        for offset in offsets {
            out.extend_from_slice(format!("{offset:010} 00000 n \n").as_bytes());
        }
        out.extend_from_slice(
            format!(
                "trailer\n<< /Size {count} /Root {root} 0 R /ID [<00112233445566778899AABBCCDDEEFF> \
                 <00112233445566778899AABBCCDDEEFF>] >>\nstartxref\n{xref}\n%%EOF\n"
            )
            .as_bytes(),
        );
        out
    }
}
