//! The two protocols: Ollama's `POST /api/embed` and OpenAI's `POST /v1/embeddings`.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::Url;

use crate::EmbedError;

/// How a server is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Ollama's API, "Generate Embeddings".
    Ollama,
    /// OpenAI's API, "Create embeddings", which many servers speak.
    OpenAi,
}

/// A word that names no protocol.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("an embedding server speaks `ollama` or `openai`, not {0:?}")]
pub struct UnknownProtocol(String);

impl FromStr for Protocol {
    type Err = UnknownProtocol;

    fn from_str(text: &str) -> Result<Self, UnknownProtocol> {
        match text {
            "ollama" => Ok(Self::Ollama),
            "openai" => Ok(Self::OpenAi),
            other => Err(UnknownProtocol(other.to_owned())),
        }
    }
}

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    input: &'a [&'a str],
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding_format: Option<&'static str>,
}

#[derive(Deserialize)]
struct OllamaAnswer {
    embeddings: Vec<Vec<f32>>,
}

#[derive(Deserialize)]
struct OpenAiAnswer {
    data: Vec<OpenAiVector>,
}

#[derive(Deserialize)]
struct OpenAiVector {
    index: usize,
    embedding: Vec<f32>,
}

impl Protocol {
    /// Where the server takes texts; a base that already names the call, or OpenAI's `/v1`, is taken as it is.
    pub(crate) fn url(self, base: &Url) -> Url {
        let path = base.path().trim_end_matches('/');
        let full = match self {
            Self::Ollama if path.ends_with("/api/embed") => path.to_owned(),
            Self::Ollama => format!("{path}/api/embed"),
            Self::OpenAi if path.ends_with("/embeddings") => path.to_owned(),
            Self::OpenAi if path.ends_with("/v1") => format!("{path}/embeddings"),
            Self::OpenAi => format!("{path}/v1/embeddings"),
        };
        let mut url = base.clone();
        url.set_path(&full);
        url
    }

    pub(crate) fn request(self, model: &str, texts: &[&str]) -> Result<Vec<u8>, EmbedError> {
        let request = Request {
            model,
            input: texts,
            encoding_format: (self == Self::OpenAi).then_some("float"),
        };
        serde_json::to_vec(&request).map_err(|error| EmbedError::Unreadable(error.to_string()))
    }

    /// The vectors of an answer, in the texts' order.
    pub(crate) fn vectors(self, answer: &[u8], texts: usize) -> Result<Vec<Vec<f32>>, EmbedError> {
        let unreadable = |error: serde_json::Error| EmbedError::Unreadable(error.to_string());
        let vectors = match self {
            Self::Ollama => {
                serde_json::from_slice::<OllamaAnswer>(answer)
                    .map_err(unreadable)?
                    .embeddings
            }
            Self::OpenAi => {
                let mut data = serde_json::from_slice::<OpenAiAnswer>(answer).map_err(unreadable)?.data;
                data.sort_by_key(|vector| vector.index);
                if data.iter().enumerate().any(|(place, vector)| vector.index != place) {
                    return Err(EmbedError::Unreadable(
                        "the vectors are not numbered from 0 on".to_owned(),
                    ));
                }
                data.into_iter().map(|vector| vector.embedding).collect()
            }
        };
        if vectors.len() != texts {
            return Err(EmbedError::WrongCount {
                expected: texts,
                found: vectors.len(),
            });
        }
        Ok(vectors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_the_call_once() {
        let of = |protocol: Protocol, base: &str| protocol.url(&base.parse().unwrap()).to_string();
        assert_eq!(
            of(Protocol::Ollama, "http://localhost:11434"),
            "http://localhost:11434/api/embed"
        );
        assert_eq!(of(Protocol::Ollama, "http://h/x/api/embed"), "http://h/x/api/embed");
        for base in ["https://h", "https://h/v1/", "https://h/v1/embeddings"] {
            assert_eq!(of(Protocol::OpenAi, base), "https://h/v1/embeddings");
        }
    }

    #[test]
    fn numbered_vectors_are_put_in_order() {
        let answer = br#"{"data":[{"index":1,"embedding":[2]},{"index":0,"embedding":[1]}]}"#;
        assert_eq!(Protocol::OpenAi.vectors(answer, 2).unwrap(), [[1.0], [2.0]]);
        let twice = br#"{"data":[{"index":0,"embedding":[2]},{"index":0,"embedding":[1]}]}"#;
        assert!(matches!(
            Protocol::OpenAi.vectors(twice, 2),
            Err(EmbedError::Unreadable(_))
        ));
    }
}
