//! Web addresses, handles and placeholders: pieces that look like words but belong to no language.

use std::sync::LazyLock;

use regex::Regex;

use super::pii::PersonalData;

const WEB_ADDRESS_PATTERN: &str = r"(?-u:\b)(?:https?://|www\.)[^\s<>\x22]+";

/// A web address, up to the next white space.
pub(super) static WEB_ADDRESS: LazyLock<Regex> = LazyLock::new(|| pattern(WEB_ADDRESS_PATTERN));

/// What stands in the place of personal data.
pub(super) static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| pattern(&placeholders()));

/// Web addresses, `@handles`, `#tags` and the placeholders of personal data.
pub(crate) static NOT_LANGUAGE: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r"{WEB_ADDRESS_PATTERN}|[@#][\p{{L}}\p{{N}}_]+|{}", placeholders())));

/// The pattern of [`PLACEHOLDER`].
pub(super) fn placeholders() -> String {
    PersonalData::ALL.map(|kind| regex::escape(kind.placeholder())).join("|")
}

fn pattern(text: &str) -> Regex {
    Regex::new(&format!("(?i){text}")).expect("the pattern is a constant and compiles")
}
