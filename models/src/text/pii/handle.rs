use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::pattern;

/// `@name`, as social networks write it, and `@name@server` of the federated ones.
pub(super) fn handles(text: &str) -> Vec<Range<usize>> {
    static HANDLE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?:^|[^\p{L}\p{M}\p{N}@_./-])(@[\p{L}\p{N}_](?:[\p{L}\p{M}\p{N}_.]*[\p{L}\p{N}_])?(?:@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+)?)",
        )
    });
    if !text.contains('@') {
        return Vec::new();
    }
    let is_name = |range: &Range<usize>| text[range.clone()].contains(char::is_alphabetic);
    HANDLE.captures_iter(text).filter_map(|found| found.get(1)).map(|name| name.range()).filter(is_name).collect()
}

#[cfg(test)]
mod tests {
    use crate::text::pii::PersonalData;
    use crate::text::pii::testing::{assert_finds, assert_leaves};

    #[test]
    fn finds_handles_and_leaves_other_signs() {
        assert_finds(
            PersonalData::Handle,
            &[
                ("danke @lena.kw91.", "@lena.kw91"),
                ("@bahn_hilfe: hallo", "@bahn_hilfe"),
                ("(@größe)", "@größe"),
                ("@a.b@social.example, hi", "@a.b@social.example"),
            ],
        );
        assert_leaves(PersonalData::Handle, &["a@b", "@ Leitung", "2 @5", "https://example.org/@name", "x@y.example"]);
    }
}
