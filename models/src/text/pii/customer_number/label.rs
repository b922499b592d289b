//! The words that say that a number is somebody's.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::text::pii::words::{Words, word_set};

/// How much the word beside it says about a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Evidence {
    /// "Kundennummer": it says that a number follows.
    Number,
    /// "Buchungscode": letters alone may follow.
    Code,
    /// "Bestellung", "Nummer": only what looks like an identifier is one.
    Matter,
}

/// The words that name a number.
pub(super) struct Label {
    pub(super) first: usize,
    pub(super) last: usize,
    pub(super) evidence: Evidence,
}

/// What "…nummer", "…-Nr." and "… number" may stand for that is no personal data.
static THINGS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "artikel serien modell typ typen teile ersatzteil produkt geräte gerät chargen material fehler ean haus \
         zimmer seiten seite gleis zug linien linie wagen bus flug telefon handy mobil mobilfunk fax ruf ruck rück \
         rückruf raum platz sitz sitzplatz start los glücks schuh farb farben größen block not notruf service \
         hotline haltestellen tür stock schalter versions bau bank iban bic plz park stellplatz kleider konfektions \
         kapitel kabinen programm gang kanal sender lauf taxi gutschein model serial product item part error batch \
         version page room flight train platform line phone telephone mobile house flat gate seat row size lucky pin \
         tan",
    )
});

/// What "… number" stands for in English, where the words are apart, and "… Nr." in German.
static MATTERS_OF_NUMBERS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "abo kunden kunde vertrags vertrag auftrags auftrag bestell bestellung buchungs buchung rechnungs rechnung \
         ticket vorgangs vorgang fall kd konto mitglieds mitglied versicherungs sendungs referenz zähler kundenkonto \
         paket order booking reservation reference ref confirmation policy claim case incident invoice membership \
         member loyalty contract meter tracking parcel consignment shipment delivery file application patient nhs \
         insurance passport licence license employee staff student complaint job transaction receipt record enquiry \
         support return refund rma subscription card roll user login customer client account security ni crime quote",
    )
});

/// Nouns behind which a number of many digits is that of the thing itself.
static MATTERS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "abo abonnement akte aktenzeichen anfrage antrag auftrag bahncard bestellung bestellungen buchung buchungen \
         geschäftszeichen kassenzeichen fall kunde kundin kundenkarte kundenkonto konto mahnung mitglied paket \
         police rechnung rechnungen referenz reservierung retoure sendung schaden ticket tickets vertrag verträge \
         vorgang zähler zählpunkt marktlokation angebot auftragsbestätigung ausweis beleg beschwerde bonuskarte \
         debitor depot führerschein kassenbon lieferschein meldung mitgliedskarte personalausweis quittung reisepass \
         reklamation störungsmeldung transaktion versicherungsschein deutschlandticket confirmation enquiry job \
         licence membership mpan passport point quote receipt subscription tracking transaction account booking \
         bookings case claim consignment contract customer file incident invoice invoices meter member order orders \
         package parcel policy ref reference reservation shipment complaint nummer nummern nr number numbers",
    )
});

/// Words behind which letters alone can be the identifier.
static CODES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "buchungscode buchungsnummer buchungsreferenz reservierungscode reservierungsnummer pnr auftragscode \
         kundenkennung reference referenz",
    )
});

const NUMBER_NOUNS: [&str; 10] =
    ["nummern", "nummer", "numbers", "number", "referenz", "kennung", "num", "nr", "id", "no"];

/// Words that may stand between the label and the number.
pub(super) static CONNECTORS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "ist lautet lautete war wäre heißt sind lauten bei ihnen euch mir hier noch mal nochmal übrigens also die \
         der das den dem mit zu im system von ihrem eurem meine mein unter is are was were reads with you your yours \
         our my the would be nr no nummer number num id",
    )
});

/// Of [`CONNECTORS`], those behind a noun that only may have a number ("Vertrag mit der Nummer …").
pub(super) static CLOSE_CONNECTORS: LazyLock<HashSet<&str>> =
    LazyLock::new(|| word_set("nr no nummer number num id ref reference mit der unter ist lautet war is was with"));

impl Label {
    /// Whether a label ends with the word `index`.
    pub(super) fn at(words: &Words<'_>, index: usize) -> Option<Self> {
        let lower = words.lower(index);
        let before = match index.checked_sub(1) {
            Some(before) if matches!(words.gap_before(index), " " | ". " | "." | "-") => words.lower(before),
            _ => "",
        };
        let label = |first: usize, evidence: Evidence| Some(Label { first, last: index, evidence });
        if CODES.contains(lower) || (lower == "code" && MATTERS_OF_NUMBERS.contains(before)) {
            return label(index, Evidence::Code);
        }
        if matches!(lower, "kdnr" | "aktenzeichen" | "az" | "geschäftszeichen" | "kassenzeichen" | "zählpunkt" | "iknr")
        {
            return label(index, Evidence::Number);
        }
        let is_number_noun = NUMBER_NOUNS.contains(&lower);
        let names_reference = matches!(lower, "ref" | "reference") && MATTERS.contains(before);
        if names_reference || is_number_noun && MATTERS_OF_NUMBERS.contains(before) {
            return label(index - 1, Evidence::Number);
        }
        // "card ending 1234" says too little, "loyalty card" says it all.
        if lower == "card" && matches!(before, "loyalty" | "member" | "membership" | "bonus" | "customer") {
            return label(index - 1, Evidence::Number);
        }
        if is_number_noun && THINGS.contains(before) {
            return None;
        }
        if MATTERS.contains(lower) {
            return label(index, Evidence::Matter);
        }
        let (noun, stem) = NUMBER_NOUNS.iter().find_map(|noun| Some((*noun, lower.strip_suffix(noun)?)))?;
        let stem = stem.trim_end_matches('-');
        // "kino", "valid": these need a hyphen, or a stem that is known.
        let ends_other_words = matches!(noun, "num" | "id" | "no" | "kennung");
        let is_compound = !ends_other_words || lower.contains('-') || MATTERS_OF_NUMBERS.contains(stem);
        let thing = stem.rsplit('-').next().unwrap_or(stem);
        (is_compound && stem.chars().count() >= 2 && !is_thing(thing)).then_some(())?;
        label(index, Evidence::Number)
    }
}

/// "artikel", "flugs", "hausnummern": with or without the s that joins German words.
fn is_thing(stem: &str) -> bool {
    let bare = stem.strip_suffix('s').unwrap_or(stem);
    THINGS.contains(stem) || THINGS.contains(bare)
}
