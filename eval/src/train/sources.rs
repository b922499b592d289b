//! Whose texts the heads learn from. Only what is named here is trained on.

use klartext_models::heads::DataSource;

use crate::data;
use crate::gold::Split;

/// A set whose licence lets weights trained on it ship.
#[derive(Debug, Clone, Copy)]
pub struct TrainingSet {
    pub name: &'static str,
    licence: &'static str,
    attribution: &'static str,
}

impl TrainingSet {
    /// The manifest's entry when `texts` of the set were used.
    pub fn used(self, texts: usize) -> DataSource {
        DataSource {
            name: self.name.to_owned(),
            texts,
            licence: self.licence.to_owned(),
            attribution: self.attribution.to_owned(),
        }
    }
}

pub const SB10K: TrainingSet = TrainingSet {
    name: data::SB10K_TRAIN,
    licence: "CC-BY-4.0",
    attribution: "SB10k: Mark Cieliebak, Jan Milan Deriu, Dominic Egger, Fatih Uzdilli 2017",
};

pub const POTTS: TrainingSet =
    TrainingSet { name: data::POTTS_TRAIN, licence: "MIT", attribution: "PotTS: Uladzimir Sidorenko 2016" };

pub const GERMAN_EMOTIONS: TrainingSet = TrainingSet {
    name: data::GERMAN_EMOTIONS,
    licence: "MIT",
    attribution: "german_emotions: Oliver Guhr, Anne-Kathrin Schumann, Frank Bahrmann, Hans-Joachim Böhme 2020",
};

pub const MOBASA_DOCUMENTS: TrainingSet = TrainingSet {
    name: data::MOBASA_DOCUMENTS_TRAIN,
    licence: "CC-BY-4.0",
    attribution: "MobASA: Aleksandra Gabryszak, Philippe Thomas 2022",
};

pub const MOBASA_ASPECTS: TrainingSet = TrainingSet { name: data::MOBASA_ASPECTS_TRAIN, ..MOBASA_DOCUMENTS };

pub const MAMS: TrainingSet = TrainingSet {
    name: data::MAMS_TRAIN,
    licence: "Apache-2.0",
    attribution: "MAMS: Qingnan Jiang, Lei Chen, Ruifeng Xu, Xiang Ao, Min Yang 2019",
};

pub const ACTIONS: TrainingSet = TrainingSet {
    name: "actions",
    licence: "Apache-2.0",
    attribution: "written for Klartext (eval/data/actions.jsonl)",
};

pub const FRICTION: TrainingSet = TrainingSet {
    name: "friction",
    licence: "Apache-2.0",
    attribution: "written for Klartext (eval/data/friction.jsonl)",
};

pub const HANDOVER: TrainingSet = TrainingSet {
    name: "handover",
    licence: "Apache-2.0",
    attribution: "written for Klartext (eval/data/handover.jsonl)",
};

pub const SENTIMENT: TrainingSet = TrainingSet {
    name: "sentiment",
    licence: "Apache-2.0",
    attribution: "written for Klartext (eval/data/sentiment.jsonl)",
};

pub const DEGREES: TrainingSet = TrainingSet {
    name: "degrees",
    licence: "Apache-2.0",
    attribution: "written for Klartext (eval/data/degrees.jsonl)",
};

pub const COMMENTS: TrainingSet =
    TrainingSet { name: "comments", licence: "Apache-2.0", attribution: "written for Klartext (eval/data/comments)" };

pub const BANKING77: TrainingSet = TrainingSet {
    name: data::BANKING77_TRAIN,
    licence: "CC-BY-4.0",
    attribution: "Banking77: Iñigo Casanueva, Tadas Temčinas, Daniela Gerz, Matthew Henderson, Ivan Vulić 2020",
};

/// Public sets of whose texts eval/data/public has mentions with labels.
pub const WITH_LABELLED_MENTIONS: [TrainingSet; 3] = [MOBASA_ASPECTS, MOBASA_DOCUMENTS, BANKING77];

pub const PUBLIC: TrainingSet = TrainingSet {
    name: "public",
    licence: "CC-BY-4.0",
    attribution: "labelled for Klartext (eval/data/public): texts of MobASA and Banking77",
};

pub const JOURNEYS: TrainingSet = TrainingSet {
    name: "journeys",
    licence: "Apache-2.0",
    attribution: "examples of Klartext's own journeys (server/assets)",
};

pub const GOLD_TUNE: TrainingSet = TrainingSet {
    name: Split::Tune.name_of_gold(),
    licence: "Apache-2.0",
    attribution: "written for Klartext (eval/gold/comments.jsonl, the half to tune on)",
};

/// The project's own sets, which are no files of the data folder.
pub const OWN: [TrainingSet; 9] =
    [ACTIONS, FRICTION, HANDOVER, SENTIMENT, DEGREES, COMMENTS, PUBLIC, JOURNEYS, GOLD_TUNE];
