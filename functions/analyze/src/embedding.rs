//! Names as vectors, where the operator names an embedding server. Whatever is wrong with it, a list is matched without.

use std::time::Duration;

use domain::{EmbeddingsUse, JobId, ListItem, Product, SecretRef};
use embeddings::{EmbedError, Embedder, Endpoint, Limits, VectorCache};
use matching::{CatalogueIndex, Vectors, WrongDimension, text_of_item, text_of_product};
use secrecy::SecretString;
use store::{Files, SecretError, Secrets, StoreError};
use thiserror::Error;
use tokio::sync::{Mutex, OnceCell};

/// The longest a job waits for vectors, all requests together. What came by then is kept for the next.
const PATIENCE: Duration = Duration::from_secs(90);

/// Vectors of items that are kept beside those of the products; with more, only the products' are kept on.
const MOST_ITEMS: usize = 100_000;

/// An embedding server, and the vectors that this environment has of it.
pub struct Embedding {
    endpoint: Endpoint,
    limits: Limits,
    secret: Option<(Secrets, SecretRef)>,
    embedder: OnceCell<Embedder>,
    cache: Mutex<Option<(JobId, VectorCache)>>,
}

/// The vectors of a list and of the catalogue that it is matched against.
pub(crate) struct ListVectors {
    pub(crate) products: Vectors,
    pub(crate) items: Vectors,
}

/// Why there are no vectors.
#[derive(Debug, Error)]
enum NoVectors {
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Embed(#[from] EmbedError),
    #[error("the embedding server took more than {} s", PATIENCE.as_secs())]
    TimedOut,
    #[error(transparent)]
    Mixed(#[from] WrongDimension),
}

impl Embedding {
    /// A server that is asked with the key that `secret` names, if it wants one. Nothing is asked yet.
    pub fn new(endpoint: Endpoint, limits: Limits, secret: Option<(Secrets, SecretRef)>) -> Self {
        Self {
            endpoint,
            limits,
            secret,
            embedder: OnceCell::new(),
            cache: Mutex::new(None),
        }
    }

    /// Makes the vectors of a new catalogue's products and stores them beside its index; names that the catalogue before had
    /// are not asked for again. What is missing when the server fails is asked for with the next list.
    ///
    /// # Errors
    /// Our own stores failed.
    pub(crate) async fn take_catalogue(
        &self,
        files: &Files,
        version: JobId,
        before: Option<JobId>,
        products: &[Product],
    ) -> Result<EmbeddingsUse, StoreError> {
        let mut cache = match before {
            Some(before) => self.stored(files, before).await?,
            None => self.new_cache(),
        };
        let texts: Vec<String> = products.iter().map(text_of_product).collect();
        let filled = self.fill(&mut cache, &texts).await;
        let cache = cache.of_texts(texts.iter().map(String::as_str));
        files.put_vectors(version, cache.to_bytes()).await?;
        *self.cache.lock().await = Some((version, cache));
        Ok(used(filled))
    }

    /// The vectors with which `items` are matched against catalogue `version`; none when the server fails.
    ///
    /// # Errors
    /// Our own stores failed.
    pub(crate) async fn of_list(
        &self,
        files: &Files,
        version: JobId,
        index: &CatalogueIndex,
        items: &[ListItem],
    ) -> Result<Option<ListVectors>, StoreError> {
        let mut kept = self.cache.lock().await;
        let mut cache = match kept.take().filter(|(of, _)| *of == version) {
            Some((_, cache)) => cache,
            None => self.stored(files, version).await?,
        };
        let product_texts: Vec<String> = index.products().map(text_of_product).collect();
        let item_texts: Vec<String> = items.iter().map(text_of_item).collect();
        let known = cache.len();
        let mut filled = self.fill(&mut cache, &product_texts).await;
        if cache.len() > known {
            let of_products = cache.of_texts(product_texts.iter().map(String::as_str));
            files.put_vectors(version, of_products.to_bytes()).await?;
        }
        if filled.is_ok() {
            filled = self.fill(&mut cache, &item_texts).await;
        }
        let vectors = filled.and_then(|()| {
            Ok(ListVectors {
                products: vectors(&cache, &product_texts)?,
                items: vectors(&cache, &item_texts)?,
            })
        });
        if cache.len() > product_texts.len() + MOST_ITEMS {
            cache = cache.of_texts(product_texts.iter().map(String::as_str));
        }
        *kept = Some((version, cache));
        match vectors {
            Ok(vectors) => Ok(Some(vectors)),
            Err(error) => {
                tracing::error!(%error, "no vectors; the list is matched without");
                Ok(None)
            }
        }
    }

    async fn fill(&self, cache: &mut VectorCache, texts: &[String]) -> Result<(), NoVectors> {
        let embedder = self.embedder.get_or_try_init(|| self.connected()).await?;
        match tokio::time::timeout(PATIENCE, embedder.fill(cache, texts)).await {
            Ok(filled) => Ok(filled?),
            Err(_) => Err(NoVectors::TimedOut),
        }
    }

    async fn connected(&self) -> Result<Embedder, NoVectors> {
        let key: Option<SecretString> = match &self.secret {
            Some((secrets, secret)) => Some(secrets.text(secret).await?),
            None => None,
        };
        let endpoint = Endpoint {
            key,
            ..self.endpoint.clone()
        };
        Ok(Embedder::new(endpoint, self.limits.clone())?)
    }

    /// The vectors stored beside catalogue `version`; none where there are none of this model.
    async fn stored(&self, files: &Files, version: JobId) -> Result<VectorCache, StoreError> {
        let Some(bytes) = files.vectors(version).await? else {
            return Ok(self.new_cache());
        };
        match VectorCache::from_bytes(&bytes) {
            Ok(cache) if cache.model() == self.endpoint.model => Ok(cache),
            Ok(_) => Ok(self.new_cache()),
            Err(error) => {
                tracing::warn!(%version, %error, "the stored vectors cannot be read; they are made anew");
                Ok(self.new_cache())
            }
        }
    }

    fn new_cache(&self) -> VectorCache {
        VectorCache::new(self.endpoint.model.clone())
    }
}

fn used(filled: Result<(), NoVectors>) -> EmbeddingsUse {
    match filled {
        Ok(()) => EmbeddingsUse::Used,
        Err(error) => {
            tracing::error!(%error, "the catalogue's vectors are not complete; the next list asks for the rest");
            EmbeddingsUse::FellBack
        }
    }
}

fn vectors(cache: &VectorCache, texts: &[String]) -> Result<Vectors, NoVectors> {
    let mut vectors = Vectors::default();
    for text in texts {
        vectors.push(cache.vector(text).as_deref())?;
    }
    Ok(vectors)
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use aws_sdk_s3::{
        operation::{get_object::GetObjectError, put_object::PutObjectOutput},
        types::error::NoSuchKey,
    };
    use mocked_aws::{RuleMode::MatchAny, mock};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    fn product(id: &str, name: &str) -> Product {
        serde_json::from_value(serde_json::json!({"product_id": id, "name": name})).unwrap()
    }

    fn item(name: &str) -> ListItem {
        ListItem {
            name: Some(name.into()),
            ..ListItem::default()
        }
    }

    fn version(n: u32) -> JobId {
        format!("0190b5a8-0000-7000-8000-00000000000{n}").parse().unwrap()
    }

    fn embedding(url: &str) -> Embedding {
        let endpoint = Endpoint {
            url: url.parse().unwrap(),
            protocol: embeddings::Protocol::Ollama,
            model: "m".to_owned(),
            key: None,
        };
        let limits = Limits {
            first_wait: Duration::from_millis(1),
            timeout: Duration::from_secs(5),
            ..Limits::default()
        };
        Embedding::new(endpoint, limits, None)
    }

    /// Answers every request of one connection each with one vector per text, and counts the texts.
    async fn stand_in() -> (String, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let texts = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&texts);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut seen = Vec::new();
                let asked = loop {
                    let mut piece = [0; 4096];
                    let count = stream.read(&mut piece).await.unwrap();
                    seen.extend_from_slice(&piece[..count]);
                    let text = String::from_utf8_lossy(&seen);
                    let body = text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
                    match body.and_then(|body| serde_json::from_str::<serde_json::Value>(&body).ok()) {
                        Some(request) => break request["input"].as_array().unwrap().len(),
                        None => assert!(count > 0, "the request broke off"),
                    }
                };
                counter.fetch_add(asked, Ordering::SeqCst);
                let body = serde_json::json!({"embeddings": vec![[1.0, 0.5]; asked]}).to_string();
                let head = format!(
                    "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                stream.write_all((head + &body).as_bytes()).await.unwrap();
            }
        });
        (url, texts)
    }

    #[tokio::test]
    async fn a_server_that_is_down_leaves_the_list_to_its_words() {
        let none = mock!(aws_sdk_s3::Client::get_object)
            .then_error(|| GetObjectError::NoSuchKey(NoSuchKey::builder().build()));
        let put = mock!(aws_sdk_s3::Client::put_object).then_output(|| PutObjectOutput::builder().build());
        let s3 = mocked_aws::s3(MatchAny, &[&none, &put]);
        let files = Files::new(s3.clone(), s3, "bucket");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let down = embedding(&format!("http://{}", listener.local_addr().unwrap()));
        drop(listener);
        let products = [product("1", "Drill")];
        let used = down.take_catalogue(&files, version(1), None, &products).await.unwrap();
        assert_eq!(used, EmbeddingsUse::FellBack);
        let index = CatalogueIndex::build(products.to_vec());
        let vectors = down
            .of_list(&files, version(1), &index, &[item("Bohrer")])
            .await
            .unwrap();
        assert!(vectors.is_none());
    }

    #[tokio::test]
    async fn what_was_embedded_once_is_not_asked_again() {
        let none = mock!(aws_sdk_s3::Client::get_object)
            .then_error(|| GetObjectError::NoSuchKey(NoSuchKey::builder().build()));
        let put = mock!(aws_sdk_s3::Client::put_object).then_output(|| PutObjectOutput::builder().build());
        let s3 = mocked_aws::s3(MatchAny, &[&none, &put]);
        let files = Files::new(s3.clone(), s3, "bucket");
        let (url, texts) = stand_in().await;
        let healthy = embedding(&url);
        let products = [product("1", "Drill"), product("2", "Ink")];
        let used = healthy
            .take_catalogue(&files, version(1), None, &products)
            .await
            .unwrap();
        assert_eq!(
            (used, texts.load(Ordering::SeqCst), put.num_calls()),
            (EmbeddingsUse::Used, 2, 1)
        );
        let index = CatalogueIndex::build(products.to_vec());
        let items = [item("Bohrer"), item("Drill"), item("")];
        for _ in 0..2 {
            let vectors = healthy
                .of_list(&files, version(1), &index, &items)
                .await
                .unwrap()
                .unwrap();
            assert_eq!((vectors.products.len(), vectors.items.len()), (2, 3));
        }
        assert_eq!((texts.load(Ordering::SeqCst), put.num_calls()), (3, 1));
    }
}
