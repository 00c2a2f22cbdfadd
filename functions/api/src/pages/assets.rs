//! Style, scripts and the icon, under addresses that hold their digest: a browser keeps them until they change.

use std::sync::{Arc, LazyLock};

use axum::{
    Router,
    extract::Path,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use sha2::{Digest, Sha256};

use crate::{Deps, Problem};

struct Asset {
    name: &'static str,
    content_type: &'static str,
    text: &'static str,
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

const ASSETS: [Asset; 7] = [
    Asset {
        name: "app.css",
        content_type: "text/css; charset=utf-8",
        text: include_str!("../../assets/app.css"),
    },
    Asset {
        name: "app.js",
        content_type: SCRIPT,
        text: include_str!("../../assets/app.js"),
    },
    Asset {
        name: "export.js",
        content_type: SCRIPT,
        text: include_str!("../../assets/export.js"),
    },
    Asset {
        name: "htmx.min.js",
        content_type: SCRIPT,
        text: include_str!("../../assets/htmx.min.js"),
    },
    Asset {
        name: "upload.js",
        content_type: SCRIPT,
        text: include_str!("../../assets/upload.js"),
    },
    Asset {
        name: "icon.svg",
        content_type: "image/svg+xml",
        text: include_str!("../../assets/icon.svg"),
    },
    Asset {
        name: "review.js",
        content_type: SCRIPT,
        text: include_str!("../../assets/review.js"),
    },
];

/// `/assets/{digest}/{name}` of each.
static ADDRESSES: LazyLock<[String; ASSETS.len()]> = LazyLock::new(|| {
    ASSETS.each_ref().map(|asset| {
        let digest = hex::encode(&Sha256::digest(asset.text)[..6]);
        format!("/assets/{digest}/{}", asset.name)
    })
});

pub(super) fn routes() -> Router<Arc<Deps>> {
    Router::new().route("/assets/{digest}/{name}", get(serve))
}

/// The address of an asset; templates call it.
pub(crate) fn address(name: &str) -> &'static str {
    let at = ASSETS.iter().position(|asset| asset.name == name);
    at.map_or("", |at| ADDRESSES[at].as_str())
}

/// The same text whatever the digest: while two versions are deployed, a page of one may ask the other.
async fn serve(Path((digest, name)): Path<(String, String)>) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return Problem::not_found("no such path").into_response();
    };
    let is_current = address(asset.name) == format!("/assets/{digest}/{name}");
    let caching = match is_current {
        true => "public, max-age=31536000, immutable",
        false => "no-store",
    };
    let headers = [
        (header::CONTENT_TYPE, asset.content_type),
        (header::CACHE_CONTROL, caching),
    ];
    (headers, asset.text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_asset_has_an_address_of_its_own() {
        for asset in &ASSETS {
            assert!(address(asset.name).starts_with("/assets/") && address(asset.name).ends_with(asset.name));
        }
        assert_eq!(address("app.php"), "");
    }
}
