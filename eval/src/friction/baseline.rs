//! What friction would be without a trained head: regular expressions for the four kinds, German and English. Only to
//! compare with; the service does not use them.

use std::sync::LazyLock;

use klartext_models::friction::FrictionKind;
use regex::Regex;

const NUMBER: &str = r"(?:\d+(?:[.,]\d+)?|eine[rmns]?|ein|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|\pL+zehn|\pL+zig|halbe[nr]?|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|forty|fifty)";
const UNIT: &str = r"(?:minuten?|min|stunden?|std|tage?n?|wochen?|monate?n?|jahre?n?|minutes?|mins?|hours?|days?|weeks?|months?|years?)";

/// Whatever else is said: no waiting at all, or a question.
static NONE: LazyLock<Regex> = LazyLock::new(|| {
    any_of(&[
        r"\b(?:keine? (?:wartezeit|schlange|warten|anstehen)|ohne (?:wartezeit|zu warten|warten|schlange))\b",
        r"\b(?:no (?:waiting|queue|wait)|without (?:waiting|queueing|a queue))\b",
        r"\?$",
    ])
});

static WAITING: LazyLock<Regex> = LazyLock::new(|| {
    any_of(&[
        r"\b(?:ge|ab)?wart(?:e|en|et|ete|eten)\b|\bwarte(?:zeit|schleife|schlange|liste)|\b(?:an)?gestanden\b|\bschlange\b",
        r"\b(?:immer noch|noch immer|bis heute|bisher|nach wie vor) (?:nicht|nichts|kein\pL*)\b",
        r"\b(?:stunden|tage|wochen|monate|jahre)lang\b|\bseit (?:tagen|wochen|monaten|stunden|ewigkeiten)\b",
        &format!(
            r"\b(?:seit|nach|für|for|after|took|takes?) (?:über |fast |mehr als |gut |over |almost |nearly |about )?{NUMBER} {UNIT}\b"
        ),
        &format!(r"\b{NUMBER} {UNIT} (?:später|gedauert|warteschleife|schlange|in der|later|on hold|in the queue)\b"),
        r"\b(?:wait(?:ed|ing|s)?|queue[ds]?|queue?ing|on hold)\b|\bfor (?:hours|days|weeks|months|ages)\b",
        r"\bstill (?:no|not|nothing|haven't|hasn't|waiting|don't have)\b",
    ])
});

static REPEATED_CONTACT: LazyLock<Regex> = LazyLock::new(|| {
    any_of(&[
        r"\b(?:schon wieder|immer wieder|noch ?mal|nochmals|noch einmal|erneut|abermals|mehrfach|mehrmals|wiederholt|jedes mal|von vorne?)\b",
        r"\b(?:zum|das|beim|der|die) (?:\pL+te[nr]?|\d+\.) (?:mal|anruf|mail|versuch|termin|brief)\b",
        r"\b(?:\d+|zwei|drei|vier|fünf|sechs|sieben|acht|zehn)[ -]?(?:mal|x|anrufe|mails|e-mails|briefe)\b",
        r"\b(?:again|once more|over and over|repeatedly|several times|every time|each time|twice|yet another|time and again)\b",
        r"\b(?:second|third|fourth|fifth|sixth|\d+(?:nd|rd|th)) (?:time|call|email|e-mail|letter|attempt|visit|appointment)\b",
        r"\b(?:two|three|four|five|six|seven|eight|ten|\d+) (?:times|calls|emails|e-mails|letters)\b",
    ])
});

static UNCERTAINTY: LazyLock<Regex> = LazyLock::new(|| {
    any_of(&[
        r"\b(?:keine ahnung|unklar|widersprüch\pL*|ungewiss\pL*|im dunkeln)\b",
        r"\b(?:keiner|niemand|kein mensch)\b.{0,30}\b(?:weiß|wusste|sagen|sagt|sagte|erklären)\b",
        r"\bweiß\b.{0,20}\b(?:nicht|keiner|niemand|nichts)\b|\bob .{0,40}(?:weiß|unklar|offen|erfahre)",
        r"\b(?:jede[rs]?|alle) .{0,15}(?:was|etwas) andere?s?\b|\bwas (?:gilt|stimmt|soll ich)\b",
        r"\b(?:no idea|no clue|unclear|contradict\pL*|conflicting|in the dark|none the wiser|anyone's guess|who knows)\b",
        r"\b(?:nobody|no one|no-one|none) .{0,25}\b(?:knows?|knew|tell|says?|explain)\b|\b(?:don't|do not|didn't) know\b",
        r"\bdifferent (?:answer|story|date|price|stories)s?\b",
    ])
});

static DEAD_END: LazyLock<Regex> = LazyLock::new(|| {
    any_of(&[
        r"\b(?:funktionier\pL*|geht|ging|klappt\pL*|lädt|reagiert)\b.{0,15}\bnicht\b",
        r"\bnicht (?:erreichbar|zuständig|möglich|verfügbar|vergeben)\b|\bim kreis\b|\baus der leitung\b",
        r"\b(?:niemand|keiner) .{0,20}\b(?:zuständig|erreichbar|ran|ab|da|geht|hebt)\b",
        r"\b(?:fehlermeldung|fehler \d+|404|sackgasse|abgestürzt|stürzt ab|aufgelegt|besetzt|ins leere)\b",
        r"\bvon .{1,30} zu .{1,30} (?:geschickt|verwiesen|verbunden|weitergeleitet)\b|\b(?:verwiesen|weiterverbunden|weitergereicht|abgewimmelt)\b",
        r"\b(?:doesn't|does not|didn't|not|won't) (?:work|working|load|open|go through)\b|\bcan't (?:get|log|reach|find|submit)\b",
        r"\b(?:broken|dead|hung up|cut off|error|loop|circles|engaged)\b|\bnot (?:our|my|their) (?:department|responsibility|problem)\b",
        r"\b(?:passed|sent|bounced|transferred) (?:around|on|from|back|to)\b",
        r"\b(?:nobody|no one|no-one) .{0,20}\b(?:answers|answered|picks up|responsible|there)\b",
    ])
});

fn any_of(patterns: &[&str]) -> Regex {
    Regex::new(&format!("(?i){}", patterns.join("|"))).expect("the pattern is constant")
}

/// Whether the words look like a kind of friction.
pub fn looks_like(kind: FrictionKind, words: &str) -> bool {
    let pattern = match kind {
        FrictionKind::Waiting => &WAITING,
        FrictionKind::RepeatedContact => &REPEATED_CONTACT,
        FrictionKind::Uncertainty => &UNCERTAINTY,
        FrictionKind::DeadEnd => &DEAD_END,
    };
    !NONE.is_match(words) && pattern.is_match(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_cases_are_found() {
        let kinds = |words: &str| -> Vec<FrictionKind> {
            FrictionKind::ALL.into_iter().filter(|kind| looks_like(*kind, words)).collect()
        };
        assert_eq!(kinds("Ich warte seit drei Wochen"), [FrictionKind::Waiting]);
        assert_eq!(kinds("zum dritten Mal angerufen"), [FrictionKind::RepeatedContact]);
        assert_eq!(kinds("niemand konnte mir sagen, wann"), [FrictionKind::Uncertainty]);
        assert_eq!(kinds("Der Link geht nicht"), [FrictionKind::DeadEnd]);
        assert_eq!(kinds("keine Wartezeit"), []);
    }
}
