//! The encoder against vectors of an independent implementation (eval/peers/reference_vectors.py), and against itself.

use std::ops::Range;
use std::sync::{Mutex, MutexGuard, OnceLock};

use klartext_models::VECTOR_SIZE;
use klartext_models::bundle::{Bundle, default_cache_dir};
use klartext_models::encoder::{
    Branch, Encoder, EncoderOptions, Encoding, LabelBranch, LayerParameters, Precision, Tokenizer, Work,
};
use proptest::prelude::*;
use serde::Deserialize;
use tch::{Device, Kind, Tensor};

const LIFT: &str = "Der Aufzug im Erdgeschoss ist seit Wochen kaputt und niemand repariert ihn.";

#[derive(Deserialize)]
struct Reference {
    text: String,
    /// With prefix and special tokens.
    tokens: usize,
    vector: Vec<f32>,
}

fn references() -> Vec<Reference> {
    serde_json::from_str(include_str!("data/reference_vectors.json")).expect("reference vectors")
}

fn bundle() -> Bundle {
    Bundle::open(&Bundle::folder_in(&default_cache_dir()))
        .unwrap_or_else(|error| panic!("{error}; run `klartext models fetch`"))
}

fn tokenizer() -> &'static Tokenizer {
    static TOKENIZER: OnceLock<Tokenizer> = OnceLock::new();
    TOKENIZER.get_or_init(|| Tokenizer::load(&bundle()).expect("tokenizer"))
}

/// One model for the whole test program, used by one test at a time.
fn encoder() -> MutexGuard<'static, Encoder> {
    static ENCODER: OnceLock<Mutex<Encoder>> = OnceLock::new();
    let encoder = ENCODER.get_or_init(|| Mutex::new(load(Precision::Float32)));
    encoder.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn load(precision: Precision) -> Encoder {
    Encoder::load(&bundle(), EncoderOptions { precision, ..EncoderOptions::default() }).expect("encoder")
}

fn encode(encoder: &Encoder, texts: &[&str]) -> Vec<Encoding> {
    let tokens: Vec<_> = texts.iter().map(|text| tokenizer().tokenise(text).expect("tokens")).collect();
    encoder.encode(&tokens).expect("encodings")
}

fn encode_one(text: &str) -> Encoding {
    encode(&encoder(), &[text]).remove(0)
}

fn dot(left: &[f32], right: &[f32]) -> f32 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

/// Of vectors of length 1.
fn assert_close(left: &[f32], right: &[f32], least_cosine: f32, what: &str) {
    let cosine = dot(left, right);
    assert!(cosine > least_cosine, "cosine {cosine} for {what:?}");
    assert!((dot(left, left) - 1.0).abs() < 1e-3, "not of length 1 for {what:?}");
}

fn token_spans(encoding: &Encoding, text: &str) -> Vec<Range<usize>> {
    let contributions = encoding.contributions(Branch::Vectors, &(0..text.len()), &[1.0; VECTOR_SIZE]);
    contributions.into_iter().map(|(span, _)| span).collect()
}

fn assert_agrees_with_references(encoder: &Encoder, least_cosine: f32) {
    let references = references();
    let texts: Vec<&str> = references.iter().map(|reference| reference.text.as_str()).collect();
    for (reference, encoding) in references.iter().zip(encode(encoder, &texts)) {
        assert_close(encoding.comment(Branch::Vectors), &reference.vector, least_cosine, &reference.text);
    }
}

#[test]
fn vectors_agree_with_the_reference_in_float32() {
    assert_agrees_with_references(&encoder(), 0.9999);
}

#[test]
fn vectors_agree_with_the_reference_in_bfloat16() {
    assert_agrees_with_references(&load(Precision::Bfloat16), 0.999);
}

fn load_with(branch: &LabelBranch) -> Encoder {
    let options = EncoderOptions { precision: Precision::Float32, ..EncoderOptions::default() };
    Encoder::load_with(&bundle(), branch, options).expect("encoder")
}

#[test]
fn a_fork_changes_no_vectors_and_layers_of_their_own_change_labels() {
    let text = "Das Personal war freundlich, aber ich musste 40 Minuten warten.";
    let encode = |branch: &LabelBranch| encode(&load_with(branch), &[text]).remove(0);
    let published = encode(&LabelBranch::published());
    let unchanged = encode(&LabelBranch::unchanged(10));
    for branch in [Branch::Vectors, Branch::Labels] {
        assert_close(unchanged.comment(branch), published.comment(Branch::Vectors), 0.999_999, text);
    }

    let folder = tempfile::tempdir().expect("a folder");
    let shifted: LayerParameters =
        [("output.LayerNorm.bias".to_owned(), Tensor::ones([VECTOR_SIZE as i64], (Kind::Float, Device::Cpu)))].into();
    LabelBranch::write(folder.path(), 11, &[shifted]).expect("it is written");
    let changed = encode(&LabelBranch::read(folder.path()).expect("a branch"));
    assert_close(changed.comment(Branch::Vectors), published.comment(Branch::Vectors), 0.999_999, text);
    let cosine = dot(changed.comment(Branch::Labels), published.comment(Branch::Labels));
    assert!(cosine < 0.95, "{cosine}");
}

#[test]
fn texts_have_as_many_tokens_as_in_the_reference() {
    for reference in references() {
        assert_eq!(tokenizer().tokenise(&reference.text).unwrap().cost(), reference.tokens, "{:?}", reference.text);
    }
}

#[test]
fn a_list_is_encoded_like_each_text_alone_and_in_its_order() {
    let references = references();
    let texts: Vec<&str> = references.iter().map(|reference| reference.text.as_str()).collect();
    let encoder = encoder();
    for (text, together) in texts.iter().zip(encode(&encoder, &texts)) {
        let alone = encode(&encoder, &[text]).remove(0);
        assert_close(together.comment(Branch::Vectors), alone.comment(Branch::Vectors), 0.99999, text);
        let spans = token_spans(&together, text);
        assert_eq!(spans, token_spans(&alone, text));
        for span in spans {
            assert_close(
                &together.pool(Branch::Vectors, &span),
                &alone.pool(Branch::Vectors, &span),
                0.9999,
                &text[span.clone()],
            );
        }
    }
}

#[test]
fn no_texts_give_no_encodings() {
    assert!(encode(&encoder(), &[]).is_empty());
}

#[test]
fn the_pooled_whole_is_near_the_comment_vector() {
    for text in [LIFT, "Great service, thank you so much.", "Größe stimmt nicht, Rücksendung dauerte drei Wochen 😡"]
    {
        let encoding = encode_one(text);
        assert_close(&encoding.pool(Branch::Vectors, &(0..text.len())), encoding.comment(Branch::Vectors), 0.97, text);
    }
}

#[test]
fn the_end_of_a_long_text_is_read() {
    let topics = [
        "Die Rechnung Nummer {} enthielt einen falschen Betrag.",
        "Beim Anruf {} hing ich lange in der Warteschleife.",
        "Das Päckchen {} kam mit beschädigter Verpackung an.",
        "Im Zug {} waren alle Sitzplätze besetzt.",
        "Die App stürzte beim Öffnen zum {}. Mal ab.",
        "Das Frühstück am Tag {} war lecker und reichlich.",
    ];
    let mut text = String::new();
    let mut sentences = Vec::new();
    for (number, topic) in topics.iter().cycle().enumerate() {
        if text.chars().count() + LIFT.chars().count() > 19_900 {
            break;
        }
        let start = text.len();
        text.push_str(&topic.replace("{}", &(number + 1).to_string()));
        sentences.push(start..text.len());
        text.push(' ');
    }
    sentences.push(text.len()..text.len() + LIFT.len());
    text.push_str(LIFT);

    assert!(tokenizer().tokenise(&text).unwrap().cost() > 4000);
    let encoding = encode_one(&text);
    let wanted = encode_one(LIFT);
    let similarity =
        |sentence: &Range<usize>| dot(&encoding.pool(Branch::Vectors, sentence), wanted.comment(Branch::Vectors));
    let nearest = sentences.iter().max_by(|left, right| similarity(left).total_cmp(&similarity(right)));
    assert_eq!(&text[nearest.unwrap().clone()], LIFT);
}

#[test]
fn tokens_know_their_bytes() {
    let text = "Zoë sagt: „Die große Tür 🚪 im 2. Stock klemmt“ – schon wieder 😡😡, über 3 Wochen!";
    let encoding = encode_one(text);
    let spans = token_spans(&encoding, text);
    let pieces = spans.iter().map(|span| &text[span.clone()]);
    assert!(pieces.into_iter().all(|piece| piece == " " || !piece.contains(' ')), "{spans:?}");
    for word in ["Zoë", "große", "Tür", "klemmt", "über", "Wochen", "🚪", "😡😡"] {
        let start = text.find(word).unwrap();
        let word_span = start..start + word.len();
        let pieces: String = spans
            .iter()
            .filter(|span| span.start >= word_span.start && span.end <= word_span.end)
            .map(|span| &text[span.clone()])
            .collect();
        assert_eq!(pieces, word);
        let touching = encoding.contributions(Branch::Vectors, &word_span, &[1.0; VECTOR_SIZE]);
        let touched: String = touching.iter().map(|(span, _)| &text[span.clone()]).collect();
        assert_eq!(touched, word, "a word is made of its own tokens only");
    }
}

#[test]
fn contributions_have_the_logit_as_their_mean() {
    let weights: Vec<f32> = (0..VECTOR_SIZE).map(|index| ((index * 37 % 19) as f32 - 9.0) / 10.0).collect();
    let text = "Das Personal war freundlich, aber ich musste 40 Minuten warten.";
    let encoding = encode_one(text);
    for span in [0..text.len(), 0..27, 29..text.len(), 4..12] {
        let contributions = encoding.contributions(Branch::Vectors, &span, &weights);
        let mean = contributions.iter().map(|(_, value)| value).sum::<f32>() / contributions.len() as f32;
        let logit = dot(&encoding.pool(Branch::Vectors, &span), &weights);
        assert!((mean - logit).abs() < 1e-4, "{span:?}: mean {mean}, logit {logit}");
    }
}

#[test]
fn texts_without_words_are_encoded() {
    let texts = [
        "",
        " ",
        " \n\t \r\n",
        "👍",
        "👨‍👩‍👧‍👦🇩🇪⭐️",
        "\u{0}\u{1}\u{7f}\u{85}",
        "\u{200b}\u{feff}\u{ad}",
        "\u{301}",
        "\u{fffd}",
    ];
    for (text, encoding) in texts.iter().zip(encode(&encoder(), &texts)) {
        assert_close(encoding.comment(Branch::Vectors), encoding.comment(Branch::Vectors), 0.99, text);
        assert_eq!(encoding.pool(Branch::Vectors, &(0..text.len())).len(), VECTOR_SIZE);
    }
}

#[test]
fn control_tokens_in_a_text_are_text() {
    for text in ["</s>", "<mask>", "<s> hallo", "<pad><pad>"] {
        let tokens = tokenizer().tokenise(text).unwrap().cost();
        assert!(tokens > 4 + text.matches('<').count(), "{text:?} has {tokens} tokens");
    }
}

#[test]
fn threads_may_share_an_encoder() {
    fn assert_shared<T: Send + Sync>() {}
    assert_shared::<Encoder>();
    assert_shared::<Tokenizer>();
    assert_shared::<Encoding>();
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    /// `tokenise` slices the text at every token, so it panics when an offset is off.
    #[test]
    fn any_text_is_tokenised(text in any::<String>()) {
        prop_assert!(tokenizer().tokenise(&text).unwrap().cost() >= 4);
    }

    #[test]
    fn decomposed_and_joined_characters_are_tokenised(
        text in "([a-zA-Z]|[äöüßÄÖÜéñ]|[\u{300}-\u{30f}]|[ \n\t\u{a0}\u{3000}]|[\u{200b}-\u{200f}\u{ad}\u{feff}]|[ﬁ…½№™Ａ]|[👍🚪👨👩🇩🇪⭐\u{fe0f}\u{200d}]|[가-깋]){0,60}"
    ) {
        prop_assert!(tokenizer().tokenise(&text).unwrap().cost() >= 4);
    }
}

#[test]
fn what_stands_beside_a_mention_changes_its_label_vector_alone() {
    let mentions =
        ["Das Personal war sehr freundlich", "aber der Aufzug am Gleis war kaputt", "und wir warteten 40 Minuten."];
    let text = mentions.join(", ");
    let ranges: Vec<Range<usize>> = mentions
        .iter()
        .map(|mention| text.find(mention).map(|start| start..start + mention.len()).expect("it is part of the text"))
        .collect();
    let encoder = load_with(&LabelBranch::unchanged(8));
    let encode = |text: &str, ranges: &[Range<usize>]| {
        let tokens = tokenizer().tokenise_mentions(text, ranges).expect("tokens");
        encoder.encode(&[tokens]).expect("an encoding").remove(0)
    };
    let together = encode(&text, &ranges);
    for (mention, range) in mentions.iter().zip(&ranges) {
        let whole = 0..mention.len();
        let alone = encode(mention, std::slice::from_ref(&whole));
        let of = |branch: Branch| (together.pool(branch, range), alone.pool(branch, &whole));
        let (vector, vector_alone) = of(Branch::Vectors);
        assert_close(&vector, &vector_alone, 0.9999, mention);
        let (label, label_alone) = of(Branch::Labels);
        // Not the same: in the label branch prefix and special tokens see the mention, whose places begin one earlier.
        assert_close(&label_alone, &vector_alone, 0.97, mention);
        let cosine = dot(&label, &label_alone);
        assert!((0.5..0.9995).contains(&cosine), "{cosine} for {mention:?}");
    }
}

#[test]
fn the_label_branch_knows_in_which_order_mentions_stand() {
    let mentions = ["Der Aufzug war kaputt.", "Am Schalter war niemand.", "Die App zeigte nichts an."];
    let encoder = load_with(&LabelBranch::unchanged(8));
    let of_last = |order: [usize; 3]| {
        let text = order.map(|mention| mentions[mention]).join(" ");
        let range = |mention: usize| {
            let start = text.find(mentions[mention]).expect("it is part of the text");
            start..start + mentions[mention].len()
        };
        let tokens = tokenizer().tokenise_mentions(&text, &order.map(range)).expect("tokens");
        let encoding = encoder.encode(&[tokens]).expect("an encoding").remove(0);
        [Branch::Vectors, Branch::Labels].map(|branch| encoding.pool(branch, &range(2)))
    };
    let [vector, label] = of_last([0, 1, 2]);
    let [same_vector, other_label] = of_last([1, 0, 2]);
    assert_close(&vector, &same_vector, 0.9999, mentions[2]);
    let cosine = dot(&label, &other_label);
    assert!(cosine < 0.9999, "{cosine}");
}

#[test]
fn windows_computed_in_several_runs_give_the_same_as_in_one() {
    let long = format!("{LIFT} ").repeat(60);
    let texts = [long.as_str(), LIFT];
    let encoder = encoder();
    let at_once = encode(&encoder, &texts);
    let tokenise = |text: &&str| tokenizer().tokenise(text).expect("tokens");
    let tokens: Vec<_> = texts.iter().map(tokenise).collect();
    let windows: usize = tokens.iter().map(|tokens| tokens.window_costs().count()).sum();
    assert!(windows > 2, "the first text needs several");
    let mut work = Work::new(tokens);
    for _ in 0..windows {
        let other = &mut Work::new(vec![tokenise(&LIFT)]);
        encoder.advance(&mut [(&mut work, 1), (other, 1)]).expect("it computes");
    }
    let in_runs = work.finish().expect("all windows are computed");
    for ((text, at_once), in_runs) in texts.iter().zip(at_once).zip(in_runs) {
        assert_close(in_runs.comment(Branch::Vectors), at_once.comment(Branch::Vectors), 0.99999, text);
        assert_close(
            &in_runs.pool(Branch::Vectors, &(0..text.len())),
            &at_once.pool(Branch::Vectors, &(0..text.len())),
            0.99999,
            text,
        );
    }
}

#[test]
fn work_with_windows_left_is_not_finished() {
    let tokens = tokenizer().tokenise(LIFT).expect("tokens");
    assert!(Work::new(vec![tokens]).finish().is_none());
}
