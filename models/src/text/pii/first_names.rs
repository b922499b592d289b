use std::collections::HashMap;
use std::sync::LazyLock;

/// How sure a first name is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Certainty {
    /// It is hardly anything else.
    Sure,
    /// It is a word, a brand or a place too.
    Ambiguous,
}

static NAMES: LazyLock<HashMap<&str, Certainty>> = LazyLock::new(|| {
    let lines = include_str!("first_names.txt").lines().filter(|line| !line.starts_with('#'));
    let certainty = |name: &'static str| match name.strip_suffix('*') {
        Some(name) => (name, Certainty::Ambiguous),
        None => (name, Certainty::Sure),
    };
    lines.flat_map(str::split_whitespace).map(certainty).collect()
});

/// Whether a word in lower case is a first name: all its parts if it has hyphens, and without the s of a genitive
/// ("Sabines").
pub(super) fn first_name(lower: &str) -> Option<Certainty> {
    if let Some(known) = NAMES.get(lower) {
        return Some(*known);
    }
    if lower.contains('-') {
        let parts = lower.split('-').map(|part| NAMES.get(part).copied());
        return parts.collect::<Option<Vec<_>>>().map(|_| Certainty::Sure);
    }
    let genitive = lower.strip_suffix("'s").or_else(|| lower.strip_suffix('s').filter(|stem| stem.len() >= 4))?;
    NAMES.get(genitive).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_names_and_doubts_words() {
        assert_eq!(first_name("sabine"), Some(Certainty::Sure));
        assert_eq!(first_name("sabines"), Some(Certainty::Sure));
        assert_eq!(first_name("anna-lena"), Some(Certainty::Sure));
        assert_eq!(first_name("mark"), Some(Certainty::Ambiguous));
        for word in ["karl-marx-platz", "straße", "", "-", "s"] {
            assert_eq!(first_name(word), None, "{word}");
        }
    }
}
