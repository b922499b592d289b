//! The built page. Names below `assets/` carry a hash of their content; every other path that is no file is a view of the
//! page, so that each view can be opened by its address.

use axum::http::StatusCode;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderMap,
    HeaderName, HeaderValue, IF_NONE_MATCH, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use include_dir::{Dir, include_dir};
use sha2::{Digest, Sha256};

static PAGE: Dir<'static> = include_dir!("$KLARTEXT_WEB");

const INDEX: &str = "index.html";
const HASHED: &str = "assets/";
const GZIP_ENDING: &str = ".gz";
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Asked for again each time, and answered without content while it is the same.
const REVALIDATED: HeaderValue = HeaderValue::from_static("no-cache");

/// Nothing but the page's own files: no inline script or style, no eval, no frame around it, and no text that a script
/// could turn into HTML.
const SECURITY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types 'none'",
);

/// What a browser gets for a path.
pub fn answer(path: &str, request: &HeaderMap) -> Response {
    let mut response = page_file(path.trim_start_matches('/'), request);
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, SECURITY_POLICY);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    for name in ["cross-origin-opener-policy", "cross-origin-resource-policy"] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static("same-origin"));
    }
    response
}

fn page_file(path: &str, request: &HeaderMap) -> Response {
    let Some((name, content)) = find(path) else {
        return (StatusCode::NOT_FOUND, "not found\n").into_response();
    };
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, content_type(name));
    headers.insert(VARY, HeaderValue::from_name(ACCEPT_ENCODING));
    if name.starts_with(HASHED) {
        headers.insert(CACHE_CONTROL, IMMUTABLE);
    } else {
        let tag = entity_tag(content);
        let is_known = mentions(request, &IF_NONE_MATCH, &tag);
        headers.insert(CACHE_CONTROL, REVALIDATED);
        headers.extend(HeaderValue::try_from(tag).map(|tag| (ETAG, tag)));
        if is_known {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
    }
    let compressed = PAGE.get_file(format!("{name}{GZIP_ENDING}"));
    match compressed.filter(|_| mentions(request, &ACCEPT_ENCODING, "gzip")) {
        Some(compressed) => {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            (headers, compressed.contents()).into_response()
        }
        None => (headers, content).into_response(),
    }
}

/// The file of a path, or the page itself where the path is one of its views.
fn find(path: &str) -> Option<(&str, &'static [u8])> {
    if let Some(file) = PAGE.get_file(path) {
        return Some((path, file.contents()));
    }
    let last_part = path.rsplit('/').next().unwrap_or_default();
    let is_view = !path.starts_with(HASHED) && !last_part.contains('.');
    let index = PAGE.get_file(INDEX).filter(|_| is_view)?;
    Some((INDEX, index.contents()))
}

fn content_type(name: &str) -> HeaderValue {
    HeaderValue::from_static(match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    })
}

fn entity_tag(content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    let hex: String = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

fn mentions(headers: &HeaderMap, name: &HeaderName, wanted: &str) -> bool {
    headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).any(|value| value.contains(wanted))
}
