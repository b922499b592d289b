//! Names of people, without a model: behind titles, roles and introductions, in signatures, and first names that are
//! hardly anything else.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use super::first_names::{Certainty, first_name};
use super::numbers::overlaps_any;
use super::words::{Words, is_calendar_word, is_degree, is_determiner, is_function_word, is_verb, word_set};

/// Names, without the title before them. `contacts` are telephone numbers, addresses and the like that were found: what
/// stands before them is likely a name. They must be in order and without overlap.
pub(super) fn names(words: &Words<'_>, contacts: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut index = 0;
    while index < words.len() {
        let name = titled(words, index)
            .or_else(|| introduced(words, index))
            .or_else(|| signed(words, index))
            .or_else(|| with_role(words, index))
            .or_else(|| with_first_name(words, index))
            .or_else(|| with_initial(words, index))
            .or_else(|| before_contact(words, index, contacts))
            .or_else(|| behind_contact(words, index, contacts));
        match name {
            Some(name) => {
                found.push(bytes(words, &name));
                index = name.end;
            }
            None => index += 1,
        }
    }
    found
}

/// Words `first..end` as bytes, without the s of an English genitive, with the full stop of an initial.
fn bytes(words: &Words<'_>, name: &Range<usize>) -> Range<usize> {
    let range = words.bytes(name.start, name.end - 1);
    let last = words.written(name.end - 1);
    let possessive = ["'s", "’s"].iter().find(|ending| last.ends_with(**ending)).map_or(0, |ending| ending.len());
    let full_stop = usize::from(last.chars().count() == 1 && words.text[range.end..].starts_with('.'));
    range.start..range.end - possessive + full_stop
}

// ---- what a name is made of ----

/// What follows a name or a title with a capital, in German, and is none.
static NO_NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "team service kundenservice support hotline filiale kasse laden shop bahn bus zug app mail danke dank grüße gruß note \
         linie termin angebot essen preis hotel kunde kundin kunden mitarbeiter mitarbeiterin fahrer kollege kollegin kollegen \
         gast gäste fahrgast stammkunde stammkundin stammgast patient patientin leser leserin nutzer nutzerin mieter mieterin \
         freund freunde damen herren herr frau dame mann leute zusammen alle alles bitte super top gut sehr hallo liebe lieber \
         sterne punkte euro uhr tag tage woche jahr jahre problem bestellung vertrag rechnung konto karte paket lieferung \
         auftrag internet telefon rückruf nummer adresse handy firma praxis amt station zimmer gleis deutsche deutschen \
         customer thanks thank regards team service support staff store shop sir madam dear kind best hello please order \
         mama papa mutti vati oma opa ähm äh versand versandhaus group gruppe gmbh ag kg inc ltd card platz urlaub fall mal preise zeit werbung angebote website \
         reise reisen tickets ticket hilfe bescheid anruf brief post bank hund katze auto wagen name namen",
    )
});

/// Buildings, events and things that bear people's names: "Theodor Heuss Brücke", "Helene Fischer Konzert".
static NAMED_THINGS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "straße strasse str platz weg allee gasse ring ufer haus halle klinik klinikum krankenhaus schule gymnasium \
         realschule grundschule gesamtschule kirche dom museum theater stadion arena bahnhof brücke park turm tor universität \
         uni institut stiftung preis konzert konzerte film filme show musical tour album buch bücher denkmal viertel siedlung \
         saal zentrum kolleg hochschule akademie bibliothek airport flughafen kaserne street road avenue square school \
         college university hospital hall concert centre center bridge station church house stadium hbf bf \
         tickets outlet store collection kollektion",
    )
});

/// Words before a first name that make a thing of it: "Hotel Adrian", "Orkan Sabine".
static NAME_BEARERS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "sankt st saint san santa santo sant hotel gasthof gasthaus pension restaurant ristorante trattoria pizzeria osteria \
         café cafe bistro bar bäckerei metzgerei konditorei apotheke salon friseur boutique haus villa schloss burg kloster \
         stift kirche schule klinik klinikum stadion zoo orkan sturm sturmtief tief hoch hurrikan hurricane storm typhoon \
         modell typ marke serie kollektion kleid sofa schrank regal bett sorte song lied film buch roman oper schiff fähre ms \
         mv linie firma brand model könig kaiser papst königin kaiserin king queen pope prince princess prinz prinzessin heilige \
         heiliger café tante uncle",
    )
});

/// Brands and stories whose names look like those of people.
static FAMOUS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    [
        "herr gott",
        "herr ober",
        "frau holle",
        "frau antje",
        "frau doktor",
        "dr oetker",
        "dr martens",
        "dr best",
        "dr pepper",
        "dr beckmann",
        "dr hauschka",
        "dr scholl",
        "dr scholls",
        "dr house",
        "dr who",
        "doctor who",
        "dr schiwago",
        "dr zhivago",
        "dr strange",
        "mr bean",
        "mr proper",
        "mr wash",
        "mr muscle",
        "mr whippy",
        "mr kipling",
        "mr sheen",
        "mister spex",
        "mister minit",
        "mrs sporty",
        "mrs doubtfire",
        "miss saigon",
        "miss piggy",
        "hugo boss",
        "calvin klein",
        "tommy hilfiger",
        "tom tailor",
        "jack wolfskin",
        "jack jones",
        "gerry weber",
        "karl lagerfeld",
        "christian dior",
        "ralph lauren",
        "michael kors",
        "marc jacobs",
        "harry potter",
        "peter pan",
        "peter hahn",
        "marco polo",
        "jack daniels",
        "jack daniel's",
        "johnnie walker",
        "tim hortons",
        "paul smith",
        "ted baker",
        "laura ashley",
        "kate spade",
        "alfa romeo",
        "carl zeiss",
        "thomas cook",
        "philip morris",
        "philipp morris",
        "james bond",
        "bob marley",
        "stella artois",
        "maria hilf",
        "maria theresia",
        "otto group",
        "ben jerry",
        "ben jerrys",
        "john deere",
        "john lewis",
        "jimmy choo",
        "emma matratzen",
        "emma matratze",
        "paul ehrlich",
        "robert koch",
        "max planck",
        "tante emma",
        "onkel ben",
        "uncle ben's",
        "bella italia",
        "johann sebastian",
        "sherlock holmes",
        "robin hood",
        "jim beam",
        "oliver twist",
        "charlie chaplin",
        "carl benz",
        "adam opel",
    ]
    .into_iter()
    .collect()
});

const PARTICLES: [&str; 18] = [
    "von", "van", "de", "der", "den", "zu", "zur", "el", "al", "da", "di", "del", "della", "la", "le", "ter", "ten",
    "bin",
];

/// Whether the word at `index` may be a part of a name: with a capital, and no word that is known to be another.
fn is_name_word(words: &Words<'_>, index: usize) -> bool {
    let lower = words.lower(index);
    let written = words.written(index);
    let is_word = lower.chars().all(|sign| sign.is_alphabetic() || "-.'".contains(sign));
    let is_initial = lower.chars().count() == 1 && words.gap_after(index).starts_with('.');
    let is_shouted = !is_initial && !written.contains(char::is_lowercase);
    words.is_capital(index)
        && is_word
        && !is_shouted
        && (is_initial || lower.chars().count() >= 2)
        && !is_function_word(lower)
        && !is_calendar_word(lower)
        && !is_common_noun(lower)
        && !TITLES.contains(lower)
}

/// Whether a German noun is known, or ends as only common nouns do.
fn is_common_noun(lower: &str) -> bool {
    const ENDINGS: [&str; 14] = [
        "heit", "heiten", "keit", "keiten", "schaft", "tion", "tionen", "tät", "nummer", "service", "zentrum",
        "schrift", "adresse", "kontakt",
    ];
    let is_long_ung = lower.chars().count() >= 8 && (lower.ends_with("ung") || lower.ends_with("ungen"));
    let last_part = lower.rsplit('-').next().unwrap_or(lower);
    is_long_ung
        || NO_NAMES.contains(lower)
        || ENDINGS.iter().any(|ending| lower.ends_with(ending))
        || (last_part != lower && (NAMED_THINGS.contains(last_part) || NO_NAMES.contains(last_part)))
}

/// The end of a name of `most` words at most that begins at `first`; particles do not count.
fn name_end(words: &Words<'_>, first: usize, most: usize) -> Option<usize> {
    let mut end = first;
    let mut count = 0;
    while count < most && (end == first || is_joined(words, end)) {
        if is_name_word(words, end) {
            count += 1;
            end += 1;
            continue;
        }
        let behind_particles =
            (end..end + 3).find(|index| !PARTICLES.contains(&words.lower(*index)) || words.is_capital(*index));
        // "Mona der Vampir"
        let is_article = matches!(words.lower(end), "der" | "den");
        match behind_particles
            .filter(|next| *next > end && !is_article && (end + 1..=*next).all(|index| is_joined(words, index)))
        {
            // "Frau Meier von der Hotline": only behind a first name.
            Some(next) if end > first && first_name(words.lower(end - 1)).is_some() && is_name_word(words, next) => {
                count += 1;
                end = next + 1;
            }
            _ => break,
        }
    }
    (count > 0).then_some(end)
}

/// Whether only a space stands before the word, or the full stop of an initial.
fn is_joined(words: &Words<'_>, index: usize) -> bool {
    let is_initial = index > 0 && words.lower(index - 1).chars().count() == 1;
    matches!(words.gap_before(index), " ") || (is_initial && matches!(words.gap_before(index), ". " | "."))
}

fn is_famous(words: &Words<'_>, first: usize) -> bool {
    FAMOUS.contains(format!("{} {}", words.lower(first), words.lower(first + 1)).as_str())
}

/// Whether the name is that of a building or an event.
fn names_a_thing(words: &Words<'_>, end: usize) -> bool {
    words.gap_before(end) == " " && words.is_capital(end) && NAMED_THINGS.contains(words.lower(end))
}

// ---- titles ----

static TITLES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "herr herrn hr hrn frau fr fräulein frl mr mrs ms miss mx mister dr prof familie fam eheleute doktor doctor professor",
    )
});

/// What may stand between a title and the name.
static FURTHER_TITLES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "dr prof doktor doktorin doctor professor professorin h c mult med dent rer nat phil jur ing dipl mag direktor direktorin \
         minister ministerin kommissar kommissarin pfarrer pfarrerin bürgermeister bürgermeisterin oberarzt oberärztin chefarzt \
         chefärztin kapitän notar notarin rechtsanwalt rechtsanwältin kollege kollegin nachbar nachbarin lehrer lehrerin \
         schaffner schaffnerin ober oberbürgermeister oberbürgermeisterin bundespräsident wachtmeister wachtmeisterin präsident \
         präsidentin bundeskanzler bundeskanzlerin namens",
    )
});

/// "Herr Pawlowski", "Frau Dr. med. Nasrin Tavakoli", "Mrs Applegarth".
fn titled(words: &Words<'_>, index: usize) -> Option<Range<usize>> {
    if !TITLES.contains(words.lower(index)) || is_other_word(words, index) || is_famous(words, index) {
        return None;
    }
    if !words.is_capital(index) {
        return small_titled(words, index);
    }
    let follows = |at: usize| matches!(words.gap_before(at), " " | ". " | ".");
    let is_title = |at: usize| FURTHER_TITLES.contains(words.lower(at)) || TITLES.contains(words.lower(at));
    // "Herr und Frau Meier"
    let joins = |at: usize| matches!(words.lower(at), "und" | "and") && TITLES.contains(words.lower(at + 1));
    const MOST_TITLES: usize = 8;
    let is_part = |at: &usize| follows(*at) && (is_title(*at) || joins(*at));
    let first = (index + 1..index + MOST_TITLES).take_while(is_part).last().map_or(index + 1, |last| last + 1);
    if !follows(first)
        || is_famous(words, first - 1)
        || (is_anybody(words, index) && first_name(words.lower(first)).is_none())
    {
        return None;
    }
    let most = if first_name(words.lower(first)).is_some() { 3 } else { 2 };
    let has_particle =
        matches!(words.lower(first), "von" | "van" | "de" | "el" | "al" | "zu") && !words.is_capital(first);
    if has_particle {
        // "die Frau von Rossmann"
        let is_any = words.lower(first) == "von" && is_determiner(words.lower_before(index));
        let noun = (first + 1..first + 3).find(|at| words.is_capital(*at))?;
        let has_article = noun == first + 2 && words.lower(first + 1) != "der";
        let end = name_end(words, noun, 1).filter(|_| !is_any && !has_article && is_joined(words, first + 1))?;
        return Some(first..end);
    }
    if is_shouted_name(words, first) {
        return Some(first..first + 1);
    }
    name_end(words, first, most).map(|end| first..end)
}

/// "einer netten Frau Geld geben"
fn is_anybody(words: &Words<'_>, title: usize) -> bool {
    let adjective = words.lower_before(title);
    let is_inflected = ["e", "er", "es", "en", "em"].iter().any(|ending| adjective.ends_with(ending));
    let article = title.checked_sub(1).map_or("", |adjective| words.lower_before(adjective));
    let is_indefinite = ["ein", "kein", "jede"].iter().any(|stem| article.starts_with(stem));
    is_inflected && is_indefinite && !is_function_word(adjective)
}

/// "Mo-Fr. Ruhetag", "Fr Termin", "MS Europa", "MR-Gerät": a short title is one with a full stop, or at least not all
/// capitals.
fn is_other_word(words: &Words<'_>, index: usize) -> bool {
    let written = words.written(index);
    let needs_full_stop = matches!(words.lower(index), "fr" | "hr" | "hrn" | "fam");
    let is_shouted = written.len() == 2 && !written.contains(char::is_lowercase);
    words.gap_before(index).ends_with(['-', '–', '/'])
        || (needs_full_stop && !words.gap_after(index).starts_with('.'))
        || (is_shouted && !is_shouted_name(words, index + 1))
}

/// "Frau MÜLLER"
fn is_shouted_name(words: &Words<'_>, index: usize) -> bool {
    let lower = words.lower(index);
    let is_word = lower.chars().count() >= 3 && lower.chars().all(|sign| sign.is_alphabetic() || sign == '-');
    let is_known_word = is_function_word(lower) || is_verb(lower) || is_degree(lower) || is_common_noun(lower);
    is_word && !words.written(index).contains(char::is_lowercase) && !is_known_word
}

/// "herr bayer hat": all in small letters, so only with a verb behind the name or a preposition before the title.
fn small_titled(words: &Words<'_>, index: usize) -> Option<Range<usize>> {
    let before = words.lower_before(index);
    let first = index + 1;
    let next = words.lower(first);
    let calls = matches!(
        before,
        "an" | "von"
            | "mit"
            | "bei"
            | "durch"
            | "für"
            | "hallo"
            | "danke"
            | "liebe"
            | "lieber"
            | "to"
            | "by"
            | "with"
            | "from"
            | "dear"
            | "thanks"
    );
    if (is_determiner(before) && !calls)
        || !matches!(words.gap_before(first), " " | ". ")
        || !is_small_name(words, first)
    {
        return None;
    }
    let acts = words.gap_after(first) == " " && is_verb(words.lower(first + 1));
    let is_english = matches!(words.lower(index), "mr" | "mrs" | "ms");
    (next.chars().count() >= 3 && (calls || acts || is_english)).then_some(first..first + 1)
}

/// Whether a word in small letters can be a name: it is no other word that is known, and no adjective.
fn is_small_name(words: &Words<'_>, index: usize) -> bool {
    const ADJECTIVES: [&str; 9] = ["lich", "ig", "isch", "bar", "sam", "los", "haft", "ell", "voll"];
    let lower = words.lower(index);
    lower.chars().count() >= 2
        && lower.chars().all(|sign| sign.is_alphabetic() || sign == '-')
        && !is_function_word(lower)
        && !is_verb(lower)
        && !is_degree(lower)
        && !is_calendar_word(lower)
        && !is_common_noun(lower)
        && !ADJECTIVES.iter().any(|ending| lower.ends_with(ending))
}

// ---- introductions ----

/// What is said before a name, the last word first.
const INTRODUCTIONS: [&[&str]; 26] = [
    &["heiße", "ich"],
    &["heisse", "ich"],
    &["heiß", "ich"],
    &["ist", "name"],
    &["lautet", "name"],
    &["is", "name"],
    &["was", "name"],
    &["name's"],
    &["gezeichnet"],
    &["gez"],
    &["spricht", "hier"],
    &["schreibt", "hier"],
    &["namen", "den", "auf"],
    &["namen", "dem", "unter"],
    &["namen", "im"],
    &["von", "namen", "im"],
    &["of", "name"],
    &["name", "the", "under"],
    &["hd", "z"],
    &["zhd"],
    &["händen", "zu"],
    &["o", "c"],
    &["attn"],
    &["a", "i"],
    &["v", "i"],
    &["ppa"],
];

/// What stands before a name in a form.
static NAME_LABELS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "name vorname nachname familienname surname kontoinhaber kontoinhaberin karteninhaber karteninhaberin inhaber inhaberin \
         ansprechpartner ansprechpartnerin ansprechperson kontaktperson unterzeichner versicherungsnehmer versicherungsnehmerin \
         empfänger empfängerin absender absenderin sachbearbeiter sachbearbeiterin cardholder passenger",
    )
});

/// "Ich heiße …", "My name is …", "Name: …", "Ich, …, kündige", "i bin da …".
fn introduced(words: &Words<'_>, index: usize) -> Option<Range<usize>> {
    let first = index + 1;
    let gap = words.gap_before(first);
    if is_introduction(words, index) && matches!(gap, " " | ": " | ". " | "/" | " \"") {
        let small = || (!words.is_capital(first) && is_small_name(words, first)).then_some(first + 1);
        return name_end(words, first, 3).or_else(small).map(|end| first..end);
    }
    if NAME_LABELS.contains(words.lower(index)) && matches!(gap, " " | ": " | ":") {
        let end = name_end(words, first, 3)?;
        let is_form = gap != " " || (end - first >= 2 && ends_phrase(words, end));
        return is_form.then_some(first..end);
    }
    // "Hier ist Telse Petersen", "I'm Telse Petersen": nouns follow these too, but seldom two.
    let is_presented = match words.lower(index) {
        "ist" => words.lower_before(index) == "hier",
        "is" => words.lower_before(index) == "this",
        "am" => words.lower_before(index) == "i",
        "i'm" | "unterzeichnete" | "unterzeichner" => true,
        _ => false,
    };
    if is_presented && gap == " " {
        let end = name_end(words, first, 3)?;
        let is_known = first_name(words.lower(first)) == Some(Certainty::Sure);
        let is_pair = end - first >= 2 && !words.is_capital(end) && !names_a_thing(words, end);
        return (is_known || is_pair).then_some(first..end);
    }
    let speaks = matches!(words.lower(index), "ich" | "i") && gap == ", ";
    if speaks {
        let end = name_end(words, first, 3)?;
        return (end - first >= 2 && words.gap_before(end).starts_with(',')).then_some(first..end);
    }
    let is_somebody =
        matches!(words.lower(index), "der" | "die" | "da") && matches!(words.lower_before(index), "bin" | "i'm");
    if is_somebody && gap == " " {
        let end = name_end(words, first, 3)?;
        let is_known = first_name(words.lower(first)).is_some();
        // "ich bin der Deutschen Bahn treu"
        return (is_known || (end - first >= 2 && !words.lower(first).ends_with("en"))).then_some(first..end);
    }
    let is_called = matches!(words.lower(index), "called" | "named" | "namens" | "genannt") && gap == " ";
    if is_called && is_person(words.lower_before(index)) {
        return name_end(words, first, 2).map(|end| first..end);
    }
    None
}

fn is_introduction(words: &Words<'_>, index: usize) -> bool {
    let matches_phrase = |phrase: &[&str]| {
        let mut at = index;
        phrase.iter().enumerate().all(|(position, word)| {
            if position > 0 {
                if at == 0 || !matches!(words.gap_before(at), " " | ". " | "." | "/") {
                    return false;
                }
                at -= 1;
            }
            words.lower(at) == *word
        })
    };
    INTRODUCTIONS.iter().any(|phrase| phrase[0] == words.lower(index) && matches_phrase(phrase))
}

/// Whether a clause ends before the word `end`.
fn ends_phrase(words: &Words<'_>, end: usize) -> bool {
    let gap = words.gap_before(end);
    end >= words.len()
        || gap.starts_with([',', '.', '!', '?', ';', ':', '\n', ')', '/', '|', '[', '–', '-'])
        || gap.starts_with(" [")
}

// ---- signatures ----

/// The words that end a letter.
static CLOSINGS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "gruß gruss grüße grüsse gruesse grüßen grüssen grüßle grüßt lg vg mfg bg vlg hochachtungsvoll regards sincerely \
         faithfully cheers wishes signed unterzeichnet unterschrieben",
    )
});

/// Closings that are a company or a word where they do not close a letter.
const SHORT_CLOSINGS: [&str; 5] = ["lg", "vg", "bg", "vlg", "cheers"];

/// "Viele Grüße, Telse Carstens", "vg sandro".
fn signed(words: &Words<'_>, index: usize) -> Option<Range<usize>> {
    let closing = words.lower(index);
    if !CLOSINGS.contains(closing) {
        return None;
    }
    // "Mein LG Fernseher"
    let may_be_word = SHORT_CLOSINGS.contains(&closing) && (index == 0 || words.gap_before(index) == " ");
    if may_be_word
        && !(is_last_line(words, index) && (!words.is_capital(index) || first_name(words.lower(index + 1)).is_some()))
    {
        return None;
    }
    let mut first = index + 1;
    // "aus dem Norden", "von", up to the comma or the end of the line.
    if words.gap_before(first) == " " && matches!(words.lower(first), "aus" | "vom" | "from") {
        const MOST_WORDS: usize = 5;
        first = (first + 1..first + MOST_WORDS).find(|at| words.gap_before(*at).starts_with([',', '\n']))?;
    }
    let is_between = |at: usize| {
        let gap = words.gap_before(at).trim_matches([' ', ',', '\n', '.', '-', '–', '!', ':', '\t']);
        gap.is_empty()
    };
    const BETWEEN: [&str; 11] =
        ["ihr", "ihre", "dein", "deine", "euer", "eure", "von", "your", "yours", "from", "sendet"];
    while is_between(first) && BETWEEN.contains(&words.lower(first)) {
        first += 1;
    }
    if first >= words.len() || !is_between(first) {
        return None;
    }
    if let Some(end) = name_end(words, first, 4) {
        let end = if words.lower(end) == "und" { name_end(words, end + 1, 2).unwrap_or(end) } else { end };
        return ends_signature(words, end).then_some(first..end);
    }
    small_signature(words, index, first)
}

/// Whether nothing but contact data and new lines follows the signature.
fn ends_signature(words: &Words<'_>, end: usize) -> bool {
    let is_number = words.lower(end).starts_with(|sign: char| sign.is_ascii_digit());
    ends_phrase(words, end) || is_number || matches!(words.lower(end), "aus" | "from")
}

/// "lg petra": one or two words in small letters that end the text or the line.
fn small_signature(words: &Words<'_>, closing: usize, first: usize) -> Option<Range<usize>> {
    static NO_SIGNATURES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
        word_set(
            "zurück nochmal nochmals retour wieder weiter zuhause euch ihnen ans aufs ins everyone back again mate guys for",
        )
    });
    let is_small = !matches!(words.lower(closing), "grüßen" | "grüßt" | "signed") && !words.is_capital(first);
    let is_initial = |at: usize| words.lower(at).chars().count() == 1 && words.gap_after(at) == ". ";
    let start = if is_initial(first) { first + 1 } else { first };
    let is_name =
        |at: usize| !words.is_capital(at) && is_small_name(words, at) && !NO_SIGNATURES.contains(words.lower(at));
    if !is_small || !is_name(start) {
        return None;
    }
    let end = if words.gap_before(start + 1) == " " && is_name(start + 1) { start + 2 } else { start + 1 };
    let ends_line = end >= words.len() || words.gap_before(end).contains(['\n', '[', ',']);
    ends_line.then_some(first..end)
}

/// Whether at most four words follow on the line, and no brand begins the text.
fn is_last_line(words: &Words<'_>, index: usize) -> bool {
    const MOST_WORDS: usize = 3;
    let ends = |at: usize| at >= words.len() || words.gap_before(at).contains('\n');
    let is_brand = if index == 0 { words.lower(0) == "lg" } else { is_determiner(words.lower(index - 1)) };
    !is_brand && (index + 1..=index + MOST_WORDS + 1).any(ends)
}

// ---- roles ----

/// Who is called by name: staff, patients, relatives.
static ROLES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "mitarbeiter mitarbeiterin kollege kollegen kollegin berater beraterin kundenberater kundenberaterin fahrer fahrerin \
         busfahrer busfahrerin taxifahrer taxifahrerin lokführer lokführerin zugbegleiter zugbegleiterin zugchef zugchefin \
         schaffner schaffnerin techniker technikerin monteur monteurin handwerker zusteller zustellerin postbote postbotin bote \
         kurier verkäufer verkäuferin kassierer kassiererin kellner kellnerin bedienung koch köchin chef chefin filialleiter \
         filialleiterin marktleiter marktleiterin hausmeister hausmeisterin arzt ärztin oberarzt oberärztin \
         zahnarzt zahnärztin hausarzt hausärztin pfleger pflegerin krankenpfleger krankenschwester schwester hebamme therapeut \
         therapeutin physiotherapeut physiotherapeutin trainer trainerin lehrer lehrerin erzieher erzieherin friseur friseurin \
         friseurin azubi praktikant praktikantin sachbearbeiter sachbearbeiterin vertreter vertreterin makler maklerin anwalt \
         anwältin steuerberater steuerberaterin patient patientin mandant mandantin kunde kundin mieter mieterin nachbar \
         nachbarin bekannter bekannte freund freundin sohn tochter bruder mutter vater mann frau oma opa onkel enkel enkelin \
         ehemann ehefrau partner partnerin pfarrer pfarrerin pastor pastorin kapitän rezeptionist rezeptionistin",
    )
});

static ENGLISH_ROLES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "driver waiter waitress nurse midwife agent advisor adviser assistant manager receptionist colleague engineer \
         technician conductor steward stewardess cashier clerk therapist consultant teacher instructor barber hairdresser \
         barista bartender plumber electrician postman courier rep representative host hostess guy bloke chap fella lad lady \
         gentleman girl boy mum mom dad wife husband son daughter sister brother mother father grandma grandpa nan \
         guide doctor friend neighbour neighbor partner uncle aunt carer caretaker dentist surgeon gp solicitor landlord landlady",
    )
});

/// Roles that are called by a name alone, so that whatever follows with a capital is one.
const CALLED_BY_NAME: [&str; 7] = ["schwester", "pfleger", "nurse", "pater", "pastor", "sister", "midwife"];

fn is_role(lower: &str) -> bool {
    ROLES.contains(lower) || ENGLISH_ROLES.contains(lower)
}

fn is_person(lower: &str) -> bool {
    is_role(lower)
        || matches!(
            lower,
            "man" | "woman" | "kind" | "person" | "someone" | "somebody" | "jemand" | "typ" | "dame" | "herr" | "herrn"
        )
}

/// "Busfahrer Detlef Konrads", "Schwester Annegret", "my mum, Dorothy Ainsworth".
fn with_role(words: &Words<'_>, index: usize) -> Option<Range<usize>> {
    let role = words.lower(index);
    let first = index + 1;
    if !is_role(role) || !matches!(words.gap_before(first), " " | ", " | ": ") {
        return None;
    }
    let is_direct = words.gap_before(first) == " ";
    if first_name(words.lower(first)).is_some() && words.is_capital(first) {
        return with_surname(words, first);
    }
    // "our guide, Siobhán, was lovely"
    let is_apposition = words.gap_before(first) == ", ";
    if is_apposition {
        let end = name_end(words, first, 2)?;
        return words.gap_before(end).starts_with(',').then_some(first..end);
    }
    if !is_direct || is_verb(words.lower(first)) || NAMED_THINGS.contains(words.lower(first)) {
        return None;
    }
    // In English a capital makes a name by itself; German nouns have one too.
    let is_enough = (ENGLISH_ROLES.contains(role) && !words.is_capital(index)) || CALLED_BY_NAME.contains(&role);
    let end = name_end(words, first, 2)?;
    if names_a_thing(words, end) {
        return None;
    }
    let acts = words.gap_before(end) == " " && is_verb(words.lower(end));
    let is_pair = end - first >= 2 && (ends_phrase(words, end) || !words.is_capital(end));
    // "Mitarbeiter Fehlanzeige" is a common complaint; "Mitarbeiterin" is said of one person.
    let is_one_woman = role.ends_with("in") && (ends_phrase(words, end) || !words.is_capital(end));
    (is_enough || acts || is_one_woman || (is_pair && !words.lower(first).ends_with("en"))).then_some(first..end)
}

// ---- first names ----

/// "Trinkgeld ging an Giuseppe", "Jürgen Kaltschmidt".
fn with_first_name(words: &Words<'_>, index: usize) -> Option<Range<usize>> {
    // "#Friederike" is a hashtag.
    if words.gap_before(index).ends_with('#') || !is_name_word(words, index) {
        return None;
    }
    let certainty = first_name(words.lower(index))?;
    let name = with_surname(words, index)?;
    let has_surname = name.len() >= 2;
    let before = words.lower_before(index);
    // "am Alex": a place with a person's name.
    let is_place = matches!(before, "am" | "im" | "ins" | "ans" | "aufs");
    let is_idiom = matches!(before, "schwarzer" | "schwarzen" | "falsche" | "dumme");
    if NAME_BEARERS.contains(before) || is_place || is_idiom || is_saint(words, index) || ends_famous_name(words, index)
    {
        return None;
    }
    if has_surname {
        let is_word =
            certainty == Certainty::Ambiguous && (is_verb(words.lower(index)) || is_function_word(words.lower(index)));
        return (!is_word).then_some(name);
    }
    // "Seat Leon", "Air Berlin": behind another noun it is hardly a person, unless that is one.
    let follows_noun = !before.is_empty()
        && words.is_capital(index - 1)
        && !words.opens_sentence(index - 1)
        && !is_person(before)
        && !is_function_word(before)
        && !NO_NAMES.contains(before);
    (certainty == Certainty::Sure && !follows_noun).then_some(name)
}

/// "Dr. Martens": the brand begins before.
fn ends_famous_name(words: &Words<'_>, index: usize) -> bool {
    index > 0 && is_famous(words, index - 1)
}

fn is_saint(words: &Words<'_>, index: usize) -> bool {
    index > 0 && words.lower(index - 1) == "st" && words.gap_before(index) == ". "
}

/// The first name with what follows of it; none if it is that of a building, a brand or an event.
fn with_surname(words: &Words<'_>, first: usize) -> Option<Range<usize>> {
    const MOST_WORDS: usize = 3;
    let end_of_all = name_end(words, first, MOST_WORDS).unwrap_or(first + 1);
    // What follows may be any German noun: only one word behind the first names is taken for the surname.
    let behind_first_names = (first..end_of_all).find(|index| first_name(words.lower(*index)).is_none());
    let surname = behind_first_names.and_then(|start| (start..end_of_all).find(|index| words.is_capital(*index)));
    let end = surname.map_or(end_of_all, |surname| surname + 1);
    let is_thing = (first + 1..=end).any(|index| names_a_thing(words, index)) || is_famous(words, first);
    (!is_thing).then_some(first..end)
}

/// "M. Berger" at the start of a line or behind a preposition.
fn with_initial(words: &Words<'_>, index: usize) -> Option<Range<usize>> {
    let surname = index + 1;
    let is_initial = words.lower(index).chars().count() == 1 && words.gap_before(surname) == ". ";
    let before = words.lower_before(index);
    let is_placed =
        index == 0 || words.gap_before(index).contains('\n') || matches!(before, "von" | "an" | "by" | "to" | "from");
    let is_name = is_initial && is_placed && is_name_word(words, index) && is_name_word(words, surname);
    (is_name && !is_verb(words.lower(surname))).then_some(index..surname + 1)
}

// ---- beside contact data ----

/// "Zur Rückfrage: Holger Mierisch, 030 …": two words with capitals that open a line or a list, and then how to reach them.
fn before_contact(words: &Words<'_>, index: usize, contacts: &[Range<usize>]) -> Option<Range<usize>> {
    let opens = index == 0 || words.gap_before(index).ends_with([':', '\n']) || words.gap_before(index) == ": ";
    if contacts.is_empty() || !opens {
        return None;
    }
    let end = name_end(words, index, 3).filter(|end| *end - index >= 2)?;
    let name_ends = words.get(end - 1)?.range.end;
    const LOOK_AHEAD_BYTES: usize = 4;
    let gap_end = words.text.ceil_char_boundary((name_ends + LOOK_AHEAD_BYTES).min(words.text.len()));
    let is_beside = overlaps_any(contacts, &(name_ends..gap_end))
        && words.text[name_ends..].starts_with([',', '\n', ';', ' ', ':']);
    is_beside.then_some(index..end)
}

/// "Rückruf unter 030 …, Petersen": one or two words between how to reach somebody and the end of the text.
fn behind_contact(words: &Words<'_>, index: usize, contacts: &[Range<usize>]) -> Option<Range<usize>> {
    static NO_PEOPLE: LazyLock<HashSet<&str>> = LazyLock::new(|| {
        word_set(
            "abends morgens mittags vormittags nachmittags tagsüber jederzeit mobil privat dienstlich geschäftlich dringend \
             eilig merci thanks thx asap büro arbeit zuhause festnetz whatsapp egal ganztags sofort anytime mornings evenings \
             office home work urgent urgently",
        )
    });
    let gap = words.gap_before(index);
    let gap_start = words.get(index)?.range.start - gap.len();
    let is_beside = gap == ", " && gap_start > 0 && overlaps_any(contacts, &(gap_start - 1..gap_start));
    if !is_beside || NO_PEOPLE.contains(words.lower(index)) {
        return None;
    }
    let is_small = !words.is_capital(index) && is_small_name(words, index) && words.lower(index).chars().count() >= 4;
    let end = name_end(words, index, 2).or_else(|| is_small.then_some(index + 1))?;
    (end == words.len() && words.gap_before(end).trim_matches(['.', '!', ' ', '\n']).is_empty()).then_some(index..end)
}

#[cfg(test)]
mod tests {
    use crate::text::pii::PersonalData;
    use crate::text::pii::testing::{assert_finds, assert_leaves};

    #[test]
    fn finds_names_behind_titles_and_roles() {
        assert_finds(
            PersonalData::Name,
            &[
                ("Frau Özdemir-Schulz half", "Özdemir-Schulz"),
                ("Frau Prof. Dr. med. Anna Schulze", "Anna Schulze"),
                ("FRAU MÜLLER WAR NETT", "MÜLLER"),
                ("herr schmidt hat nicht zurückgerufen", "schmidt"),
                ("danke an frau weber", "weber"),
                ("Herr und Frau Meier", "Meier"),
                ("Frau von der Leyen kam", "von der Leyen"),
                ("Ms Smith's team", "Smith"),
                ("Ihr Mitarbeiter Kowalczyk hat geholfen", "Kowalczyk"),
                ("the waiter Ignazio was great", "Ignazio"),
                ("Verkäuferin Sabine K. war unhöflich", "Sabine K."),
            ],
        );
    }

    #[test]
    fn finds_names_in_introductions_and_signatures() {
        assert_finds(
            PersonalData::Name,
            &[
                ("Ich heiße Telse Petersen und wohne hier", "Telse Petersen"),
                ("mein name ist kevin", "kevin"),
                ("under the name Okonkwo", "Okonkwo"),
                ("Ansprechpartner: Oleg Petrenko", "Oleg Petrenko"),
                ("i bin da Schorsch Huber", "Schorsch Huber"),
                ("A woman called Precious helped", "Precious"),
                ("MfG\nTelse Petersen\nKiel", "Telse Petersen"),
                ("Viele Grüße aus München, Ihre Telse", "Telse"),
                ("bis bald lg petra", "petra"),
                ("Kind regards, O. Bright", "O. Bright"),
                ("Rückfragen: Telse Petersen, 030 23125 417", "Telse Petersen"),
                ("Rückruf 030 23125 417, Petersen", "Petersen"),
            ],
        );
    }

    #[test]
    fn finds_first_names() {
        assert_finds(
            PersonalData::Name,
            &[
                ("Trinkgeld ging an Giuseppe", "Giuseppe"),
                ("Danke Lisa!", "Lisa"),
                ("ruft bitte Jonas Weidemann zurück", "Jonas Weidemann"),
                ("Max Mustermann war da", "Max Mustermann"),
                ("Julias Beratung", "Julias"),
            ],
        );
    }

    #[test]
    fn leaves_what_bears_a_name() {
        assert_leaves(
            PersonalData::Name,
            &[
                "Frau Holle und Herr Ober",
                "Herr der Ringe lief im Kino",
                "Meine Frau und Kinder waren begeistert",
                "die Frau von der Information, einer netten Frau Geld geben",
                "Die Sophie-Scholl-Schule, das Albert Schweitzer Gymnasium, die Theodor Heuss Brücke",
                "Dr. Oetker Pizza, Dr. Martens Schuhe, Hugo Boss Anzug",
                "Hotel Maria Theresia, Restaurant Julius, Sturmtief Sabine, Sankt Martin, St. Andreas",
                "Mein neuer LG Fernseher",
                "Viele Grüße an das Team",
                "Mit freundlichen Grüßen, eine enttäuschte Kundin",
                "Mitarbeiter Kundenservice, Busfahrer Linie 12",
                "Mark und Pfennig, Ernst gemeint, August war heiß",
                "MS Office, Mo-Fr. Ruhetag",
                "am Alex, #Friederike",
                "Ich bin Kunde, ich bin der Meinung",
                "Will Amazon das liefern?",
            ],
        );
    }
}
