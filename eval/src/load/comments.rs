use std::path::Path;

use klartext_proto::v1::Comment;
use serde::Deserialize;

use crate::data::read_lines;
use crate::random::Random;
use crate::{Error, Result};

const SOURCE: &str = "load";

/// What customers of a public-transport company write.
const SENTENCES: [&str; 24] = [
    "Der Bus kam wieder zwanzig Minuten zu spät.",
    "An der Anzeige stand nichts davon.",
    "Die Fahrerin war sehr freundlich und hat mir mit dem Kinderwagen geholfen.",
    "Am Automaten konnte ich nicht mit Karte zahlen.",
    "Seit drei Wochen ist der Aufzug am Hauptbahnhof kaputt.",
    "In der App wurde mein Ticket nicht angezeigt, obwohl das Geld schon abgebucht war.",
    "Ich habe zweimal angerufen und beide Male eine andere Auskunft bekommen.",
    "Sauberer Wagen, ruhige Fahrt.",
    "Warum fährt am Sonntagabend keine Bahn mehr?",
    "Die Durchsage war nicht zu verstehen.",
    "Meine Beschwerde vom Mai ist bis heute nicht beantwortet.",
    "Der Anschluss in Altstadt wurde nicht abgewartet, die nächste Bahn fuhr eine Stunde später.",
    "Toll, dass es jetzt WLAN gibt!",
    "Im Wagen war es so heiß, dass einer älteren Frau schlecht wurde.",
    "Der Kontrolleur war unhöflich, obwohl ich mein Abo gezeigt habe.",
    "Das Abo zu kündigen ist ein Hindernislauf.",
    "Könnten Sie an der Haltestelle Gartenstraße bitte eine Bank aufstellen?",
    "Alles bestens, gerne wieder.",
    "Die Preise sind schon wieder gestiegen, die Leistung nicht.",
    "Im Kundenzentrum musste ich vierzig Minuten warten.",
    "Niemand wusste, wann es weitergeht.",
    "Die neue Linie ist für mich ein Gewinn.",
    "Mein Rad durfte nicht mit, obwohl genug Platz war.",
    "Die Umleitung war gut ausgeschildert.",
];

/// Drawn once, and sent over and over.
const DRAWN: usize = 2_000;

/// Comments to send.
#[derive(Debug, Clone)]
pub struct Comments {
    texts: Vec<String>,
}

#[derive(Deserialize)]
struct Row {
    text: String,
}

impl Comments {
    /// Of one to six sentences, one in fifty of thirty.
    pub fn drawn(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let mut draw = || {
            let sentences =
                if random.below(50) == 0 { 30 } else { 1 + random.below(3) * random.below(3) + random.below(2) };
            let words: Vec<&str> = (0..sentences).map(|_| SENTENCES[random.below(SENTENCES.len())]).collect();
            words.join(" ")
        };
        Self { texts: (0..DRAWN).map(|_| draw()).collect() }
    }

    /// The field `text` of a JSON Lines file.
    ///
    /// # Errors
    /// The file cannot be read, or has no line.
    pub fn read(path: &Path) -> Result<Self> {
        let texts: Vec<String> = read_lines::<Row>(path)?.into_iter().map(|row| row.text).collect();
        if texts.is_empty() {
            return Err(Error::TooLittleData(format!("{} has no texts", path.display())));
        }
        Ok(Self { texts })
    }

    /// The comment with this number, which is also its id; texts repeat.
    pub fn get(&self, number: u64) -> Comment {
        Comment {
            external_id: number.to_string(),
            source: SOURCE.to_owned(),
            text: self.texts[number as usize % self.texts.len()].clone(),
            ..Comment::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_of_mixed_length_and_repeatable() {
        let comments = Comments::drawn(3);
        assert_eq!(comments.texts, Comments::drawn(3).texts);
        let lengths: Vec<usize> = comments.texts.iter().map(String::len).collect();
        assert!(lengths.iter().any(|&length| length < 60) && lengths.iter().any(|&length| length > 1_000));
        assert_eq!(comments.get(DRAWN as u64 + 1).text, comments.get(1).text);
    }
}
