//! The running MD5 and size of a stream.

use domain::Md5;
use md5::Digest;

/// MD5 and size of the bytes so far. Cloning keeps a place to compare with later.
#[derive(Debug, Clone, Default)]
pub struct Checksum {
    md5: md5::Md5,
    size: u64,
}

impl Checksum {
    /// Of no bytes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the next bytes of the stream.
    pub fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        self.size += bytes.len() as u64;
    }

    /// Bytes so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The digest of everything added.
    pub fn finish(self) -> Md5 {
        let digest: [u8; 16] = self.md5.finalize().into();
        Md5::from(digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_rfc_1321_in_any_cut() {
        assert_eq!(Checksum::new().finish().to_string(), "d41d8cd98f00b204e9800998ecf8427e");
        for cut in 0..=14 {
            let mut checksum = Checksum::new();
            let (head, tail) = b"message digest".split_at(cut);
            checksum.update(head);
            checksum.update(tail);
            assert_eq!(checksum.size(), 14);
            assert_eq!(checksum.finish().to_string(), "f96b697d7cb7938d525a2f31aaf161d0");
        }
    }
}
