use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::pattern;

/// E-mail addresses, also with "(at)" and "(dot)".
pub(super) fn e_mails(text: &str) -> Vec<Range<usize>> {
    static E_MAIL: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)[\p{L}\p{N}._%+-]*[\p{L}\p{N}_%+-](?:@|\s?[(\[{](?:at|ät)[)\]}]\s?)[\p{L}\p{N}](?:[\p{L}\p{N}-]*(?:\.|\s?[(\[{](?:dot|punkt)[)\]}]\s?))+\p{L}{2,}",
        )
    });
    // Most texts have neither sign, and the pattern is slow on long words.
    if !text.contains(['@', '(', '[', '{']) {
        return Vec::new();
    }
    E_MAIL.find_iter(text).map(|found| found.range()).collect()
}

#[cfg(test)]
mod tests {
    use crate::text::pii::PersonalData;
    use crate::text::pii::testing::{assert_finds, assert_leaves};

    #[test]
    fn finds_addresses_and_leaves_handles() {
        assert_finds(
            PersonalData::EMail,
            &[
                ("Mail an max.muster@example.de bitte", "max.muster@example.de"),
                ("(erika@sub.example.com)", "erika@sub.example.com"),
                ("jürgen@müller.example", "jürgen@müller.example"),
                ("max (at) example (dot) de", "max (at) example (dot) de"),
            ],
        );
        assert_leaves(PersonalData::EMail, &["a@b", "@handle", "um 8 (at 8)", "[E-Mail]"]);
    }
}
