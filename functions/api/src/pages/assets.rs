//! What pages are made of besides their HTML. The style sheet stands in each page (7 kB as sent), so that nothing has to be
//! waited for before it is shown; the scripts are one file, and with the icon have addresses that hold their digest: a browser
//! keeps them until they change.

use std::sync::{Arc, LazyLock};

use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
    routing::get,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};

use crate::{Deps, Problem};

/// The style sheet.
const STYLE: &str = include_str!("../../assets/app.css");

const ICON: &str = include_str!("../../assets/icon.svg");

/// How a content security policy names [`STYLE`] (CSP Level 3, 2.3.1).
static STYLE_SOURCE: LazyLock<String> =
    LazyLock::new(|| format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(STYLE))));

struct Asset {
    name: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
    /// The same by gzip; none where it would be no shorter.
    packed: Option<&'static [u8]>,
}

const ASSETS: [Asset; 2] = [
    Asset {
        name: "pages.js",
        content_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!(concat!(env!("OUT_DIR"), "/pages.js")),
        packed: Some(include_bytes!(concat!(env!("OUT_DIR"), "/pages.js.gz"))),
    },
    Asset {
        name: "icon.svg",
        content_type: "image/svg+xml",
        bytes: ICON.as_bytes(),
        packed: None,
    },
];

/// `/assets/{digest}/{name}` of each.
static ADDRESSES: LazyLock<[String; ASSETS.len()]> = LazyLock::new(|| {
    ASSETS.each_ref().map(|asset| {
        let digest = hex::encode(&Sha256::digest(asset.bytes)[..6]);
        format!("/assets/{digest}/{}", asset.name)
    })
});

pub(super) fn routes() -> Router<Arc<Deps>> {
    Router::new().route("/assets/{digest}/{name}", get(serve))
}

/// The icon as a part of a page.
pub(crate) fn icon() -> &'static str {
    ICON
}

/// The style sheet, for `<style>`; the base template calls it.
pub(crate) fn style() -> &'static str {
    STYLE
}

/// The only style that the pages' content security policy lets in.
pub(crate) fn style_source() -> &'static str {
    &STYLE_SOURCE
}

/// The address of an asset; templates call it.
pub(crate) fn address(name: &str) -> &'static str {
    let at = ASSETS.iter().position(|asset| asset.name == name);
    at.map_or("", |at| ADDRESSES[at].as_str())
}

/// The same whatever the digest: while two versions are deployed, a page of one may ask the other.
async fn serve(Path((digest, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return Problem::not_found("there is nothing at this address").into_response();
    };
    let is_current = address(asset.name) == format!("/assets/{digest}/{name}");
    let caching = match is_current {
        true => "public, max-age=31536000, immutable",
        false => "no-store",
    };
    let about = [
        (header::CONTENT_TYPE, asset.content_type),
        (header::CACHE_CONTROL, caching),
        (header::VARY, "accept-encoding"),
    ];
    match asset.packed.filter(|_| takes_gzip(&headers)) {
        Some(packed) => (about, [(header::CONTENT_ENCODING, "gzip")], packed).into_response(),
        None => (about, asset.bytes).into_response(),
    }
}

/// Whether the answer may be compressed by gzip (RFC 9110, 12.5.3).
fn takes_gzip(headers: &HeaderMap) -> bool {
    let lists = headers.get_all(header::ACCEPT_ENCODING).into_iter();
    let codings = lists
        .filter_map(|list| list.to_str().ok())
        .flat_map(|list| list.split(','));
    codings
        .map(|coding| coding.split_once(';').unwrap_or((coding, "")))
        .any(|(name, quality)| name.trim().eq_ignore_ascii_case("gzip") && !is_zero(quality))
}

/// Whether a weight (`q=0`, `q=0.000`) says that what it stands beside is not wanted.
fn is_zero(quality: &str) -> bool {
    let value = quality.trim().strip_prefix("q=").or(quality.trim().strip_prefix("Q="));
    value.and_then(|value| value.parse::<f32>().ok()) == Some(0.0)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn every_asset_has_an_address_of_its_own() {
        for asset in &ASSETS {
            assert!(address(asset.name).starts_with("/assets/") && address(asset.name).ends_with(asset.name));
        }
        assert_eq!(address("app.php"), "");
    }

    #[test]
    fn the_style_sheet_can_stand_in_a_page() {
        assert!(!STYLE.contains("</"), "it would end the element");
        assert!(!STYLE.contains('\r'), "browsers would hash another text");
    }

    #[test]
    fn only_who_takes_gzip_is_sent_it() {
        let takes = |list| {
            takes_gzip(&HeaderMap::from_iter([(
                header::ACCEPT_ENCODING,
                HeaderValue::from_static(list),
            )]))
        };
        assert!(takes("gzip") && takes("br, GZIP;q=0.5") && takes("deflate,gzip"));
        assert!(!takes("") && !takes("br") && !takes("gzip;q=0") && !takes("gzip; q=0.000, br") && !takes("xgzip"));
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
