use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use super::fame::{NAMED_THINGS, names_a_thing};
use super::first_name::{first_name, with_surname};
use super::word::{ends_phrase, name_end};
use crate::text::pii::words::{Words, is_verb, word_set};

/// Who is called by name: staff, patients, relatives.
static ROLES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "mitarbeiter mitarbeiterin kollege kollegen kollegin berater beraterin kundenberater kundenberaterin fahrer \
         fahrerin busfahrer busfahrerin taxifahrer taxifahrerin lokführer lokführerin zugbegleiter zugbegleiterin \
         zugchef zugchefin schaffner schaffnerin techniker technikerin monteur monteurin handwerker zusteller \
         zustellerin postbote postbotin bote kurier verkäufer verkäuferin kassierer kassiererin kellner kellnerin \
         bedienung koch köchin chef chefin filialleiter filialleiterin marktleiter marktleiterin hausmeister \
         hausmeisterin arzt ärztin oberarzt oberärztin zahnarzt zahnärztin hausarzt hausärztin pfleger pflegerin \
         krankenpfleger krankenschwester schwester hebamme therapeut therapeutin physiotherapeut physiotherapeutin \
         trainer trainerin lehrer lehrerin erzieher erzieherin friseur friseurin azubi praktikant praktikantin \
         sachbearbeiter sachbearbeiterin vertreter vertreterin makler maklerin anwalt anwältin steuerberater \
         steuerberaterin patient patientin mandant mandantin kunde kundin mieter mieterin nachbar nachbarin \
         bekannter bekannte freund freundin sohn tochter bruder mutter vater mann frau oma opa onkel enkel enkelin \
         ehemann ehefrau partner partnerin pfarrer pfarrerin pastor pastorin kapitän rezeptionist rezeptionistin",
    )
});

static ENGLISH_ROLES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "driver waiter waitress nurse midwife agent advisor adviser assistant manager receptionist colleague \
         engineer technician conductor steward stewardess cashier clerk therapist consultant teacher instructor \
         barber hairdresser barista bartender plumber electrician postman courier rep representative host hostess \
         guy bloke chap fella lad lady gentleman girl boy mum mom dad wife husband son daughter sister brother \
         mother father grandma grandpa nan guide doctor friend neighbour neighbor partner uncle aunt carer caretaker \
         dentist surgeon gp solicitor landlord landlady",
    )
});

/// Roles that are called by a name alone, so that whatever follows with a capital is one.
const CALLED_BY_NAME: [&str; 6] = ["schwester", "nurse", "pater", "pastor", "sister", "midwife"];

pub(super) fn is_role(lower: &str) -> bool {
    ROLES.contains(lower) || ENGLISH_ROLES.contains(lower)
}

pub(super) fn is_person(lower: &str) -> bool {
    is_role(lower)
        || matches!(
            lower,
            "man" | "woman" | "kind" | "person" | "someone" | "somebody" | "jemand" | "typ" | "dame" | "herr" | "herrn"
        )
}

/// "Busfahrer Detlef Konrads", "Schwester Annegret", "my mum, Dorothy Ainsworth".
pub(super) fn with_role(words: &Words<'_>, index: usize) -> Option<Range<usize>> {
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
