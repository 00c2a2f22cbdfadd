//! From bytes to text: the encoding is decided by evidence over the whole sample, not by the first odd byte.

mod plausibility;

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use self::plausibility::is_control;
pub(crate) use self::plausibility::plausibility;

/// Text with the encoding it was in.
#[derive(Debug, Clone)]
pub(crate) struct Decoded<'a> {
    pub(crate) text: Cow<'a, str>,
    /// WHATWG name in lower case: `utf-8`, `windows-1251`.
    pub(crate) encoding: String,
    /// Characters that could not be decoded.
    pub(crate) replaced: usize,
}

/// How much of a long file the encoding is decided on.
const SAMPLE: usize = 256 << 10;

/// Single-byte encodings and the multi-byte ones of East Asia that price lists come in beside Unicode.
const LEGACY: &[&Encoding] = &[
    encoding_rs::WINDOWS_1252,
    encoding_rs::WINDOWS_1251,
    encoding_rs::WINDOWS_1250,
    encoding_rs::ISO_8859_2,
    encoding_rs::KOI8_U,
    encoding_rs::IBM866,
    encoding_rs::ISO_8859_5,
    encoding_rs::WINDOWS_1253,
    encoding_rs::WINDOWS_1254,
    encoding_rs::WINDOWS_1257,
    encoding_rs::WINDOWS_1255,
    encoding_rs::WINDOWS_1256,
    encoding_rs::GB18030,
    encoding_rs::BIG5,
    encoding_rs::SHIFT_JIS,
    encoding_rs::EUC_JP,
    encoding_rs::EUC_KR,
    encoding_rs::MACINTOSH,
];

/// Decodes a text file.
pub(crate) fn decode(bytes: &[u8]) -> Decoded<'_> {
    let (encoding, skip) = detect(bytes);
    let body = bytes.get(skip..).unwrap_or_default();
    let (text, _) = encoding.decode_without_bom_handling(body);
    let replaced = if matches!(text, Cow::Borrowed(_)) {
        0
    } else {
        text.matches('\u{fffd}').count()
    };
    Decoded {
        text,
        encoding: encoding.name().to_ascii_lowercase(),
        replaced,
    }
}

/// The first `bytes` of a text file, decoded.
pub(crate) fn head(bytes: &[u8], length: usize) -> String {
    let head = bytes.get(..length.min(bytes.len())).unwrap_or_default();
    let (encoding, skip) = detect(head);
    encoding
        .decode_without_bom_handling(head.get(skip..).unwrap_or_default())
        .0
        .into_owned()
}

/// The encoding, and the length of the byte order mark.
pub(crate) fn detect(bytes: &[u8]) -> (&'static Encoding, usize) {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return (encoding, length);
    }
    let sample = bytes.get(..bytes.len().min(SAMPLE)).unwrap_or_default();
    if let Some(encoding) = is_utf16(sample) {
        return (encoding, 0);
    }
    if utf8_with_few_faults(bytes) {
        return (UTF_8, 0);
    }
    (legacy(bytes), 0)
}

/// UTF-16 without a mark: of Latin, digits and separators every other byte is zero; of Cyrillic and Greek the high byte
/// repeats.
pub(crate) fn is_utf16(sample: &[u8]) -> Option<&'static Encoding> {
    match Encoding::for_bom(sample) {
        Some((encoding, _)) => return (encoding != UTF_8).then_some(encoding),
        None if sample.len() < 4 => return None,
        None => {}
    }
    let (mut even, mut odd) = (0usize, 0usize);
    for pair in sample.chunks_exact(2) {
        if let [first, second] = pair {
            even += usize::from(*first == 0);
            odd += usize::from(*second == 0);
        }
    }
    let pairs = sample.len() / 2;
    let encoding = if odd * 5 > pairs && even * 20 < pairs {
        UTF_16LE
    } else if even * 5 > pairs && odd * 20 < pairs {
        UTF_16BE
    } else {
        return None;
    };
    let (text, _) = encoding.decode_without_bom_handling(sample);
    let odd_chars = text
        .chars()
        .filter(|char| *char == '\u{fffd}' || is_control(*char))
        .count();
    (odd_chars * 50 <= pairs).then_some(encoding)
}

/// Whether the bytes are UTF-8 but for a few broken ones: damage does not change an encoding.
fn utf8_with_few_faults(bytes: &[u8]) -> bool {
    let (mut faults, mut multi, mut rest) = (0usize, 0usize, bytes);
    loop {
        match std::str::from_utf8(rest) {
            Ok(_) if faults == 0 => return true,
            Ok(text) => {
                multi += text.chars().filter(|char| !char.is_ascii()).count();
                break;
            }
            Err(error) => {
                let (valid, after) = rest.split_at_checked(error.valid_up_to()).unwrap_or((rest, &[]));
                multi += std::str::from_utf8(valid).map_or(0, |text| text.chars().filter(|c| !c.is_ascii()).count());
                faults += 1;
                if faults > 200 {
                    return false;
                }
                match after.get(error.error_len().unwrap_or(after.len())..) {
                    Some(next) if !next.is_empty() => rest = next,
                    _ => break,
                }
            }
        }
    }
    multi >= faults * 4
}

/// The legacy encoding whose reading looks most like words.
fn legacy(bytes: &[u8]) -> &'static Encoding {
    let sample = non_ascii_lines(bytes);
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(&sample, true);
    let guess = detector.guess(None, chardetng::Utf8Detection::Deny);
    let mut best = (guess, f64::MIN);
    for encoding in std::iter::once(guess).chain(LEGACY.iter().copied()) {
        let (text, _) = encoding.decode_without_bom_handling(&sample);
        let bonus = if encoding == guess { 0.12 } else { 0.0 };
        let score = plausibility(&text) + bonus;
        if score > best.1 + 1e-9 {
            best = (encoding, score);
        }
    }
    best.0
}

/// The lines that tell encodings apart, up to the sample's size.
fn non_ascii_lines(bytes: &[u8]) -> Vec<u8> {
    let mut sample = Vec::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if !line.is_ascii() {
            sample.extend_from_slice(line.get(..line.len().min(SAMPLE)).unwrap_or_default());
        }
        if sample.len() >= SAMPLE {
            break;
        }
    }
    sample
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_told_by_the_words_they_make() {
        let cyrillic = "артикул;название;цена\n001;Чайник электрический;1250,50\n002;Кофемолка ручная;990,00\n";
        for encoding in [
            encoding_rs::WINDOWS_1251,
            encoding_rs::KOI8_U,
            encoding_rs::IBM866,
            encoding_rs::ISO_8859_5,
            UTF_8,
        ] {
            let (bytes, _, _) = encoding.encode(cyrillic);
            assert_eq!(decode(&bytes).text, cyrillic, "{}", encoding.name());
        }
        for (encoding, text) in [
            (encoding_rs::WINDOWS_1250, "kod;nazwa;cena\n001;Żółta łódź;12,50 zł\n"),
            (
                encoding_rs::WINDOWS_1250,
                "Produkt;Cena;Jm\n1;Szlifierka kątowa;189,50;szt\n2;Wkrętarka;399,00;szt\n",
            ),
            (
                encoding_rs::WINDOWS_1252,
                "Artikel;Bezeichnung;Preis\n001;Größe – „Süß“;12,50 €\n",
            ),
            (encoding_rs::WINDOWS_1253, "Κωδικός;Προϊόν;Τιμή\n001;Τσάι;1,50\n"),
            (
                encoding_rs::WINDOWS_1254,
                "Kod;Ürün Adı;Fiyat\n001;Çaydanlık ığüş;12,50\n",
            ),
            (encoding_rs::GB18030, "编码,名称,价格\n001,电动水壶,125.50\n"),
            (encoding_rs::BIG5, "編號,名稱,價格\n001,電熱水壺,125.50\n"),
            (encoding_rs::SHIFT_JIS, "品番,品名,価格\n001,電気ケトル,1250\n"),
            (encoding_rs::EUC_KR, "품번,품명,가격\n001,전기 주전자,12500\n"),
        ] {
            let (bytes, _, _) = encoding.encode(text);
            assert_eq!(decode(&bytes).text, text, "{}", encoding.name());
        }
    }

    #[test]
    fn few_odd_bytes_are_signs_after_amounts_and_units_after_numbers() {
        for (encoding, text) in [
            (
                encoding_rs::WINDOWS_1252,
                "Code;Article;Tarif\nA1;Coude 90;167 €\nA2;Bouchon;3 €\nA3;Boîte démontée;12,70 €\n",
            ),
            (
                encoding_rs::WINDOWS_1251,
                "Omega 3 60капс;2190;1781\nTaurine 500мг 90капс;1290;1013\nZinc 25мг 60таб;990;700\n",
            ),
            (
                encoding_rs::WINDOWS_1251,
                "ВК(ВКГ)-40 Тула,шт;31200\nВДМ-180 380В 160А,шт;7400\nARKOS 210 (30А-180А),шт;8800\n",
            ),
            (
                encoding_rs::WINDOWS_1252,
                "Code;Title;Price\nA1;Time´s up;12.50\nA2;It´s late;9.90\n",
            ),
            (encoding_rs::WINDOWS_1250, "kod;cena\nżółty;12,50 zł\nłódź;3,00 zł\n"),
        ] {
            let (bytes, _, _) = encoding.encode(text);
            assert_eq!(decode(&bytes).text, text, "{}", encoding.name());
        }
    }

    #[test]
    fn utf16_is_told_without_a_mark() {
        let text = "артикул;название;цена\n001;Чайник;1250,50\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(&little).text, text);
        assert_eq!(decode(&big).text, text);
    }
}
