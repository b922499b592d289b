//! "Am Deich 12, 26999 Süderkoog"

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use super::house_number::house_number_end;
use super::town::{town_alone, town_before, town_behind};
use crate::text::pii::words::{Words, is_calendar_word, is_determiner, is_function_word, is_verb, word_set};

/// Endings of street names that are hardly anything else.
const STREETS: [&str; 22] = [
    "straße",
    "strasse",
    "str",
    "weg",
    "platz",
    "allee",
    "gasse",
    "ring",
    "damm",
    "chaussee",
    "ufer",
    "steig",
    "pfad",
    "stieg",
    "wall",
    "promenade",
    "twiete",
    "kamp",
    "anger",
    "zeile",
    "gässchen",
    "stiege",
];

/// Endings of names that streets have from the land; they count only with more that speaks for an address.
const PLACES: [&str; 36] = [
    "grund", "berg", "bach", "wald", "feld", "see", "hang", "park", "markt", "kirche", "mühle", "hof", "garten",
    "deich", "hafen", "brunnen", "wiese", "wiesen", "teich", "moor", "heide", "hain", "holz", "rain", "bruch",
    "winkel", "acker", "linden", "eichen", "weiher", "graben", "schloss", "tal", "höhe", "linde", "brücke",
];

/// What ends like a street and is none, or is counted.
static NO_STREETS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "tabellenplatz startplatz listenplatz ladeplatz parkplatz sitzplatz stellplatz stehplatz spielplatz \
         arbeitsplatz fensterplatz liegeplatz campingplatz sportplatz zeltplatz tennisplatz golfplatz fußballplatz \
         logenplatz studienplatz kitaplatz gangplatz rastplatz wohnmobilstellplatz bahnsteig bürgersteig ausstieg \
         einstieg umstieg anstieg abstieg aufstieg umweg heimweg rückweg hinweg arbeitsweg schulweg fußweg radweg \
         gehweg bremsweg rechtsweg dienstweg fluchtweg ohrring schlüsselring dichtring hering bundesstraße \
         landesstraße kreisstraße autobahn einbahnstraße vorhang anhang umhang zusammenhang betreffzeile kopfzeile \
         schlagzeile firewall bahnhof hauptbahnhof busbahnhof flughafen supermarkt baumarkt biergarten kindergarten \
         werkstatt freibad bauernhof friedhof innenhof schulhof fahrplan hauptberg",
    )
});

/// Streets of two words ("Berliner Straße"). The bare word is counted or means something else.
static STREET_NOUNS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "straße strasse str weg platz allee gasse ring damm chaussee ufer steig pfad stieg wall promenade markt tor \
         garten hof berg kamp graben zeile winkel",
    )
});

static STREET_ADJECTIVES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "alte alter alten altes neue neuer neuen neues große großer großen großes kleine kleiner kleinen kleines \
         obere oberer oberen untere unterer unteren lange langer langen kurze kurzer kurzen hohe hoher hohen hintere \
         hinterer vordere vorderer innere innerer äußere äußerer breite breiter schmale schmaler grüne grüner krumme \
         krummer steile steiler",
    )
});

/// Things with a number behind a preposition: "im Haus 5", "am Gleis 12".
static NUMBERED: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "gleis haus zimmer tag bahnsteig schalter wagen tor gate terminal steig stock platz halle raum block abteil \
         kasse ende abend preis morgen mittag alter artikel paragraf paragraph punkt teil band kapitel monat jahr \
         quartal semester saal seite linie bus zug wert level stand gang fach regal tisch eingang ausgang aufgang \
         bereich sektor bau gebäude trakt station parkdeck deck etage stockwerk klasse gruppe schnitt durchschnitt \
         kino studio bad kreis bezirk",
    )
});

static ADDRESS_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "adresse anschrift lieferadresse rechnungsadresse postadresse wohnadresse privatadresse meldeadresse \
         firmenadresse lieferanschrift rechnungsanschrift postanschrift wohnanschrift wohne wohn wohnen wohnt \
         wohnhaft gemeldet umgezogen gezogen hausanschrift zustelladresse wohnort address",
    )
});

/// German prepositions that begin a street name by themselves, and those that need an article.
const PREPOSITIONS: [&str; 9] = ["am", "im", "beim", "zum", "zur", "hinterm", "vorm", "unterm", "überm"];
const PREPOSITIONS_WITH_ARTICLE: [&str; 9] = ["an", "auf", "in", "hinter", "unter", "vor", "bei", "ob", "über"];

pub(super) fn german(words: &Words<'_>, number: usize) -> Option<Range<usize>> {
    let street_end = street_end_before(words, number)?;
    let number_end = house_number_end(words, number)?;
    let town = town_behind(words, number_end);
    // Austrian and Swiss postcodes look like years and prices.
    let has_long_code = town.is_some() && words.lower(number_end + 1).len() >= 5;
    let first = street_start(words, street_end, has_long_code)?;
    let first = town_before(words, first).unwrap_or(first);
    let last = town.or_else(|| town_alone(words, number_end + 1)).unwrap_or(number_end);
    Some(words.bytes(first, last))
}

/// The last word of what stands before a house number: "Hauptstraße 5", "Dorfstr. 5", "Hauptstraße Nr. 5".
fn street_end_before(words: &Words<'_>, number: usize) -> Option<usize> {
    let before = number.checked_sub(1)?;
    let gap = words.gap_before(number);
    if words.lower(before) == "nr" && matches!(gap, " " | ". ") {
        return before.checked_sub(1);
    }
    (gap == " " || (matches!(gap, ". " | ".") && words.lower(before).ends_with("str"))).then_some(before)
}

/// The first word of the street that ends with the word `last`, if it is one.
fn street_start(words: &Words<'_>, last: usize, has_town: bool) -> Option<usize> {
    let lower = words.lower(last);
    if NO_STREETS.contains(lower) {
        return None;
    }
    let before = words.lower_before(last);
    let is_street_noun = STREET_NOUNS.contains(lower);
    if is_street_name(words, last) && !is_street_noun {
        let has_adjective = STREET_ADJECTIVES.contains(before) && words.is_capital(last - 1);
        return Some(if has_adjective { last - 1 } else { last }).map(|first| with_preposition(words, first));
    }
    if is_street_noun && words.is_capital(last) && !before.is_empty() && words.is_capital(last - 1) {
        let names_place =
            before.ends_with("er") && before.len() >= 4 && !is_function_word(before) && !is_determiner(before);
        if names_place || STREET_ADJECTIVES.contains(before) {
            return Some(last - 1);
        }
    }
    if !words.is_capital(last) || NUMBERED.contains(lower) || is_calendar_word(lower) || is_function_word(lower) {
        return None;
    }
    let has_label = is_labelled(words, last);
    if let Some(first) = preposition(words, last) {
        // "Ich wohne Am Erlengrund 17": within a sentence a capital makes it a name.
        let is_name = words.is_capital(first) && !words.opens_sentence(first);
        let is_place = words.is_capital(first) && PLACES.iter().any(|place| lower.ends_with(place));
        return (is_name || is_place || has_label || has_town).then_some(first);
    }
    if has_town {
        return Some(name_start(words, last));
    }
    has_label.then(|| name_start(words, last))
}

/// "Karl-Marx-Platz", "dorfstr": a name that ends with a word for a street.
fn is_street_name(words: &Words<'_>, index: usize) -> bool {
    const WHATEVER_THE_CASE: [&str; 5] = ["straße", "strasse", "str", "allee", "gasse"];
    let lower = words.lower(index);
    let endings: &[&str] = if words.is_capital(index) { &STREETS } else { &WHATEVER_THE_CASE };
    // "Verkäufer" ends with "ufer".
    let is_name = |stem: &str| stem.chars().count() >= 2 && !stem.ends_with('ä');
    endings.iter().any(|street| lower.strip_suffix(street).is_some_and(is_name))
}

/// "An der Alten Poststraße": the preposition is part of the name only with a capital inside a sentence.
fn with_preposition(words: &Words<'_>, first: usize) -> usize {
    match preposition(words, first) {
        Some(start) if words.is_capital(start) && !words.opens_sentence(start) => start,
        _ => first,
    }
}

/// Where "Am …", "An der …" begins before the word.
fn preposition(words: &Words<'_>, index: usize) -> Option<usize> {
    let before = words.lower_before(index);
    if PREPOSITIONS.contains(&before) {
        return Some(index - 1);
    }
    let has_article = matches!(before, "der" | "dem" | "den" | "die" | "das");
    (has_article && PREPOSITIONS_WITH_ARTICLE.contains(&words.lower_before(index - 1))).then(|| index - 2)
}

/// Whether "Adresse" or "wohne" stands at most three words before.
fn is_labelled(words: &Words<'_>, index: usize) -> bool {
    const MOST_WORDS_BETWEEN: usize = 3;
    let mut at = index;
    for _ in 0..=MOST_WORDS_BETWEEN {
        let gap = words.gap_before(at);
        let Some(before) = at.checked_sub(1) else { return false };
        if !gap.chars().all(|sign| " :\n".contains(sign)) {
            return false;
        }
        if ADDRESS_WORDS.contains(words.lower(before)) {
            return true;
        }
        let lower = words.lower(before);
        if !(is_function_word(lower) || is_verb(lower) || words.is_capital(before) && at == index || lower == "neu") {
            return false;
        }
        at = before;
    }
    false
}

/// The first of the capital words that end with `last`, three at most: "Große Bleichen", "Unter den Linden".
fn name_start(words: &Words<'_>, last: usize) -> usize {
    const MOST_WORDS: usize = 3;
    let mut first = last;
    while last - first + 1 < MOST_WORDS && !words.lower_before(first).is_empty() {
        let before = first - 1;
        let lower = words.lower(before);
        let is_label = ADDRESS_WORDS.contains(lower) || is_verb(lower);
        let is_article = matches!(lower, "der" | "den" | "dem") && before > 0 && words.is_capital(before - 1);
        let is_name = words.is_capital(before)
            && (!is_function_word(lower)
                || PREPOSITIONS_WITH_ARTICLE.contains(&lower)
                || PREPOSITIONS.contains(&lower));
        if is_label || !(is_article || is_name) {
            break;
        }
        first = before;
    }
    // An article does not begin a name.
    if words.is_capital(first) { first } else { (first + 1).min(last) }
}
