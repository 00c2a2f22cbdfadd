//! Files as suppliers send them.

use md5::{Digest, Md5};

/// A file with its name.
#[derive(Debug, Clone)]
pub(crate) struct PriceList {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

impl PriceList {
    pub(crate) fn new(name: &str, text: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.to_owned(),
            bytes: text.into(),
        }
    }

    /// A small list: three tools at `price` euros and one cent more each.
    pub(crate) fn of_tools(name: &str, price: u32) -> Self {
        let mut text = String::from("Article;Product;Unit;Price EUR\n");
        for (number, tool) in ["Claw hammer 450 g", "Hand saw 550 mm", "Spirit level 60 cm"]
            .iter()
            .enumerate()
        {
            text.push_str(&format!("T-{number:03};{tool};pcs;{price}.{number:02}\n"));
        }
        Self::new(name, text)
    }

    /// MD5 of the bytes, in hex.
    pub(crate) fn md5(&self) -> String {
        md5_of(&self.bytes)
    }

    /// Other bytes of the same length under the same name.
    pub(crate) fn spoiled(&self) -> Self {
        let bytes = self
            .bytes
            .iter()
            .map(|byte| if *byte == b'5' { b'6' } else { *byte })
            .collect();
        let spoiled = Self {
            name: self.name.clone(),
            bytes,
        };
        assert_ne!(spoiled.md5(), self.md5(), "the list has no 5 to change");
        spoiled
    }
}

/// MD5 in hex.
pub(crate) fn md5_of(bytes: &[u8]) -> String {
    hex::encode(Md5::digest(bytes))
}
