#![doc = include_str!("../README.md")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that asks for what cannot be written fails by panicking"
)]

pub mod truetype;

use std::fmt::Write;

/// Width of a page in points.
pub const WIDTH: f32 = 595.0;
/// Height of a page in points.
pub const HEIGHT: f32 = 842.0;
/// Width of every Courier letter, in ems.
pub const LETTER: f32 = 0.6;

/// One page's content.
#[derive(Clone, Debug, Default)]
pub struct Page {
    content: String,
    rotate: i32,
    /// What of the page is shown, in PDF's own coordinates.
    crop_box: Option<[f32; 4]>,
    /// Whether it is a picture: an image over the whole page.
    image: bool,
}

impl Page {
    /// An empty page.
    pub fn new() -> Self {
        Self::default()
    }

    /// A page that is an image; what is written on it lies over the image.
    pub fn image() -> Self {
        Self {
            image: true,
            ..Self::default()
        }
    }

    /// Sets `/Rotate`.
    pub fn rotated(mut self, degrees: i32) -> Self {
        self.rotate = degrees;
        self
    }

    /// Shows only this part of the page: left, top, right and bottom.
    pub fn cropped(mut self, x0: f32, y0: f32, x1: f32, y1: f32) -> Self {
        self.crop_box = Some([x0, HEIGHT - y1, x1, HEIGHT - y0]);
        self
    }

    /// Text that begins at `x`, on the baseline `y`, in the font `F1`; written in WinAnsi.
    pub fn text(&mut self, x: f32, y: f32, size: f32, text: &str) -> &mut Self {
        let bytes = literal(text);
        self.raw(&format!(
            "BT /F1 {size} Tf 1 0 0 1 {x} {} Tm ({bytes}) Tj ET",
            HEIGHT - y
        ))
    }

    /// Text that begins at `x`, on the baseline `y`, in the font `F1`, as the codes of its characters: two bytes each.
    pub fn codes(&mut self, x: f32, y: f32, size: f32, codes: impl IntoIterator<Item = u16>) -> &mut Self {
        let codes: String = codes.into_iter().map(|code| format!("{code:04X}")).collect();
        self.raw(&format!(
            "BT /F1 {size} Tf 1 0 0 1 {x} {} Tm <{codes}> Tj ET",
            HEIGHT - y
        ))
    }

    /// Text that ends at `x`.
    pub fn text_right(&mut self, x: f32, y: f32, size: f32, text: &str) -> &mut Self {
        self.text(x - width(text, size), y, size, text)
    }

    /// A stroked line.
    pub fn line(&mut self, x0: f32, y0: f32, x1: f32, y1: f32) -> &mut Self {
        self.raw(&format!("0.5 w {x0} {} m {x1} {} l S", HEIGHT - y0, HEIGHT - y1))
    }

    /// A filled rectangle.
    pub fn fill(&mut self, x: f32, y: f32, width: f32, height: f32, grey: f32) -> &mut Self {
        self.raw(&format!(
            "{grey} g {x} {} {width} {height} re f 0 g",
            HEIGHT - y - height
        ))
    }

    /// Content operators as they are, in PDF's own coordinates.
    pub fn raw(&mut self, operators: &str) -> &mut Self {
        self.content.push_str(operators);
        self.content.push('\n');
        self
    }
}

/// Width of a text in points.
pub fn width(text: &str, size: f32) -> f32 {
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

/// Courier in the encoding that PDF calls WinAnsi.
const COURIER: &str = "<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>";

/// A file of these pages, set in Courier.
pub fn pdf(pages: &[Page]) -> Vec<u8> {
    pdf_with_font(pages, |file| file.add(COURIER))
}

/// A file of these pages; `font` adds the objects of font `F1` and gives the font's number.
pub fn pdf_with_font(pages: &[Page], font: impl FnOnce(&mut File) -> usize) -> Vec<u8> {
    let mut file = File::default();
    let font = font(&mut file);
    build(&mut file, pages, &format!("/Font << /F1 {font} 0 R >>"))
}

/// Adds an embedded TrueType font that is shown by glyph number and has no ToUnicode map.
pub fn identity_font(file: &mut File, font_file: &[u8]) -> usize {
    let data = file.add_stream(&format!("/Length1 {}", font_file.len()), font_file);
    let descriptor = file.add(&format!(
        "<< /Type /FontDescriptor /FontName /Test /Flags 4 /FontBBox [0 -250 1000 750] /ItalicAngle 0 /Ascent 750 \
         /Descent -250 /CapHeight 700 /StemV 80 /FontFile2 {data} 0 R >>"
    ));
    let descendant = file.add(&format!(
        "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Test /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) \
         /Supplement 0 >> /FontDescriptor {descriptor} 0 R /DW 600 /CIDToGIDMap /Identity >>"
    ));
    file.add(&format!(
        "<< /Type /Font /Subtype /Type0 /BaseFont /Test /Encoding /Identity-H /DescendantFonts [{descendant} 0 R] >>"
    ))
}

/// Adds a font that is not embedded and whose codes are UCS-2: `ordering` is one of Adobe's character collections (GB1,
/// CNS1, Japan1, Korea1), `cmap` its predefined character map (PDF 32000-1, table 118), each character an em wide.
pub fn unembedded_font(file: &mut File, name: &str, ordering: &str, cmap: &str) -> usize {
    let descriptor = file.add(&format!(
        "<< /Type /FontDescriptor /FontName /{name} /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 880 \
         /Descent -120 /CapHeight 880 /StemV 93 >>"
    ));
    let descendant = file.add(&format!(
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /{name} /CIDSystemInfo << /Registry (Adobe) \
         /Ordering ({ordering}) /Supplement 2 >> /FontDescriptor {descriptor} 0 R /DW 1000 >>"
    ));
    file.add(&format!(
        "<< /Type /Font /Subtype /Type0 /BaseFont /{name} /Encoding /{cmap} /DescendantFonts [{descendant} 0 R] >>"
    ))
}

/// Adds Courier in an encoding of its own: each code that `differences` names shows that glyph, and `to_unicode` says
/// what characters a code stands for.
pub fn courier_with(file: &mut File, differences: &[(u8, &str)], to_unicode: &[(u8, &str)]) -> usize {
    let names: String = differences
        .iter()
        .map(|(code, name)| format!("{code} /{name} "))
        .collect();
    let mut map = String::from(
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def\n\
         1 begincodespacerange <00> <FF> endcodespacerange\n",
    );
    writeln!(map, "{} beginbfchar", to_unicode.len()).unwrap();
    for (code, text) in to_unicode {
        let text: String = text.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
        writeln!(map, "<{code:02X}> <{text}>").unwrap();
    }
    map.push_str("endbfchar endcmap end end");
    let to_unicode = if to_unicode.is_empty() {
        String::new()
    } else {
        format!("/ToUnicode {} 0 R", file.add_stream("", map.as_bytes()))
    };
    file.add(&format!(
        "<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding << /Type /Encoding /BaseEncoding /WinAnsiEncoding \
         /Differences [{names}] >> {to_unicode} >>"
    ))
}

/// A file with one page whose content is drawn through a form, compressed by nothing.
pub fn pdf_with_form(form: &Page) -> Vec<u8> {
    let mut file = File::default();
    let font = file.add(COURIER);
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
            format!("q {WIDTH} 0 0 {HEIGHT} 0 0 cm /Im Do Q\n{}", page.content)
        } else {
            page.content.clone()
        };
        let content = file.add_stream("", content.as_bytes());
        let resources = if page.image {
            format!("/XObject << /Im {image} 0 R >> {resources}")
        } else {
            resources.to_owned()
        };
        let crop = page.crop_box.map_or_else(String::new, |[x0, y0, x1, y1]| {
            format!("/CropBox [{x0} {y0} {x1} {y1}]")
        });
        let number = file.add(&format!(
            "<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] {crop} /Rotate {} /Contents {content} 0 R \
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
#[derive(Debug, Default)]
pub struct File {
    objects: Vec<Vec<u8>>,
}

impl File {
    /// A number for an object that is written later.
    pub fn reserve(&mut self) -> usize {
        self.objects.push(Vec::new());
        self.objects.len()
    }

    /// Writes an object whose number was reserved.
    pub fn set(&mut self, number: usize, body: &str) {
        self.objects[number - 1] = body.as_bytes().to_vec();
    }

    /// Adds an object and gives its number.
    pub fn add(&mut self, body: &str) -> usize {
        let number = self.reserve();
        self.set(number, body);
        number
    }

    /// Adds a stream: further entries of its dictionary, and its bytes as they are.
    pub fn add_stream(&mut self, entries: &str, data: &[u8]) -> usize {
        let number = self.reserve();
        let mut body = format!("<< {entries} /Length {} >>\nstream\n", data.len()).into_bytes();
        body.extend_from_slice(data);
        body.extend_from_slice(b"\nendstream");
        self.objects[number - 1] = body;
        number
    }

    /// The whole file, with its cross-reference table.
    pub fn finish(&self, root: usize) -> Vec<u8> {
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
