use std::path::{Path, PathBuf};

use klartext_models::encoder::{Branch, Precision};

use crate::data::{DataFolder, read_lines};
use crate::gold::{self, GoldComment, Judged, Labels, Owners, Split};
use crate::service::{Service, ServiceOptions};
use crate::vectors::Vectors;
use crate::{Error, Result};

/// The project's own files that are learnt from and measured on.
#[derive(Debug, Clone)]
pub struct OwnFiles {
    /// What comments ask for.
    pub actions: PathBuf,
    pub friction: PathBuf,
    pub handover: PathBuf,
    /// How mentions are meant.
    pub sentiment: PathBuf,
    /// Statements in three degrees.
    pub degrees: PathBuf,
    /// A folder of whole comments: how their mentions are meant, and what friction they show.
    pub comments: PathBuf,
    /// A folder of labels for mentions of public texts, which themselves are in the data folder.
    pub public: PathBuf,
    /// A folder: those that ship.
    pub journeys: PathBuf,
    /// What belongs to no touchpoint.
    pub background: PathBuf,
    /// The tune half sets thresholds and weights, the test half is only reported on.
    pub gold: PathBuf,
    /// Some of the gold comments, labelled a second time.
    pub relabelled: PathBuf,
    pub languages: PathBuf,
    pub personal_data: PathBuf,
    /// A folder.
    pub behaviour: PathBuf,
}

impl OwnFiles {
    /// `folder` is the project's `eval`.
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            actions: folder.join("data/actions.jsonl"),
            friction: folder.join("data/friction.jsonl"),
            handover: folder.join("data/handover.jsonl"),
            sentiment: folder.join("data/sentiment.jsonl"),
            degrees: folder.join("data/degrees.jsonl"),
            comments: folder.join("data/comments"),
            public: folder.join("data/public"),
            journeys: folder.join("../server/assets/journeys"),
            background: folder.join("../server/assets/background.txt"),
            gold: folder.join("gold/comments.jsonl"),
            relabelled: folder.join("gold/relabelled.jsonl"),
            languages: folder.join("data/languages.jsonl"),
            personal_data: folder.join("data/personal_data.jsonl"),
            behaviour: folder.join("behaviour"),
        }
    }
}

/// Where texts, vectors and answers come from; each is opened when it is first needed, and once.
pub struct Sources {
    pub own: OwnFiles,
    data: Option<DataFolder>,
    /// Of the encoder and of encoded vectors.
    cache_folder: PathBuf,
    precision: Precision,
    service_options: ServiceOptions,
    label_vectors: Option<Vectors>,
    service: Option<Service>,
    gold: Option<GoldAnswers>,
}

/// What others say about gold comments.
pub struct GoldAnswers {
    /// About the test split.
    pub by_service: Judged,
    /// About all that were labelled twice.
    pub by_second_labeller: Judged,
}

impl Sources {
    pub fn new(
        own: OwnFiles,
        data: Option<DataFolder>,
        cache_folder: PathBuf,
        precision: Precision,
        service_options: ServiceOptions,
    ) -> Self {
        Self { own, data, cache_folder, precision, service_options, label_vectors: None, service: None, gold: None }
    }

    /// # Errors
    /// It was not named.
    pub fn data(&self) -> Result<DataFolder> {
        self.data.clone().ok_or(Error::NotGiven("the data sets: name their folder with --data DIR"))
    }

    /// What the trained heads read.
    ///
    /// # Errors
    /// The cache of vectors cannot be read.
    pub fn label_vectors(&mut self) -> Result<&mut Vectors> {
        let vectors = match self.label_vectors.take() {
            Some(vectors) => vectors,
            None => Vectors::open(&self.cache_folder, self.precision, Branch::Labels)?,
        };
        Ok(self.label_vectors.insert(vectors))
    }

    /// # Errors
    /// There is none, or it cannot be started or reached.
    pub fn service(&mut self) -> Result<&Service> {
        let service = match self.service.take() {
            Some(service) => service,
            None => Service::open(&self.service_options)?,
        };
        Ok(self.service.insert(service))
    }

    /// # Errors
    /// The gold comments are missing, or there is no service to ask about them.
    pub fn gold(&mut self) -> Result<&GoldAnswers> {
        let gold = match self.gold.take() {
            Some(gold) => gold,
            None => self.ask_about_gold()?,
        };
        Ok(self.gold.insert(gold))
    }

    /// Every comment of a file in the gold format, and what the service says about it.
    ///
    /// # Errors
    /// As `gold`.
    pub fn judge(&mut self, file: &Path) -> Result<Judged> {
        let mut comments = read_lines(file)?;
        self.name_owners(&mut comments)?;
        self.judge_comments(comments)
    }

    fn ask_about_gold(&mut self) -> Result<GoldAnswers> {
        let mut comments: Vec<GoldComment> = read_lines(&self.own.gold)?;
        let mut relabelled = read_lines(&self.own.relabelled)?;
        self.name_owners(&mut comments)?;
        self.name_owners(&mut relabelled)?;
        let by_second_labeller = gold::labelled_twice(&comments, relabelled);
        let test = comments.into_iter().filter(|comment| comment.split == Some(Split::Test)).collect();
        Ok(GoldAnswers { by_service: self.judge_comments(test)?, by_second_labeller })
    }

    fn judge_comments(&mut self, comments: Vec<GoldComment>) -> Result<Judged> {
        let insights = gold::ask(self.service()?, &comments)?;
        let said = insights.iter().map(gold::labels_of).collect::<Result<Vec<Labels>>>()?;
        Ok(Judged { comments, said })
    }

    /// Labellers name touchpoints; who is responsible for them, the service's journeys say.
    fn name_owners(&mut self, comments: &mut [GoldComment]) -> Result<()> {
        let journeys = self.service()?.journeys()?;
        let touchpoints = journeys
            .iter()
            .flat_map(|journey| journey.touchpoints.iter().map(move |touchpoint| (journey.id.as_str(), touchpoint)));
        let owners: Owners =
            touchpoints.map(|(journey, found)| ((journey, found.id.as_str()), found.owner.as_str())).collect();
        comments.iter_mut().for_each(|comment| comment.name_owners(&owners));
        Ok(())
    }
}
