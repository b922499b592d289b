//! Durations and counts, found in a text and made comparable: "seit drei Wochen" is 30,240 minutes, "zum dritten Mal" 3.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::numbers::{DIGITS, number, ordinal};

/// A length of time that somebody named.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedDuration {
    /// Positive; a month counts 30 days, a year 365. Of a range ("30 bis 40 Minuten") the upper end.
    pub minutes: f64,
    /// In bytes of the text.
    pub span: Range<usize>,
}

/// How often something happened.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedCount {
    /// At least 1.
    pub count: u32,
    /// In bytes of the text.
    pub span: Range<usize>,
}

const HOUR: f64 = 60.0;
const DAY: f64 = 24.0 * HOUR;
const WEEK: f64 = 7.0 * DAY;
const MONTH: f64 = 30.0 * DAY;
const YEAR: f64 = 365.0 * DAY;

/// What counts as a number in front of a unit; longer alternatives first. Whether a word is one decides [`number`].
const NUMBER_WORD: &str = r"[a-zäöüß]+(?:-[a-z]+)?";

static DURATION: LazyLock<Regex> = LazyLock::new(|| {
    let number = format!("(?:{DIGITS}|{NUMBER_WORD})");
    let unit = r"minuten|minute|minutes|mins?\b\.?|stunden|stunde|std\b\.?|hours?|hrs?\b\.?|h\b|tage[ns]?|tag|days?|wochen|woche|weeks?|wks?\b|monate[ns]?|monat|months?|jahre[ns]?|jahr|years?|yrs?\b";
    let pattern = format!(
        r"(?i)\b(?:(?P<low>{number})\s*(?:-|–|bis|to|oder|or)\s*)?(?P<number>{number})(?P<half>\s+(?:ganze[nrs]?|geschlagene[nrs]?|volle[nrs]?|weitere[nrs]?|gute[nrs]?|halbe[nrs]?|knappe[nrs]?|lange[nrs]?|full|whole|solid|more|half|good|long))*\s*(?P<unit>{unit})\b"
    );
    Regex::new(&pattern).expect("the pattern is constant")
});

/// Durations in one word or in fixed phrases.
static FIXED_DURATION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:(?P<three_quarters>dreiviertel\s?stunde|three quarters of an hour)|(?P<quarter>viertel\s?stunde|quarter of an hour)|(?P<half_hour>half an hour|half hour)|(?P<quarter_year>vierteljahr)|(?P<fortnight>fortnight)|(?P<and_a_half>\b(?:an?|one) (?:hour|year) and a half)|(?P<half_day>half a day)|(?P<half_year>half a year)|(?P<hours_minutes>(?P<hours>\d{1,2}):(?P<minutes>\d{2})\s*(?:h\b|std\b\.?|stunden))|(?P<compact>(?P<compact_hours>\d{1,2})h(?P<compact_minutes>\d{2})))\b?",
    )
    .expect("the pattern is constant")
});

/// What people count when they try again: calls, messages, visits, appointments.
const CONTACT: &str = r"(?:telefon|support\s?|phone\s|follow-up\s)?(?:anruf(?:e|en|versuche|versuchen)?|telefonate?n?|mails?|e-mails?|emails?|fax(?:e|en)?|chats?|versuch(?:e|en)?|anlauf|anläufen?|tickets?|calls?|attempts?|tries|goes|nachricht(?:en)?|messages?|voicemails?|brief(?:e|en)?|letters?|schreiben|rückfragen?|besuche?n?|[a-zäöü]+besuche?n?|visits?|trips|termine?n?|appointments?|call-outs?|mahnung(?:en)?|reklamation(?:en)?|complaints?|reminders?|occasions|sachbearbeiter(?:in)?|reviews?)";

static COUNT: LazyLock<Regex> = LazyLock::new(|| {
    let between = r"(?:(?:verschiedene[nr]?|weitere[nr]?|different|separate|more|single|erfolglose[nr]?|unbeantwortete[nr]?|unanswered)\s+)?";
    let pattern = [
        r"(?P<times_digits>\d{1,3})\s*(?:x\b|×|-?mal\b)".to_owned(),
        format!(r"(?P<times_word>{NUMBER_WORD}?)mal\b"),
        format!(r"(?P<separate>{DIGITS}|{NUMBER_WORD})\s+(?:mal|times)\b"),
        r"(?P<ordinal_time>\d{1,3}(?:\.|st|nd|rd|th)|[a-zäöüß]+)\s+(?:mal|time)\b".to_owned(),
        r"(?P<once>once|twice|thrice)\b".to_owned(),
        r"(?P<half_dozen>half a dozen|ein halbes dutzend)\b".to_owned(),
        format!(r"{CONTACT}\s+(?:nummer|nr\.?|number|no\.)\s+(?P<numbered>{DIGITS}|{NUMBER_WORD})\b"),
        format!(r"(?P<things>\d{{1,3}}(?:\.|st|nd|rd|th)?|{NUMBER_WORD})\s+{between}{CONTACT}\b"),
    ]
    .join("|");
    Regex::new(&format!(r"(?i)\b(?:{pattern})")).expect("the pattern is constant")
});

/// An ordinal in letters (in digits it is a date), or a thing with its number.
static ORDINAL: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = format!(
        r"(?i)\b(?:\pL+\s+(?:nummer|nr\.?|number|no\.)\s+(?P<numbered>{DIGITS}|{NUMBER_WORD})\b|(?P<nth>[a-zäöüß]+(?:te[nmrs]?|nd|rd|th))\b)"
    );
    Regex::new(&pattern).expect("the pattern is constant")
});

/// Every duration in `text`, in order.
pub fn durations(text: &str) -> Vec<NamedDuration> {
    let mut found: Vec<NamedDuration> =
        FIXED_DURATION.captures_iter(text).filter_map(|found| fixed_duration(&found)).collect();
    for candidate in DURATION.captures_iter(text) {
        let Some(duration) = duration(&candidate) else { continue };
        let overlaps =
            found.iter().any(|known| known.span.start < duration.span.end && duration.span.start < known.span.end);
        if !overlaps {
            found.push(duration);
        }
    }
    found.sort_by_key(|duration| duration.span.start);
    found
}

/// Every count of times, calls, messages or attempts in `text`, in order.
pub fn counts(text: &str) -> Vec<NamedCount> {
    COUNT.captures_iter(text).filter_map(|found| count(&found)).collect()
}

/// The second of something, or a later one ("der vierte Techniker", "engineer number three"): how often something was
/// tried when the text is known to be about trying again. In any other text it counts nothing.
pub fn ordinals(text: &str) -> Vec<NamedCount> {
    ORDINAL.captures_iter(text).filter_map(|found| nth(&found)).collect()
}

fn nth(found: &Captures<'_>) -> Option<NamedCount> {
    let lower = |name: &str| found.name(name).map(|word| word.as_str().to_lowercase());
    let value = match lower("numbered") {
        Some(word) => several(&word)?,
        None => ordinal(&lower("nth")?)?,
    };
    let is_count = value.fract() == 0.0 && (2.0..=100.0).contains(&value);
    is_count.then_some(NamedCount { count: value as u32, span: found.get(0)?.range() })
}

fn duration(found: &Captures<'_>) -> Option<NamedDuration> {
    let whole = found.get(0)?;
    let word = found.name("number")?;
    let number_word = word.as_str().to_lowercase();
    let unit = found.name("unit")?.as_str().to_lowercase();
    let words_between = &whole.as_str().to_lowercase();
    let is_half_word = |word: &str| matches!(word, "halbe" | "halben" | "halber" | "halbes" | "half");
    let low = found.name("low").map(|low| (low.start(), low.as_str().to_lowercase()));
    // "twenty-five" looks like a range from twenty to five.
    let hyphenated = low.as_ref().and_then(|(start, low)| Some((number(&format!("{low}-{number_word}"))?, *start)));
    let (value, start) = if let Some(hyphenated) = hyphenated {
        hyphenated
    } else if is_half_word(&number_word) {
        (0.5, word.start())
    } else {
        let value = number(&number_word)?;
        let half = words_between.split_whitespace().any(is_half_word);
        let low_start = low.filter(|(_, low)| number(low).is_some()).map(|(start, _)| start);
        (if half { value * 0.5 } else { value }, low_start.unwrap_or(word.start()))
    };
    let minutes = value * minutes_of(&unit)?;
    (minutes > 0.0).then_some(NamedDuration { minutes, span: start..whole.end() })
}

fn minutes_of(unit: &str) -> Option<f64> {
    Some(match unit.chars().next()? {
        'm' if unit.starts_with("mo") => MONTH,
        'm' => 1.0,
        's' | 'h' => HOUR,
        't' | 'd' => DAY,
        'w' => WEEK,
        'j' | 'y' => YEAR,
        _ => return None,
    })
}

fn fixed_duration(found: &Captures<'_>) -> Option<NamedDuration> {
    let whole = found.get(0)?;
    let digits = |name: &str| found.name(name).and_then(|digits| digits.as_str().parse::<f64>().ok());
    let minutes = if found.name("three_quarters").is_some() {
        45.0
    } else if found.name("quarter").is_some() {
        15.0
    } else if found.name("half_hour").is_some() {
        30.0
    } else if found.name("quarter_year").is_some() {
        3.0 * MONTH
    } else if found.name("fortnight").is_some() {
        2.0 * WEEK
    } else if let Some(and_a_half) = found.name("and_a_half") {
        let unit = if and_a_half.as_str().to_lowercase().contains("year") { YEAR } else { HOUR };
        1.5 * unit
    } else if found.name("half_day").is_some() {
        DAY / 2.0
    } else if found.name("half_year").is_some() {
        YEAR / 2.0
    } else {
        let hours = digits("hours").or_else(|| digits("compact_hours"))?;
        let minutes = digits("minutes").or_else(|| digits("compact_minutes")).filter(|minutes| *minutes < 60.0)?;
        hours * HOUR + minutes
    };
    Some(NamedDuration { minutes, span: whole.range() })
}

fn count(found: &Captures<'_>) -> Option<NamedCount> {
    let whole = found.get(0)?;
    let lower = |name: &str| found.name(name).map(|word| word.as_str().to_lowercase());
    let value = if let Some(digits) = lower("times_digits") {
        digits.parse().ok()?
    } else if let Some(word) = lower("times_word").filter(|word| !word.is_empty()) {
        number(&word)?
    } else if let Some(word) = lower("separate").or_else(|| lower("numbered")).or_else(|| lower("things")) {
        several(&word)?
    } else if let Some(word) = lower("ordinal_time") {
        ordinal(&word)?
    } else if found.name("half_dozen").is_some() {
        6.0
    } else {
        match lower("once")?.as_str() {
            "once" => 1.0,
            "twice" => 2.0,
            _ => 3.0,
        }
    };
    let is_count = value.fract() == 0.0 && (1.0..=10_000.0).contains(&value);
    is_count.then(|| NamedCount { count: value as u32, span: whole.range() })
}

/// A number or an ordinal; one alone is an article ("a call", "eine Mail") and counts nothing.
fn several(word: &str) -> Option<f64> {
    let value = number(word).or_else(|| ordinal(word))?;
    (value > 1.0).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only_duration(text: &str) -> (f64, &str) {
        let found = durations(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        (found[0].minutes, &text[found[0].span.clone()])
    }

    #[test]
    fn durations_are_minutes() {
        let cases = [
            ("40 Minuten in der Warteschleife", 40.0),
            ("hing 45min in der Leitung", 45.0),
            ("eine geschlagene Stunde gewartet", 60.0),
            ("eine halbe Stunde", 30.0),
            ("anderthalb Stunden am Schalter", 90.0),
            ("2,5 Std. Verspätung", 150.0),
            ("warte seit drei Wochen", 3.0 * WEEK),
            ("dauert jetzt schon 2 Monate", 2.0 * MONTH),
            ("einen halben Tag verloren", DAY / 2.0),
            ("erst nach einer Viertelstunde", 15.0),
            ("eine Dreiviertelstunde", 45.0),
            ("30 bis 40 Minuten", 40.0),
            ("30-40 Minuten", 40.0),
            ("1:30 h gewartet", 90.0),
            ("fünfundvierzig Minuten", 45.0),
            ("on hold for two hours", 120.0),
            ("half an hour on the phone", 30.0),
            ("twenty-five minutes", 25.0),
            ("it took 3 weeks", 3.0 * WEEK),
            ("an hour", 60.0),
        ];
        for (text, minutes) in cases {
            assert_eq!(only_duration(text).0, minutes, "{text}");
        }
        assert_eq!(only_duration("Ich warte seit drei Wochen darauf").1, "drei Wochen");
        assert_eq!(only_duration("etwa 30 bis 40 Minuten lang").1, "30 bis 40 Minuten");
    }

    #[test]
    fn what_is_no_duration_is_left_alone() {
        for text in [
            "stundenlang",
            "seit Wochen",
            "am Tag danach",
            "Linie 5",
            "14:30 Uhr",
            "jede Woche",
            "24-Stunden-Hotline nie erreicht",
        ] {
            let found = durations(text);
            let allowed = text.starts_with("24");
            assert!(found.is_empty() || allowed, "{text}: {found:?}");
        }
    }

    #[test]
    fn counts_are_numbers() {
        let cases = [
            ("zum dritten Mal angerufen", 3),
            ("habe dreimal geschrieben", 3),
            ("schon 4x gemeldet", 4),
            ("5 mal angerufen", 5),
            ("nach fünf Anrufen", 5),
            ("beim zweiten Versuch", 2),
            ("called three times", 3),
            ("this is the third time", 3),
            ("I called twice", 2),
            ("after six emails", 6),
        ];
        for (text, expected) in cases {
            let found = counts(text);
            assert_eq!(found.iter().map(|count| count.count).collect::<Vec<_>>(), [expected], "{text}");
        }
        let ordinal_cases = [("der vierte Techniker", 4), ("Engineer number three", 3), ("third set of payslips", 3)];
        for (text, expected) in ordinal_cases {
            assert_eq!(ordinals(text).iter().map(|count| count.count).collect::<Vec<_>>(), [expected], "{text}");
        }
        for text in ["am 11. März", "der letzte Bus", "with my friend", "Konto Nummer eins"] {
            assert!(ordinals(text).is_empty(), "{text}: {:?}", ordinals(text));
        }
        for text in ["manchmal", "diesmal", "einige Male", "normal", "das letzte Mal", "x-mal"] {
            assert!(counts(text).is_empty(), "{text}: {:?}", counts(text));
        }
    }
}
