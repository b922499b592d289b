//! Streets with a number, and the postcode and town beside them.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::pattern;
use super::words::{Words, is_calendar_word, is_determiner, is_function_word, is_verb, word_set};

/// Addresses with a house number, German ("Am Deich 12, 26999 Süderkoog") and English ("14 Thistle Lane"), and post-office
/// boxes.
pub(super) fn addresses(words: &Words<'_>) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for index in 0..words.len() {
        let starts_inside =
            words.get(index).is_some_and(|word| found.last().is_some_and(|last| word.range.start < last.end));
        if starts_inside || !is_house_number(words.lower(index)) {
            continue;
        }
        let address = german(words, index).or_else(|| english(words, index)).or_else(|| box_number(words, index));
        found.extend(address);
    }
    found
}

/// "17", "7c", "22-24".
fn is_house_number(lower: &str) -> bool {
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[1-9][0-9]{0,4}[a-z]?(?:-[1-9][0-9]{0,3}[a-z]?)?$"));
    lower.starts_with(|sign: char| sign.is_ascii_digit()) && NUMBER.is_match(lower)
}

// ---- German ----

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
        "tabellenplatz startplatz listenplatz ladeplatz parkplatz sitzplatz stellplatz stehplatz spielplatz arbeitsplatz fensterplatz liegeplatz campingplatz sportplatz \
         zeltplatz tennisplatz golfplatz fußballplatz logenplatz studienplatz kitaplatz gangplatz rastplatz wohnmobilstellplatz \
         bahnsteig bürgersteig ausstieg einstieg umstieg anstieg abstieg aufstieg umweg heimweg rückweg hinweg arbeitsweg \
         schulweg fußweg radweg gehweg bremsweg rechtsweg dienstweg fluchtweg ohrring schlüsselring dichtring hering \
         bundesstraße landesstraße kreisstraße autobahn einbahnstraße vorhang anhang umhang zusammenhang betreffzeile \
         kopfzeile schlagzeile firewall bahnhof hauptbahnhof busbahnhof flughafen supermarkt baumarkt biergarten \
         kindergarten werkstatt freibad bauernhof friedhof innenhof schulhof fahrplan hauptberg",
    )
});

/// Streets of two words ("Berliner Straße"). The bare word is counted or means something else.
static STREET_NOUNS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "straße strasse str weg platz allee gasse ring damm chaussee ufer steig pfad stieg wall promenade markt tor garten \
         hof berg kamp graben zeile winkel",
    )
});

static STREET_ADJECTIVES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "alte alter alten altes neue neuer neuen neues große großer großen großes kleine kleiner kleinen kleines obere oberer \
         oberen untere unterer unteren lange langer langen kurze kurzer kurzen hohe hoher hohen hintere hinterer vordere \
         vorderer innere innerer äußere äußerer breite breiter schmale schmaler grüne grüner krumme krummer steile steiler",
    )
});

/// Things with a number behind a preposition: "im Haus 5", "am Gleis 12".
static NUMBERED: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "gleis haus zimmer tag bahnsteig schalter wagen tor gate terminal steig stock platz halle raum block abteil kasse ende \
         abend preis morgen mittag alter artikel paragraf paragraph punkt teil band kapitel monat jahr quartal semester saal \
         seite linie bus zug wert level stand gang fach regal tisch eingang ausgang aufgang bereich sektor bau gebäude trakt \
         station parkdeck deck etage stockwerk klasse gruppe schnitt durchschnitt kino saal studio bad kreis bezirk",
    )
});

static ADDRESS_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "adresse anschrift lieferadresse rechnungsadresse postadresse wohnadresse privatadresse meldeadresse firmenadresse \
         lieferanschrift rechnungsanschrift postanschrift wohnanschrift wohne wohn wohnen wohnt wohnhaft gemeldet umgezogen \
         gezogen hausanschrift zustelladresse wohnort address",
    )
});

/// German prepositions that begin a street name by themselves, and those that need an article.
const PREPOSITIONS: [&str; 9] = ["am", "im", "beim", "zum", "zur", "hinterm", "vorm", "unterm", "überm"];
const PREPOSITIONS_WITH_ARTICLE: [&str; 9] = ["an", "auf", "in", "hinter", "unter", "vor", "bei", "ob", "über"];

fn german(words: &Words<'_>, number: usize) -> Option<Range<usize>> {
    let street_end = match (words.lower_before(number), words.gap_before(number)) {
        // "Hauptstraße Nr. 5"
        _ if number >= 2 && words.lower(number - 1) == "nr" && words.gap_before(number).len() <= 2 => number - 2,
        (_, " " | ". " | ".") if number >= 1 => number - 1,
        _ => return None,
    };
    let number_end = house_number_end(words, number)?;
    let town = town_behind(words, number_end);
    // Austrian and Swiss postcodes look like years and prices.
    let has_long_code = town.is_some() && words.lower(number_end + 1).len() >= 5;
    let first = street_start(words, street_end, has_long_code)?;
    let first = town_before(words, first).unwrap_or(first);
    let last = town.unwrap_or(number_end);
    Some(words.bytes(first, last))
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

/// The last word of the house number ("22 - 24", "60 a", "12/3"); none if it is no house number but a quantity or a time.
fn house_number_end(words: &Words<'_>, number: usize) -> Option<usize> {
    let mut last = number;
    for _ in 0..2 {
        let is_joined = matches!(words.gap_after(last), "/" | "-" | "–" | " - " | " – " | "+" | " + ");
        if is_joined && is_house_number(words.lower(last + 1)) {
            last += 1;
        }
    }
    let is_letter =
        words.gap_after(last) == " " && matches!(words.lower(last + 1), "a" | "b" | "c" | "d" | "e" | "f" | "g" | "h");
    if is_letter && !words.is_capital(last + 1) && !words.gap_after(last + 1).starts_with(' ') {
        last += 1;
    }
    (!is_quantity(words, last)).then_some(last)
}

/// Whether the number is a distance, a time, an ordinal or the like.
fn is_quantity(words: &Words<'_>, number: usize) -> bool {
    static UNITS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
        word_set(
            "km m cm meter metern kilometer kilometern minuten minute min stunden stunde std h tage tag tagen wochen woche \
             monate monat jahre jahr jahren uhr euro eur cent grad mal x personen leute prozent mins minutes minute hours hour \
             miles mile days day weeks months years people times stars pm kmh sekunden stück punkte",
        )
    });
    let gap = words.gap_after(number);
    let next = words.lower(number + 1);
    let begins_with_digit = next.starts_with(|sign: char| sign.is_ascii_digit());
    let is_decimal = matches!(gap, "." | "," | ":") && begins_with_digit;
    let has_sign = gap.trim_start().starts_with(['%', '€', '£', '$', '°', '²']);
    let is_ordinal =
        gap == ". " && (is_calendar_word(next) || matches!(next, "stock" | "og" | "etage" | "klasse" | "obergeschoss"));
    is_decimal || has_sign || is_ordinal || (gap == " " && UNITS.contains(next))
}

/// The last word of "26999 Süderkoog" behind the word `number`.
fn town_behind(words: &Words<'_>, number: usize) -> Option<usize> {
    static POST_CODE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:(?:d|de|a|at|ch|l)-)?[0-9]{4,5}$"));
    let is_beside = |gap: &str| gap.len() <= 4 && gap.chars().all(|sign| " ,;|/–-·\n".contains(sign));
    let code = number + 1;
    if !is_beside(words.gap_before(code)) || !POST_CODE.is_match(words.lower(code)) {
        return None;
    }
    let town = code + 1;
    let is_town = words.gap_before(town) == " " && is_town_word(words, town) && !is_quantity(words, code);
    is_town.then(|| town_end(words, town))
}

fn is_town_word(words: &Words<'_>, index: usize) -> bool {
    let lower = words.lower(index);
    words.is_capital(index)
        && lower.chars().all(|sign| sign.is_alphabetic() || "-.'".contains(sign))
        && !is_calendar_word(lower)
}

/// The last word of a town that begins with `first`: "Bad Homburg", "Frankfurt am Main", "Neustadt an der Aisch".
fn town_end(words: &Words<'_>, first: usize) -> usize {
    let opener = words.lower(first);
    let is_opener = matches!(
        opener,
        "bad" | "st" | "sankt" | "markt" | "burg" | "alt" | "neu" | "groß" | "klein" | "deutsch" | "hann"
    ) || opener.ends_with("isch");
    if is_opener && matches!(words.gap_after(first), " " | ". ") && is_town_word(words, first + 1) {
        return first + 1;
    }
    let mut river = first + 1;
    let joins = words.gap_before(river) == " "
        && matches!(words.lower(river), "am" | "an" | "ob" | "vor" | "im" | "in" | "bei" | "unter");
    if !joins || words.is_capital(river) {
        return first;
    }
    river += 1;
    if matches!(words.lower_before(river + 1), "der" | "dem" | "den") {
        river += 1;
    }
    if words.gap_before(river) == " " && is_town_word(words, river) { river } else { first }
}

/// The first word of "Untermühlhausen, " or "26999 Süderkoog, " before the street.
fn town_before(words: &Words<'_>, street: usize) -> Option<usize> {
    let town = street.checked_sub(1)?;
    if words.gap_before(street) != ", " || !is_town_word(words, town) || is_function_word(words.lower(town)) {
        return None;
    }
    let before = words.lower_before(town);
    if before.len() >= 4 && before.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(town - 1);
    }
    matches!(before, "in" | "aus" | "nach" | "adresse" | "anschrift").then_some(town)
}

// ---- English ----

static ENGLISH_STREETS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "street st road rd avenue ave lane ln drive dr close court ct crescent cres terrace place pl square sq way gardens \
         gdns grove hill mews row walk boulevard blvd parade rise view green wharf yard circle parkway highway hwy quay vale \
         park croft meadow meadows fields heights gate",
    )
});

/// Those that are told from other words even in small letters.
const PLAIN_ENGLISH_STREETS: [&str; 8] = ["street", "road", "lane", "avenue", "drive", "crescent", "terrace", "grove"];

/// What has a number before the name of a street beside it: "bus 14 Station Road".
static ENGLISH_NUMBERED: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set("bus line route platform gate terminal flight section chapter page size train linie gleis")
});

fn english(words: &Words<'_>, number: usize) -> Option<Range<usize>> {
    const MOST_NAME_WORDS: usize = 4;
    let gap = words.gap_before(number);
    let is_counted =
        gap.ends_with(['£', '$', '€', '#', '.', ':', ',']) || ENGLISH_NUMBERED.contains(words.lower_before(number));
    if is_counted || words.gap_after(number) != " " {
        return None;
    }
    let is_placed = matches!(
        words.lower_before(number),
        "at" | "live" | "address" | "of" | "is" | "to" | "from" | "near" | "outside"
    );
    let street = (number + 2..=number + MOST_NAME_WORDS + 1).find(|index| {
        let lower = words.lower(*index);
        ENGLISH_STREETS.contains(lower) && (words.is_capital(*index) || (is_placed && PLAIN_ENGLISH_STREETS.contains(&lower)))
            // "61 St. Aldwin's Street"
            && !(matches!(lower, "st" | "dr") && words.gap_after(*index) == ". " && words.is_capital(*index + 1))
    })?;
    let is_small = !words.is_capital(street);
    let is_name = |index: usize| {
        let lower = words.lower(index);
        let has_gap = words.gap_before(index) == " "
            || (words.gap_before(index) == ". " && matches!(words.lower(index - 1), "st" | "dr"));
        let is_word = lower.chars().all(|sign| sign.is_alphabetic() || "-'".contains(sign));
        let fits = if is_small { !is_function_word(lower) && !is_verb(lower) } else { words.is_capital(index) };
        has_gap && is_word && fits
    };
    let all_names = (number + 1..street).all(is_name) && words.gap_before(street) == " ";
    if !all_names || is_quantity(words, number) {
        return None;
    }
    let first = flat_before(words, number).unwrap_or(number);
    let last = english_town_behind(words, street).unwrap_or(street);
    Some(words.bytes(first, last))
}

/// The first word of "Flat 3, " before the number.
fn flat_before(words: &Words<'_>, number: usize) -> Option<usize> {
    let unit = number.checked_sub(1)?;
    let is_joined = matches!(words.gap_before(number), ", " | " ") && is_house_number(words.lower(unit));
    let names_unit = matches!(words.lower_before(unit), "flat" | "apartment" | "apt" | "unit" | "suite");
    (is_joined && names_unit).then(|| unit - 1)
}

/// The last word of "Little Corby LC9 9ZZ" or "Springfield, IL 62704" behind the street.
fn english_town_behind(words: &Words<'_>, street: usize) -> Option<usize> {
    static REST: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^\.?,?[ \n](?:\p{Lu}[\p{L}'’-]*(?:,? |,?\n)){0,4}(?:(?i:[a-z]{1,2}[0-9][a-z0-9]? ?[0-9][a-z]{2})|[A-Z]{2} [0-9]{5})(?-u:\b)",
        )
    });
    let street_end = words.get(street)?.range.end;
    let end = street_end + REST.find(&words.text[street_end..])?.end();
    words.index_at(end).checked_sub(1)
}

/// "Postfach 10 20 30", "PO Box 123", with the town behind it.
fn box_number(words: &Words<'_>, number: usize) -> Option<Range<usize>> {
    let first = match words.lower_before(number) {
        "postfach" => number - 1,
        "box" if words.lower_before(number - 1) == "po" => number - 2,
        _ => return None,
    };
    let is_more = |index: &usize| {
        words.gap_before(*index) == " "
            && words.lower(*index).bytes().all(|byte| byte.is_ascii_digit())
            && !words.lower(*index).is_empty()
    };
    let last = (number + 1..number + 4).take_while(is_more).last().unwrap_or(number);
    Some(words.bytes(first, town_behind(words, last).unwrap_or(last)))
}

#[cfg(test)]
mod tests {
    use crate::text::pii::PersonalData;
    use crate::text::pii::testing::{assert_finds, assert_leaves};

    #[test]
    fn finds_german_addresses() {
        assert_finds(
            PersonalData::Address,
            &[
                ("Ich wohne in der Berliner Straße 5a.", "Berliner Straße 5a"),
                ("Ich wohne Unter den Linden 77, 10117 Berlin", "Unter den Linden 77, 10117 Berlin"),
                ("an Karl-Marx-Allee 12/3, 10243 Berlin bitte", "Karl-Marx-Allee 12/3, 10243 Berlin"),
                ("Lange Reihe 12, 20099 Hamburg", "Lange Reihe 12, 20099 Hamburg"),
                ("Meine Adresse: Zeil 5, 60313 Frankfurt am Main", "Zeil 5, 60313 Frankfurt am Main"),
                ("hauptstr.12 in Köln", "hauptstr.12"),
                ("Wiener Straße 3, 4020 Linz", "Wiener Straße 3, 4020 Linz"),
                ("Tannenweg 22 - 24\nA-6020 Bad Ischl", "Tannenweg 22 - 24\nA-6020 Bad Ischl"),
                ("26999 Süderkoog, Am Deich 4", "26999 Süderkoog, Am Deich 4"),
                ("neue Anschrift ist Große Bleichen 8", "Große Bleichen 8"),
                ("Postfach 10 20 30, 70191 Stuttgart", "Postfach 10 20 30, 70191 Stuttgart"),
                ("Gartenweg 60 a.", "Gartenweg 60 a"),
            ],
        );
    }

    #[test]
    fn finds_english_addresses() {
        assert_finds(
            PersonalData::Address,
            &[
                ("I live at 22 Acacia Avenue, Bristol BS1 4DJ.", "22 Acacia Avenue, Bristol BS1 4DJ"),
                ("Flat 3, 14 Park Road, London N1 9GU", "Flat 3, 14 Park Road, London N1 9GU"),
                ("221B Baker Street is mine", "221B Baker Street"),
                ("we are at 61 st. aldwin's street now", "61 st. aldwin's street"),
                ("742 Evergreen Terrace, Springfield, IL 62704", "742 Evergreen Terrace, Springfield, IL 62704"),
            ],
        );
    }

    #[test]
    fn leaves_streets_without_a_number_and_numbered_things() {
        assert_leaves(
            PersonalData::Address,
            &[
                "An der Haltestelle Goethestraße fehlt das Dach",
                "Bauarbeiten Hauptstraße 3 Wochen lang",
                "Goetheplatz 5 Minuten entfernt, Radweg 3 km",
                "Im Haus 5, am Gleis 12, Zimmer 308",
                "Platz 23, Sitzplatz 4, Bahnsteig 3, Parkplatz 12",
                "Bundesstraße 96, Straße des 17. Juni",
                "Die Hauptstraße 14:30 Uhr gesperrt",
                "Verkäufer 2 war nett, Hering 5 Euro",
                "Bus 14 Station Road stop",
                "2 minutes down the road",
                "10115 Berlin",
                "Platform 9, Oxford Street, Terminal 5",
                "In 3 Tagen Park Hotel",
            ],
        );
    }
}
