//! Files as received: their names, hashes, keys in the bucket, and the sidecar that describes each.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{JobId, SheetId, SheetTab, SupplierId};

/// A file's name as one safe path segment: 1 to 200 bytes, no separators, no control characters, not `.` or `..`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileName(String);

/// Longest file name in bytes. S3 keys are at most 1,024 bytes; ids and prefixes take at most 110 of them.
const MAX_FILE_NAME: usize = 200;

/// Why a text is no file name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a file name is 1 to {MAX_FILE_NAME} bytes without slashes or control characters: {0:?}")]
pub struct InvalidFileName(pub String);

impl FileName {
    /// Makes a safe name of whatever a server or browser sent: the last path segment, unsafe characters replaced by `_`,
    /// cut in the middle of an over-long name so that the extension stays.
    pub fn sanitised(text: &str) -> Self {
        let last = text.rsplit(['/', '\\']).next().unwrap_or_default().trim();
        let clean: String = last.chars().map(|c| if c.is_control() { '_' } else { c }).collect();
        let clean = match clean.as_str() {
            "" | "." | ".." => "price-list".to_owned(),
            _ => clean,
        };
        if clean.len() <= MAX_FILE_NAME {
            return Self(clean);
        }
        let (stem, extension) = match clean.rsplit_once('.') {
            Some((stem, extension)) if extension.len() <= 10 => (stem, format!(".{extension}")),
            _ => (clean.as_str(), String::new()),
        };
        let mut cut = MAX_FILE_NAME - extension.len();
        while !stem.is_char_boundary(cut) {
            cut -= 1;
        }
        Self(format!("{}{extension}", &stem[..cut]))
    }

    /// The name's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the extension claims, lower case, without the dot; never trusted, only reported.
    pub fn declared_kind(&self) -> Option<String> {
        let (_, extension) = self.0.rsplit_once('.')?;
        (1..=5)
            .contains(&extension.len())
            .then(|| extension.to_ascii_lowercase())
    }
}

impl FromStr for FileName {
    type Err = InvalidFileName;

    fn from_str(text: &str) -> Result<Self, InvalidFileName> {
        let safe = (1..=MAX_FILE_NAME).contains(&text.len())
            && text != "."
            && text != ".."
            && !text.chars().any(|c| matches!(c, '/' | '\\') || c.is_control());
        if safe {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidFileName(text.chars().take(80).collect()))
        }
    }
}

impl TryFrom<String> for FileName {
    type Error = InvalidFileName;

    fn try_from(text: String) -> Result<Self, InvalidFileName> {
        text.parse()
    }
}

impl From<FileName> for String {
    fn from(name: FileName) -> Self {
        name.0
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An MD5 digest: the identity of the raw bytes, not a defence against forgery. Written as 32 lower-case hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Md5([u8; 16]);

/// Why a text is no MD5 digest.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("an MD5 digest is 32 hex digits: {0:?}")]
pub struct InvalidMd5(pub String);

impl Md5 {
    /// The digest's bytes, for `Content-MD5` (RFC 1864 wants them in base64).
    pub fn bytes(&self) -> [u8; 16] {
        self.0
    }
}

impl From<[u8; 16]> for Md5 {
    fn from(digest: [u8; 16]) -> Self {
        Self(digest)
    }
}

impl FromStr for Md5 {
    type Err = InvalidMd5;

    fn from_str(text: &str) -> Result<Self, InvalidMd5> {
        let invalid = || InvalidMd5(text.chars().take(80).collect());
        if text.len() != 32 || !text.is_ascii() {
            return Err(invalid());
        }
        let mut digest = [0; 16];
        for (byte, at) in digest.iter_mut().zip((0..32).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| invalid())?;
        }
        Ok(Self(digest))
    }
}

impl TryFrom<String> for Md5 {
    type Error = InvalidMd5;

    fn try_from(text: String) -> Result<Self, InvalidMd5> {
        text.parse()
    }
}

impl From<Md5> for String {
    fn from(md5: Md5) -> Self {
        md5.to_string()
    }
}

impl fmt::Display for Md5 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Where the bytes of a job's file are: `raw/{supplier_id}/{job_id}/{file_name}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RawKey {
    /// Whose list.
    pub supplier_id: SupplierId,
    /// Which job.
    pub job_id: JobId,
    /// The file's name.
    pub file_name: FileName,
}

/// The prefix under which an object's creation starts an analysis.
pub const RAW_PREFIX: &str = "raw/";

/// Why an S3 key is not that of a raw file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not the key of a raw file (raw/supplier_id/job_id/file_name): {0:?}")]
pub struct InvalidRawKey(pub String);

impl RawKey {
    /// The key of the sidecar: `meta/{supplier_id}/{job_id}/{file_name}.json`.
    pub fn sidecar_key(&self) -> String {
        format!("meta/{}/{}/{}.json", self.supplier_id, self.job_id, self.file_name)
    }
}

impl fmt::Display for RawKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{RAW_PREFIX}{}/{}/{}", self.supplier_id, self.job_id, self.file_name)
    }
}

impl FromStr for RawKey {
    type Err = InvalidRawKey;

    fn from_str(key: &str) -> Result<Self, InvalidRawKey> {
        let parse = || {
            let mut parts = key.strip_prefix(RAW_PREFIX)?.splitn(3, '/');
            Some(Self {
                supplier_id: parts.next()?.parse().ok()?,
                job_id: parts.next()?.parse().ok()?,
                file_name: parts.next()?.parse().ok()?,
            })
        };
        parse().ok_or_else(|| InvalidRawKey(key.chars().take(300).collect()))
    }
}

/// Name, size and hash of a received file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FileFacts {
    /// The file's name.
    pub name: FileName,
    /// Bytes.
    pub size: u64,
    /// MD5 of the bytes as received.
    pub md5: Md5,
}

/// Everything known of a raw file that is not in its bytes; stored beside it, and written first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sidecar {
    /// Version of this shape.
    pub schema: u32,
    /// Whose list.
    pub supplier_id: SupplierId,
    /// Which job.
    pub job_id: JobId,
    /// Which attempt of the job brought the bytes (the job's `retry_count` then).
    pub attempt: u32,
    /// Where the bytes came from.
    pub origin: Origin,
    /// When the sidecar was written: for a download after the last byte came, for an upload when it was announced.
    pub recorded_at: Timestamp,
    /// Name, size and MD5; of an upload, as announced by the client.
    pub file: FileFacts,
    /// `Content-Type`, as served or as announced.
    #[serde(default)]
    pub content_type: Option<String>,
    /// `Content-Encoding`, where the server encoded the bytes unasked; they are kept as served.
    #[serde(default)]
    pub content_encoding: Option<String>,
    /// What the file's extension claims.
    #[serde(default)]
    pub declared_kind: Option<String>,
    /// What the first bytes are; unknown of an upload until it is analysed.
    #[serde(default)]
    pub sniffed_kind: Option<Container>,
    /// HTTP `ETag`, as served.
    #[serde(default)]
    pub etag: Option<String>,
    /// HTTP `Last-Modified`, as served.
    #[serde(default)]
    pub last_modified: Option<String>,
}

impl Sidecar {
    /// The version that this code writes.
    pub const SCHEMA: u32 = 1;
}

/// Where a raw file came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Origin {
    /// Fetched; the address is without query values, which may be secrets.
    Http {
        /// The address after redirects.
        url: String,
    },
    /// Exported by Google.
    GoogleSheet {
        /// Its id.
        sheet: SheetId,
        /// The tab, if only one was asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tab: Option<SheetTab>,
    },
    /// Sent by hand or by a script.
    Upload,
}

/// What a file is by its first bytes: enough for the sidecar. The reader looks inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Container {
    /// No bytes.
    Empty,
    /// A ZIP archive: XLSX, ODS, or a plain archive.
    Zip,
    /// An OLE2 compound file: XLS, or an encrypted workbook.
    Ole2,
    /// PDF.
    Pdf,
    /// A gzip stream.
    Gzip,
    /// An HTML page.
    Html,
    /// XML other than HTML.
    Xml,
    /// Text in some encoding.
    Text,
    /// Anything else.
    Binary,
}

impl Container {
    /// Tells what `head`, the first bytes of a file (512 are enough), is.
    pub fn sniff(head: &[u8]) -> Self {
        let head = &head[..head.len().min(512)];
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
        let tag = text.get(..text.len().min(14)).unwrap_or_default().to_ascii_lowercase();
        match head {
            [] => Self::Empty,
            _ if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") => Self::Zip,
            _ if head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") => Self::Ole2,
            _ if head.windows(5).any(|window| window == b"%PDF-") => Self::Pdf,
            _ if head.starts_with(b"\x1f\x8b") => Self::Gzip,
            _ if tag.starts_with(b"<!doctype html") || tag.starts_with(b"<html") => Self::Html,
            _ if tag.starts_with(b"<?xml") => Self::Xml,
            _ if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") => Self::Text,
            _ if head.iter().all(|byte| !matches!(byte, 0..=8 | 14..=26 | 28..=31)) => Self::Text,
            _ => Self::Binary,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_raw_key_reads_back_and_names_its_sidecar() {
        let text = "raw/acme/0190b5a8-0000-7000-8000-000000000001/Прайс №1.xlsx";
        let key: RawKey = text.parse().unwrap();
        assert_eq!(key.to_string(), text);
        assert_eq!(
            key.sidecar_key(),
            "meta/acme/0190b5a8-0000-7000-8000-000000000001/Прайс №1.xlsx.json"
        );
    }

    #[test]
    fn keys_outside_the_contract_are_refused() {
        for bad in [
            "raw/",
            "meta/a/b/c",
            "raw/acme/not-a-uuid/x",
            "raw/acme/0190b5a8-0000-7000-8000-000000000001/a/b",
        ] {
            assert!(bad.parse::<RawKey>().is_err(), "{bad}");
        }
    }

    #[test]
    fn names_from_servers_are_made_safe() {
        assert_eq!(FileName::sanitised("../../etc/passwd").as_str(), "passwd");
        assert_eq!(FileName::sanitised("C:\\temp\\a\nb.csv").as_str(), "a_b.csv");
        assert_eq!(FileName::sanitised("..").as_str(), "price-list");
        assert!(
            FileName::sanitised(&format!("{}.xlsx", "ц".repeat(300)))
                .as_str()
                .ends_with("ц.xlsx")
        );
    }

    #[test]
    fn the_first_bytes_tell_the_container() {
        assert_eq!(Container::sniff(b""), Container::Empty);
        assert_eq!(Container::sniff(b"PK\x03\x04...."), Container::Zip);
        assert_eq!(Container::sniff(b"%PDF-1.7"), Container::Pdf);
        assert_eq!(
            Container::sniff(b"\n <!DOCTYPE html><title>Sign in</title>"),
            Container::Html
        );
        assert_eq!(Container::sniff("артикул;цена".as_bytes()), Container::Text);
        assert_eq!(Container::sniff(&[0xe0, 0xf0, 0xf2, b';']), Container::Text);
        assert_eq!(Container::sniff(&[1, 2, 3]), Container::Binary);
    }

    proptest! {
        #[test]
        fn any_name_can_be_made_safe(text in ".*") {
            let name = FileName::sanitised(&text);
            prop_assert_eq!(name.as_str().parse::<FileName>().unwrap(), name);
        }

        #[test]
        fn digests_read_back(digest: [u8; 16]) {
            let md5 = Md5::from(digest);
            prop_assert_eq!(md5.to_string().parse::<Md5>().unwrap(), md5);
        }

        #[test]
        fn any_text_is_a_digest_or_refused(text in ".{0,40}") {
            let _ = text.parse::<Md5>();
        }
    }
}
