use std::ops::Range;

/// The run of words that speaks most for a label, in bytes of `text`.
///
/// `contributions` are the tokens of the mention with what each adds to the label's logit. The run is the one with the
/// largest sum above the mention's average (Kadane's maximum subarray), widened to whole words.
pub fn strongest_words(text: &str, contributions: &[(Range<usize>, f32)]) -> Option<Range<usize>> {
    let average = contributions.iter().map(|(_, value)| value).sum::<f32>() / contributions.len() as f32;
    let mut best: Option<(Range<usize>, f32)> = None;
    let mut run_start = 0;
    let mut run_sum = 0.0;
    for (token, value) in contributions {
        if run_sum <= 0.0 {
            run_start = token.start;
            run_sum = 0.0;
        }
        run_sum += value - average;
        if best.as_ref().is_none_or(|(_, sum)| run_sum > *sum) {
            best = Some((run_start..token.end, run_sum));
        }
    }
    let (run, _) = best?;
    let start = text[..run.start].rfind(char::is_whitespace).map_or(0, |space| space + width_at(text, space));
    let end = text[run.end..].find(char::is_whitespace).map_or(text.len(), |space| run.end + space);
    let words = &text[start..end];
    let trimmed = words.trim_matches(|character: char| character.is_whitespace() || ",.;:!?".contains(character));
    if trimmed.is_empty() {
        return None;
    }
    let start = start + words.find(trimmed)?;
    Some(start..start + trimmed.len())
}

fn width_at(text: &str, position: usize) -> usize {
    text[position..].chars().next().map_or(1, char::len_utf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str, values: &[f32]) -> Vec<(Range<usize>, f32)> {
        let mut position = 0;
        let mut tokens = Vec::new();
        for (word, value) in text.split(' ').zip(values) {
            tokens.push((position..position + word.len(), *value));
            position += word.len() + 1;
        }
        tokens
    }

    #[test]
    fn the_run_above_average_is_found_and_trimmed() {
        let text = "Der Aufzug war schon wieder kaputt, danke";
        let run = strongest_words(text, &words(text, &[0.0, 0.1, 0.0, 0.6, 0.5, 0.9, 0.0]));
        assert_eq!(run.map(|run| &text[run]), Some("schon wieder kaputt"));
    }

    #[test]
    fn parts_of_a_word_give_the_word() {
        let text = "viel zu Überfüllung heute";
        let run = strongest_words(text, &[(0..4, 0.0), (5..7, 0.0), (8..13, 0.0), (13..20, 1.0), (21..26, 0.0)]);
        assert_eq!(run.map(|run| &text[run]), Some("Überfüllung"));
    }

    #[test]
    fn nothing_gives_nothing() {
        assert_eq!(strongest_words("", &[]), None);
        assert_eq!(strongest_words("!!", &[(0..2, 1.0)]), None);
    }
}
