//! The name that a server gives to a file: `Content-Disposition` (RFC 6266, RFC 8187) as browsers read it.

use domain::FileName;
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use http::{HeaderMap, header};
use percent_encoding::percent_decode;

use crate::source_url::SourceUrl;

/// A name for the file of an answer: what the server calls it, else what its address ends in, else the host's name.
/// Always one safe path segment.
pub(crate) fn file_name(headers: &HeaderMap, final_url: &SourceUrl, source: &SourceUrl) -> FileName {
    let segments = [final_url.last_segment(), source.last_segment()];
    let with_extension = segments.iter().flatten().find(|name| name.contains('.'));
    let name = headers
        .get(header::CONTENT_DISPOSITION)
        .and_then(|value| parse(value.as_bytes()))
        .or_else(|| with_extension.or(segments.iter().flatten().next()).cloned())
        .or_else(|| source.host().map(|host| host.to_string()))
        .unwrap_or_default();
    FileName::sanitised(&visible(&name))
}

/// Without the invisible characters that turn the direction of text or hide in it: `fdp.slx` must not look like
/// `xls.pdf`.
fn visible(name: &str) -> String {
    name.chars()
        .filter(
            |c| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'),
        )
        .collect()
}

/// The file name in the header's value: `filename*` before `filename`.
fn parse(value: &[u8]) -> Option<String> {
    let parameters = parameters(value);
    let find = |wanted: &str| {
        parameters
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .map(|(_, value)| value.as_slice())
    };
    let name = find("filename*")
        .and_then(extended)
        .or_else(|| find("filename").map(plain))?;
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// The `name=value` pairs after the disposition's type, quotes and escapes taken off. What is no pair is skipped.
fn parameters(value: &[u8]) -> Vec<(String, Vec<u8>)> {
    split_outside_quotes(value)
        .into_iter()
        .filter_map(|part| {
            let equals = part.iter().position(|byte| *byte == b'=')?;
            let (name, value) = part.split_at(equals);
            let name = String::from_utf8_lossy(name.trim_ascii()).into_owned();
            Some((name, unquote(value[1..].trim_ascii())))
        })
        .collect()
}

fn split_outside_quotes(value: &[u8]) -> Vec<&[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    value
        .split(|byte| {
            let ends = *byte == b';' && !quoted;
            if *byte == b'"' && !escaped {
                quoted = !quoted;
            }
            escaped = quoted && !escaped && *byte == b'\\';
            ends
        })
        .collect()
}

/// Takes off quotes. A backslash escapes only a quote or itself: servers send Windows paths with single ones.
fn unquote(value: &[u8]) -> Vec<u8> {
    let Some(inner) = value.strip_prefix(b"\"") else {
        return value.to_vec();
    };
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        match byte {
            b'"' => break,
            b'\\' => match rest.next_if(|next| matches!(next, b'"' | b'\\')) {
                Some(escaped) => bytes.push(escaped),
                None => bytes.push(b'\\'),
            },
            _ => bytes.push(byte),
        }
    }
    bytes
}

/// `charset'language'percent-encoded` (RFC 8187 §3.2). None if the charset is unknown.
fn extended(value: &[u8]) -> Option<String> {
    let mut parts = value.splitn(3, |byte| *byte == b'\'');
    let charset = Encoding::for_label(parts.next()?)?;
    parts.next()?;
    let bytes: Vec<u8> = percent_decode(parts.next()?).collect();
    let (text, malformed) = charset.decode_without_bom_handling(&bytes);
    (!malformed).then(|| text.into_owned())
}

/// A plain value as servers send it: UTF-8, percent-encoded UTF-8, or some 8-bit encoding.
fn plain(value: &[u8]) -> String {
    let decoded: Vec<u8> = percent_decode(value).collect();
    if let Some(text) = UTF_8.decode_without_bom_handling_and_without_replacement(&decoded) {
        return text.into_owned();
    }
    WINDOWS_1252.decode_without_bom_handling(value).0.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    #[test]
    fn names_as_servers_send_them() {
        let long = format!("attachment; filename=\"{}.xlsx\"", "x".repeat(300));
        let cases: Vec<(&[u8], Option<&str>)> = vec![
            (b"attachment; filename=prices.xlsx", Some("prices.xlsx")),
            (
                b"attachment; filename=\"price list; new.csv\"",
                Some("price list; new.csv"),
            ),
            (b"ATTACHMENT;FileName = \"a.csv\" ; size=1", Some("a.csv")),
            (b"inline; filename=\"say \\\"hi\\\".csv\"", Some("say \"hi\".csv")),
            (
                b"attachment; filename*=UTF-8''%D0%BF%D1%80%D0%B0%D0%B9%D1%81.xls",
                Some("прайс.xls"),
            ),
            (
                b"attachment; filename=\"x.xls\"; filename*=UTF-8'ru'%D0%BF.xls",
                Some("п.xls"),
            ),
            (b"attachment; filename*=iso-8859-1''na%EFve.csv", Some("naïve.csv")),
            (
                b"attachment; filename*=windows-1251''%EF%F0%E0%E9%F1.csv",
                Some("прайс.csv"),
            ),
            (b"attachment; filename*=nonsense''a; filename=b.csv", Some("b.csv")),
            (b"attachment; filename*=UTF-8''%FF; filename=b.csv", Some("b.csv")),
            (b"attachment; filename*=UTF-8; filename=b.csv", Some("b.csv")),
            ("attachment; filename=\"прайс.csv\"".as_bytes(), Some("прайс.csv")),
            (b"attachment; filename=\"%D0%BF.csv\"", Some("п.csv")),
            (b"attachment; filename=\"100%.csv\"", Some("100%.csv")),
            (b"attachment; filename=\"caf\xe9.csv\"", Some("café.csv")),
            (b"attachment; filename=\"C:\\lists\\new.xls\"", Some("new.xls")),
            (b"attachment; filename=\"../../etc/passwd\"", Some("passwd")),
            (b"attachment; filename*=UTF-8''..%2F..%2Fx.csv", Some("x.csv")),
            (b"attachment; filename=\"unclosed.csv", Some("unclosed.csv")),
            (b"filename=bare.csv", Some("bare.csv")),
            (b"attachment; filename=\"\"", None),
            (b"attachment; filename=", None),
            (b"attachment; filename", None),
            (b"attachment", None),
            (b";;;=;\"", None),
            (long.as_bytes(), Some(&long[22..327])),
        ];
        for (value, name) in cases {
            assert_eq!(parse(value).as_deref(), name, "{}", String::from_utf8_lossy(value));
        }
    }

    fn name(disposition: Option<&[u8]>, final_url: &str, source: &str) -> String {
        let mut headers = HeaderMap::new();
        if let Some(value) = disposition {
            headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_bytes(value).unwrap());
        }
        file_name(&headers, &final_url.parse().unwrap(), &source.parse().unwrap()).to_string()
    }

    #[test]
    fn without_a_header_the_address_names_the_file() {
        let source = "https://a.example/lists/prices.xlsx?v=1";
        assert_eq!(name(None, source, source), "prices.xlsx");
        assert_eq!(name(None, "https://cdn.example/9f8a", source), "prices.xlsx");
        assert_eq!(name(None, "https://cdn.example/9f8a.csv", source), "9f8a.csv");
        assert_eq!(name(None, "https://a.example/export", "https://a.example/"), "export");
        assert_eq!(name(None, "https://a.example/", "https://a.example/"), "a.example");
        assert_eq!(
            name(None, "https://a.example/..%2F..%2Fp.csv", "https://a.example/"),
            "p.csv"
        );
        assert_eq!(name(Some(b"attachment; filename=x.csv"), source, source), "x.csv");
        let turned = "attachment; filename=\"\u{202e}fdp.slx\"";
        assert_eq!(name(Some(turned.as_bytes()), source, source), "fdp.slx");
    }

    proptest! {
        #[test]
        fn any_header_gives_one_safe_segment(value in prop::collection::vec(0x20u8..=0xff, 0..200)) {
            let mut value = value;
            value.retain(|byte| *byte != 0x7f);
            let mut header = b"attachment; filename=".to_vec();
            header.extend(&value);
            for value in [value, header] {
                let name = name(Some(&value), "https://a.example/", "https://a.example/");
                prop_assert!(name.parse::<FileName>().is_ok(), "{:?}", name);
            }
        }
    }
}
