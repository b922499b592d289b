//! Closed word classes that show where one clause ends and the next begins.
//!
//! Only structure words: nothing here says what a comment is about. The connectives follow the classes of Duden, Die
//! Grammatik (9th edition, "Adversative und konzessive Konnektoren"), of Pasch et al., Handbuch der deutschen
//! Konnektoren, and, for English, of Quirk et al., A Comprehensive Grammar of the English Language (8.134-8.147,
//! contrastive conjuncts; 15.39-15.43, concession and contrast).

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::language::Language;

/// When a connective begins a new clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opens {
    /// Wherever it stands.
    Always,
    /// Behind a comma; without one only if its surroundings show that it is not a particle ("das ist aber schade").
    UnlessParticle,
    /// Only behind a comma or dash.
    AfterComma,
    /// Behind a comma, if a clause with its own verb follows.
    BeforeClause,
}

/// A word or two that set a clause against the one before.
pub(super) struct Connective {
    pub(super) words: &'static [&'static str],
    pub(super) opens: Opens,
    /// Whether it makes its clause subordinate: at the start of a sentence the main clause follows behind the comma.
    pub(super) subordinates: bool,
}

const fn joins(words: &'static [&'static str], opens: Opens) -> Connective {
    Connective { words, opens, subordinates: false }
}

const fn subordinates(words: &'static [&'static str], opens: Opens) -> Connective {
    Connective { words, opens, subordinates: true }
}

/// German adversative conjunctions, concessive subjunctions and adverbial connectives.
const GERMAN_CONNECTIVES: &[Connective] = &[
    joins(&["aber"], Opens::UnlessParticle),
    joins(&["jedoch"], Opens::UnlessParticle),
    joins(&["allerdings"], Opens::UnlessParticle),
    joins(&["sondern"], Opens::AfterComma),
    joins(&["doch"], Opens::AfterComma),
    joins(&["nur"], Opens::BeforeClause),
    joins(&["bloß"], Opens::BeforeClause),
    joins(&["dafür"], Opens::AfterComma),
    joins(&["dagegen"], Opens::AfterComma),
    joins(&["hingegen"], Opens::AfterComma),
    joins(&["trotzdem"], Opens::AfterComma),
    joins(&["dennoch"], Opens::AfterComma),
    joins(&["stattdessen"], Opens::AfterComma),
    joins(&["andererseits"], Opens::AfterComma),
    joins(&["gleichwohl"], Opens::AfterComma),
    joins(&["leider"], Opens::AfterComma),
    subordinates(&["obwohl"], Opens::Always),
    subordinates(&["obgleich"], Opens::Always),
    subordinates(&["wenngleich"], Opens::Always),
    subordinates(&["wohingegen"], Opens::Always),
    subordinates(&["auch", "wenn"], Opens::AfterComma),
    subordinates(&["während"], Opens::AfterComma),
    subordinates(&["wobei"], Opens::AfterComma),
];

/// English contrastive conjunctions, concessive subordinators and conjuncts.
const ENGLISH_CONNECTIVES: &[Connective] = &[
    joins(&["but"], Opens::UnlessParticle),
    joins(&["yet"], Opens::AfterComma),
    joins(&["however"], Opens::AfterComma),
    joins(&["nevertheless"], Opens::AfterComma),
    joins(&["nonetheless"], Opens::AfterComma),
    joins(&["still"], Opens::AfterComma),
    joins(&["unfortunately"], Opens::AfterComma),
    joins(&["instead"], Opens::AfterComma),
    joins(&["otherwise"], Opens::AfterComma),
    joins(&["on", "the", "other", "hand"], Opens::AfterComma),
    subordinates(&["although"], Opens::Always),
    subordinates(&["though"], Opens::BeforeClause),
    subordinates(&["even", "though"], Opens::Always),
    subordinates(&["even", "if"], Opens::AfterComma),
    subordinates(&["whereas"], Opens::Always),
    subordinates(&["while"], Opens::BeforeClause),
];

/// The closed classes of one language, all in lower case.
pub(super) struct Grammar {
    /// By first word, longest first.
    connectives: HashMap<&'static str, Vec<&'static Connective>>,
    /// Words before a connective with which it means something else ("nothing but").
    pub(super) particle_hosts: HashSet<&'static str>,
    /// Frequent finite verbs: auxiliaries, modals and what customers' stories are told with.
    pub(super) finite_verbs: HashSet<&'static str>,
    /// Words that take a whole clause as their object ("ich finde, das Essen war gut", "es sei denn, …").
    pub(super) frame_words: HashSet<&'static str>,
    /// First words of subordinate and relative clauses.
    pub(super) subordinators: HashSet<&'static str>,
    /// Pronouns that can be a subject.
    pub(super) pronouns: HashSet<&'static str>,
    /// Articles, possessives, quantifiers.
    pub(super) determiners: HashSet<&'static str>,
    /// Demonstratives that may also open a relative clause.
    pub(super) relatives: HashSet<&'static str>,
    /// Adverbs that open a main clause.
    pub(super) openers: HashSet<&'static str>,
    /// Prepositions, particles and the like: words that cannot be what a clause states.
    pub(super) function_words: HashSet<&'static str>,
    /// Adverbs of degree, which may stand before an adjective.
    pub(super) degrees: HashSet<&'static str>,
    /// Words whose "und" belongs to them ("zwischen Köln und Bonn").
    pub(super) correlatives: HashSet<&'static str>,
    /// "und" / "and".
    pub(super) conjunction: &'static str,
    /// Nouns begin with a capital and main clauses have their verb second.
    pub(super) is_german: bool,
}

impl Grammar {
    /// The grammar of a language; none for [`Language::Other`].
    pub(super) fn of(language: Language) -> Option<&'static Self> {
        match language {
            Language::German => Some(&GERMAN),
            Language::English => Some(&ENGLISH),
            Language::Other => None,
        }
    }

    /// The connectives that begin with this word, the longest first.
    pub(super) fn connectives(&self, first_word: &str) -> &[&'static Connective] {
        self.connectives.get(first_word).map_or(&[], Vec::as_slice)
    }

    /// Whether the word belongs to any closed class.
    pub(super) fn is_function_word(&self, word: &str) -> bool {
        [&self.function_words, &self.determiners, &self.pronouns, &self.subordinators, &self.relatives, &self.openers]
            .iter()
            .any(|class| class.contains(word))
    }
}

fn words(list: &'static str) -> HashSet<&'static str> {
    list.split_whitespace().collect()
}

fn by_first_word(table: &'static [Connective]) -> HashMap<&'static str, Vec<&'static Connective>> {
    let mut index: HashMap<&'static str, Vec<&'static Connective>> = HashMap::new();
    for connective in table {
        if let Some(first) = connective.words.first() {
            index.entry(first).or_default().push(connective);
        }
    }
    for connectives in index.values_mut() {
        connectives.sort_by_key(|connective| std::cmp::Reverse(connective.words.len()));
    }
    index
}

static GERMAN: LazyLock<Grammar> = LazyLock::new(|| Grammar {
    connectives: by_first_word(GERMAN_CONNECTIVES),
    particle_hosts: words("oder nun nein ja wow oh"),
    finite_verbs: words(
        "bin bist ist sind seid war waren warst sei wäre wären habe hab hat hast haben habt hatte hatten hätte hätten \
         werde wird werden wurde wurden würde würden kann kannst können konnte konnten könnte könnten muss musst müssen \
         musste mussten müsste will willst wollen wollte wollten soll sollen sollte sollten darf dürfen durfte durften \
         mag möchte möchten gibt gab gäbe kommt kommen kam kamen geht gehen ging gingen macht machen machte machten \
         fährt fahren fuhr fuhren bleibt bleiben blieb blieben steht stehen stand standen liegt liegen lag lagen läuft \
         laufen lief liefen dauert dauerte dauerten fehlt fehlen fehlte fehlten funktioniert funktionieren \
         funktionierte funktionierten klappt klappte klappten passt passte passten schmeckt schmeckte schmeckten \
         kostet kosten kostete kosteten lässt lassen ließ ließen findet finden fand fanden fällt fallen fiel fielen \
         hält halten hielt hielten sieht sah sahen sagt sagen sagte sagten braucht brauche brauchte brauchten wartet \
         warte warten wartete warteten bekommt bekomme bekam bekamen erhielt erhielten erhalte antwortet antwortete \
         antworteten reagiert reagierte meldet meldete arbeitet arbeiten arbeitete wirkt wirken wirkte wirkten riecht \
         roch nimmt nahm nahmen weiß wissen wusste wussten tut taten tat gefällt gefiel gefielen stimmt stimmte \
         stimmten scheint schien freue freuen empfehle empfehlen danke bedanke buche buchte bestellte kaufte kaufe \
         zahlt zahle zahlte zahlten bezahlte hilft half halfen ruft rief riefen erreichte sitzt sitzen saß saßen bringt \
         brachte brachten verspricht versprach schließt schloss öffnet begann beginnt endet endete hängt hing hört \
         hörte hörten stört störte nervt nerven nervte fühlt fühlte fühlten heißt hieß stellt stellte stellten",
    ),
    frame_words: words(
        "finde fand finden glaube glaub glauben denke denken dachte meine meint meinte hoffe hoffen wünsche weiß wusste \
         sagt sagte sagten heißt hieß behauptet behauptete scheint denn schade wette schätze vermute nehme sage sehe fürchte",
    ),
    subordinators: words(
        "dass daß weil wenn als ob nachdem bevor bis damit sodass falls sobald solange seitdem indem da wie wer was wo \
         welche welcher welches welchen dem denen deren dessen warum wieso weshalb woran worauf wofür womit wann um ohne \
         statt anstatt",
    ),
    pronouns: words(
        "ich du er es wir ihr sie man niemand keiner jemand jeder alles alle nichts dies beides einiges vieles manches \
         viele einige mich mir uns sich ihm ihn ihnen dich dir euch",
    ),
    determiners: words(
        "ein eine einen einem einer eines kein keine keinen keinem keiner mein meine meinen meinem meiner unser unsere \
         unseren unserem unserer ihr ihre ihren ihrem ihrer sein seine seinen seinem seiner dein deine euer eure dieser \
         diese dieses diesen diesem jede jeder jedes jeden jedem alle viele einige mehrere manche solche den",
    ),
    relatives: words("der die das"),
    openers: words(
        "dann danach jetzt heute gestern morgen dort hier da leider außerdem zudem deshalb daher deswegen darum \
         schließlich erst zuerst zunächst plötzlich endlich oft manchmal meistens immer sonst so insgesamt ansonsten \
         inzwischen mittlerweile daraufhin anschließend später vorher damals trotzdem dennoch dafür auch",
    ),
    function_words: words(
        "in im an am auf aus bei beim bis durch für gegen mit nach ohne seit über um unter vom von vor zu zum zur \
         zwischen wegen trotz während ab außer und oder sowie aber denn als wie nicht noch nur schon auch mal eben halt \
         doch ja nein wohl dort hier da nun je pro per bzw etc usw circa ca etwa ungefähr fast gar nie immer wieder \
         selbst eigentlich",
    ),
    degrees: words(
        "sehr zu so ganz echt wirklich recht ziemlich extrem total super absolut immer stets etwas leicht viel völlig \
         komplett nicht nie einfach äußerst besonders überaus relativ leider mega gut schlecht auch noch wieder",
    ),
    correlatives: words("zwischen sowohl weder beide beiden"),
    conjunction: "und",
    is_german: true,
});

static ENGLISH: LazyLock<Grammar> = LazyLock::new(|| Grammar {
    connectives: by_first_word(ENGLISH_CONNECTIVES),
    particle_hosts: words("nothing anything everything all none no-one nobody anyone help last cannot not"),
    finite_verbs: words(
        "am is are was were be been has have had do does did don't doesn't didn't isn't aren't wasn't weren't haven't \
         hasn't hadn't can can't cannot could couldn't will won't would wouldn't should shouldn't must may might i'm i've \
         it's that's there's they're we're you're he's she's we've they've i'd we'd gets got get comes came goes went \
         takes took makes made seems seemed looks looked feels felt tastes tasted works worked costs arrived left gave \
         give gives kept keeps found find told said says asked called ordered waited wait need needs needed want wanted \
         tried love loved like liked hate hated think thought know knew recommend stopped started broke failed fails \
         crashes crashed charged paid sent received helped answered",
    ),
    frame_words: words(
        "think thought believe say says said find found feel felt guess hope hoped know knew told mean suppose imagine \
         assure assured",
    ),
    subordinators: words(
        "that which who whom whose where when because since if unless until before after as than whether why how what \
         so to",
    ),
    pronouns: words(
        "i you he she it we they this that these those there nobody everyone everything nothing someone no-one",
    ),
    determiners: words(
        "the a an my our your his her its their this that these those some any no every each all both many most few \
         another",
    ),
    relatives: HashSet::new(),
    openers: words("then now today yesterday here also plus overall finally later afterwards eventually apparently"),
    function_words: words(
        "in on at of for from by with about into over under near up down off out and or nor not only just also than via \
         per etc to as",
    ),
    degrees: words("very too so really quite pretty extremely super absolutely totally always never not rather fairly"),
    correlatives: words("between both either neither"),
    conjunction: "and",
    is_german: false,
});
