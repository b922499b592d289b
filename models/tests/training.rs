//! The label branch learns, in both precisions, and what was learnt can be written, read and gone on with.

use klartext_models::VECTOR_SIZE;
use klartext_models::bundle::{Bundle, default_cache_dir};
use klartext_models::encoder::{LabelBranch, Precision, Tokenizer};
use klartext_models::train::{
    BranchOptions, BranchTrainer, FrozenText, JudgedTarget, LabelledPiece, LabelledTokens, Progress, Target, Task,
};
use tempfile::tempdir;

const COMPLAINTS: [&str; 6] = [
    "Der Zug kam eine Stunde zu spät.",
    "Niemand ruft zurück.",
    "Die Rechnung ist schon wieder falsch.",
    "Das Paket war aufgerissen.",
    "The lift is broken again.",
    "Am Schalter wurde ich angeschrien.",
];
const PRAISE: [&str; 6] = [
    "Der Zug war pünktlich.",
    "Rückruf nach zehn Minuten.",
    "Die Rechnung stimmt bis auf den Cent.",
    "Das Paket war liebevoll verpackt.",
    "The new lift runs smoothly.",
    "Am Schalter nahm man sich Zeit für mich.",
];
const PRAISES: usize = 1;

fn tasks() -> [Task; 2] {
    let task = |name: &str, classes, excludes| Task { name: name.to_owned(), classes, excludes, sets: 1 };
    [task("sentiment", 2, true), task("praise", 1, false)]
}

fn trainer(bundle: &Bundle, precision: Precision) -> BranchTrainer {
    let options = BranchOptions {
        fork: 10,
        rate: 3e-4,
        dropout: 0.0,
        batch: 4,
        epochs: 8,
        precision,
        ..BranchOptions::default()
    };
    BranchTrainer::new(bundle, &tasks(), options, 2).expect("a trainer")
}

fn texts(bundle: &Bundle, trainer: &BranchTrainer) -> Vec<FrozenText> {
    let tokenizer = Tokenizer::load(bundle).expect("tokenizer");
    let labelled = |(text, class): (&str, usize)| {
        let target = |task, classes| Target { task, set: 0, classes, weight: 1.0 };
        let targets = vec![target(0, vec![class]), target(1, Vec::from_iter((class == PRAISES).then_some(0)))];
        let tokens = tokenizer.tokenise(text).expect("tokens");
        LabelledTokens { tokens, pieces: vec![LabelledPiece { bytes: 0..text.len(), targets }], times: 2 }
    };
    let all = COMPLAINTS.iter().map(|text| (*text, 0)).chain(PRAISE.iter().map(|text| (*text, PRAISES)));
    trainer.freeze(all.map(labelled).collect()).expect("states")
}

/// The class of each text by the two tasks, which must agree.
fn classes(trainer: &BranchTrainer, texts: &[FrozenText]) -> Vec<usize> {
    let judged = trainer.judge(texts).expect("judgements");
    let (by_sentiment, by_praise) = judged.split_at(texts.len());
    let class = |(one, other): (&JudgedTarget, &JudgedTarget)| {
        let class = usize::from(one.logits[1] > one.logits[0]);
        assert_eq!(class == PRAISES, other.logits[0] > 0.0);
        class
    };
    by_sentiment.iter().zip(by_praise).map(class).collect()
}

fn learns(precision: Precision) {
    let bundle = Bundle::open(&Bundle::folder_in(&default_cache_dir()))
        .unwrap_or_else(|error| panic!("{error}; run `klartext models fetch`"));
    let truth: Vec<usize> = [[0; 6], [PRAISES; 6]].concat();
    let folder = tempdir().expect("a folder");
    let (branch_folder, checkpoint) = (folder.path().join("branch"), folder.path().join("checkpoint"));
    let mut trained = trainer(&bundle, precision);
    let texts = texts(&bundle, &trained);
    let mut losses = Vec::new();
    let turned = |seed: u64, order: &mut [usize]| {
        let length = order.len().max(1);
        order.rotate_left(seed as usize % length);
    };
    while trained.epoch() < 8 {
        let mut last = f64::NAN;
        trained.train_epoch(&texts, turned, |Progress { loss, .. }| last = loss).expect("an epoch");
        losses.push(last);
    }
    assert!(losses[7] < losses[0] / 4.0, "{precision}: {losses:?}");
    assert_eq!(classes(&trained, &texts), truth, "{precision}");

    trained.write_checkpoint(&checkpoint).expect("a checkpoint");
    let mut resumed = trainer(&bundle, precision);
    resumed.resume(&checkpoint).expect("the same training");
    assert_eq!(resumed.epoch(), 8);
    assert_eq!(classes(&resumed, &texts), truth, "{precision}: after the checkpoint");

    trained.write_branch(&branch_folder).expect("a branch");
    trained.take_branch(&LabelBranch::read(&branch_folder).expect("what was written")).expect("the same encoder");
    assert_eq!(classes(&trained, &texts), truth, "{precision}: in eight bits");
    let rounded = trained.vectors(&texts).expect("vectors");
    trained.compute_in_float32();
    for (exact, rounded) in trained.vectors(&texts).expect("vectors").rows().zip(rounded.rows()) {
        assert_eq!(exact.len(), VECTOR_SIZE);
        let cosine: f32 = exact.iter().zip(rounded).map(|(exact, rounded)| exact * rounded).sum();
        assert!(cosine > 0.995, "{precision}: cosine {cosine}");
    }
}

#[test]
fn it_learns_in_float32() {
    learns(Precision::Float32);
}

#[test]
fn it_learns_in_bfloat16() {
    learns(Precision::Bfloat16);
}
