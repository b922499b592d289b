//! Streets with a number, and the postcode and town beside them.

mod english;
mod german;
mod house_number;
mod town;

use std::ops::Range;

use self::english::english;
use self::german::german;
use self::house_number::is_house_number;
use self::town::town_behind;
use super::words::Words;

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
                ("Gartenweg 6, Wolfshain.", "Gartenweg 6, Wolfshain"),
                ("Gartenweg 6, Danke.", "Gartenweg 6"),
                ("Gartenweg 6, Frau Weber", "Gartenweg 6"),
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
                ("to 22 Acacia Avenue, Little Corby, please", "22 Acacia Avenue, Little Corby"),
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
