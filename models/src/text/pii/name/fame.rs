//! Things that bear people's names.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::text::pii::words::{Words, word_set};

/// Buildings, events and things that bear people's names: "Theodor Heuss Brücke", "Helene Fischer Konzert".
pub(super) static NAMED_THINGS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "line palace column hall straße strasse str platz weg allee gasse ring ufer haus halle klinik klinikum \
         krankenhaus schule gymnasium realschule grundschule gesamtschule kirche dom museum theater stadion arena \
         bahnhof brücke park turm tor universität uni institut stiftung preis konzert konzerte film filme show \
         musical tour album buch bücher denkmal viertel siedlung saal zentrum kolleg hochschule akademie bibliothek \
         airport flughafen kaserne street road avenue square school college university hospital concert centre \
         center bridge station church house stadium hbf bf tickets outlet store collection kollektion",
    )
});

/// Words before a first name that make a thing of it: "Hotel Adrian", "Orkan Sabine".
pub(super) static NAME_BEARERS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    word_set(
        "jugendherberge ice zug matratze kinderwagen app programm sankt st saint san santa santo sant hotel gasthof \
         gasthaus pension restaurant ristorante trattoria pizzeria osteria café cafe bistro bar bäckerei metzgerei \
         konditorei apotheke salon friseur boutique haus villa schloss burg kloster stift kirche schule klinik \
         klinikum stadion zoo orkan sturm sturmtief tief hoch hurrikan hurricane storm typhoon modell typ marke \
         serie kollektion kleid sofa schrank regal bett sorte song lied film buch roman oper schiff fähre ms mv \
         linie firma brand model könig kaiser papst königin kaiserin king queen pope prince princess prinz \
         prinzessin heilige heiliger tante uncle",
    )
});

/// Brands, stories and idioms whose names look like those of people, without full stops.
static FAMOUS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    const PAIRS: &str = "adam opel, adam riese, alfa romeo, aunt bessie's, bella italia, ben jerry, ben jerrys, bob marley, \
         bruno banani, calvin klein, carl benz, carl zeiss, charlie chaplin, christian dior, doctor who, \
         douglas parfum, dr beckmann, dr best, dr hauschka, dr house, dr martens, dr oetker, dr pepper, \
         dr schiwago, dr scholl, dr scholl's, dr scholls, dr strange, dr who, dr zhivago, ella's kitchen, \
         emma matratze, emma matratzen, frau antje, frau doktor, frau holle, gerry weber, hans dampf, hans im, \
         harry potter, herr gott, herr ober, hugo boss, jack daniel's, jack daniels, jack jones, jack wolfskin, \
         james bond, jil sander, jim beam, jimmy choo, jo malone, johann sebastian, john deere, john lewis, \
         johnnie walker, karl lagerfeld, kate spade, käthe wohlfahrt, laura ashley, marc jacobs, marco polo, \
         maria hilf, maria theresia, max bahr, max planck, melitta filter, michael kors, miss piggy, miss saigon, \
         miss sporty, mister lady, mister minit, mister spex, mr bean, mr kipling, mr muscle, mr proper, \
         mr sheen, mr wash, mr whippy, mrs doubtfire, mrs sporty, oliver twist, onkel ben, otto group, \
         otto normalverbraucher, paul ehrlich, paul smith, peter hahn, peter pan, peter pane, philip morris, \
         philipp morris, ralph lauren, robert koch, robin hood, sherlock holmes, stella artois, tante emma, \
         ted baker, thomas cook, tim hortons, tom ford, tom tailor, tommy hilfiger, uncle ben's, wolfgang joop";
    PAIRS.split(", ").collect()
});

pub(super) fn is_famous(words: &Words<'_>, first: usize) -> bool {
    FAMOUS.contains(format!("{} {}", words.lower(first), words.lower(first + 1)).as_str())
}

/// Whether the name is that of a building or an event.
pub(super) fn names_a_thing(words: &Words<'_>, end: usize) -> bool {
    words.gap_before(end) == " " && words.is_capital(end) && NAMED_THINGS.contains(words.lower(end))
}

/// "Dr. Martens": the brand begins before.
pub(super) fn ends_famous_name(words: &Words<'_>, index: usize) -> bool {
    index > 0 && is_famous(words, index - 1)
}
