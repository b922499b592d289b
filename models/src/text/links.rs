//! Web addresses and handles: pieces that look like words but belong to no language.

use std::sync::LazyLock;

use regex::Regex;

/// A web address, up to the next white space.
pub(super) static WEB_ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?-u:\b)(?:https?://|www\.)[^\s<>\x22]+").expect("the pattern is a constant and compiles")
});

/// Web addresses, `@handles`, `#tags` and the placeholders of personal data.
pub(super) static NOT_LANGUAGE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?-u:\b)(?:https?://|www\.)[^\s<>\x22]+|[@#][\p{L}\p{N}_]+|\[(?:E-Mail|Telefon|IBAN|Karte)\]")
        .expect("the pattern is a constant and compiles")
});
