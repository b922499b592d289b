//! Names of people, without a model: behind titles, roles and introductions, in signatures, and first names that are
//! hardly anything else.

mod contact;
mod fame;
mod first_name;
mod introduction;
mod role;
mod signature;
mod title;
mod word;

use std::ops::Range;

pub(super) use first_name::first_name;

use super::words::Words;

/// Names, without the title before them. `contacts` are telephone numbers, addresses and the like that were found: what
/// stands before them is likely a name. They must be in order and without overlap.
pub(super) fn names(words: &Words<'_>, contacts: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut index = 0;
    while index < words.len() {
        let name = title::titled(words, index)
            .or_else(|| introduction::introduced(words, index))
            .or_else(|| signature::signed(words, index))
            .or_else(|| role::with_role(words, index))
            .or_else(|| first_name::with_first_name(words, index))
            .or_else(|| first_name::with_initial(words, index))
            .or_else(|| contact::before_contact(words, index, contacts))
            .or_else(|| contact::behind_contact(words, index, contacts));
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
                ("Meine Tochter heißt Fenja-Luise", "Fenja-Luise"),
                ("Regards, Mrs P Whitcombe", "P Whitcombe"),
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
