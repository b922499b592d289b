//! What the machine calls pain points.

use std::collections::HashMap;

use klartext_models::clusters::{ClusterName, ClusterText, name_clusters};
use klartext_models::text::Language;
use uuid::Uuid;

/// Where no word is said in two comments: what only one person says is no name.
const WITHOUT_COMMON_WORDS: &str = "(no words in common)";

/// What a mention says.
pub(super) struct Said<'a> {
    pub(super) comment_id: Uuid,
    pub(super) text: &'a str,
    pub(super) language: Language,
}

/// Names that set these pain points apart from each other, in their order. The strongest members of each come first.
pub(super) fn names<'a>(pain_points: impl IntoIterator<Item = Vec<Said<'a>>>) -> Vec<ClusterName> {
    let mut numbers: HashMap<Uuid, usize> = HashMap::new();
    let mut texts = Vec::new();
    let mut count = 0;
    for (cluster, said) in (0..).zip(pain_points) {
        count += 1;
        for Said { comment_id, text, language } in said {
            let next = numbers.len();
            let comment = *numbers.entry(comment_id).or_insert(next);
            texts.push(ClusterText { text, language, comment, cluster });
        }
    }
    let mut names = name_clusters(&texts, count);
    for nameless in names.iter_mut().filter(|name| name.name.is_empty()) {
        WITHOUT_COMMON_WORDS.clone_into(&mut nameless.name);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_one_comment_are_no_name() {
        let (first, second, third) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let said = |comment_id, text| Said { comment_id, text, language: Language::German };
        let lift = vec![said(first, "Der Aufzug ist kaputt"), said(second, "Seit Wochen geht der Aufzug nicht")];
        let alone = vec![said(third, "Mein Hund heißt Waldemar"), said(third, "Waldemar friert")];
        let names = names([lift, alone]);
        assert!(names[0].name.contains("Aufzug"), "{names:?}");
        assert_eq!(names[1].name, WITHOUT_COMMON_WORDS);
    }
}
