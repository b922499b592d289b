//! Weekly series of every value of some dimensions, from daily counts.

use futures::{StreamExt, TryStreamExt, stream};
use klartext_models::changes::{Series, Tally};

use super::Subject;
use super::figure::Figure;
use crate::error::Result;
use crate::figures::{DailyCounts, Dimension, Selected};
use crate::insights::CommentFilter;
use crate::period::Slice;
use crate::store::Store;

/// Values whose counts are asked for at a time.
const AT_ONCE: usize = 4;

pub(super) struct Counting<'a> {
    pub store: &'a dyn Store,
    /// Without conditions on mentions; its time holds all weeks.
    pub filter: &'a CommentFilter,
    pub include_community: bool,
    pub dimensions: &'a [Dimension],
    pub figures: &'a [Figure],
    pub weeks: &'a [Slice],
}

impl Counting<'_> {
    /// A series for each figure of each value that occurs. Of the counts only weekly sums are kept.
    pub async fn series(&self) -> Result<Vec<(Subject, Series)>> {
        let selected = Selected::all(self.filter).continuous(self.filter, self.include_community);
        let all = selected.daily_counts(self.store).await?;
        let of_all = OfAll {
            figures: self.figures.iter().map(|figure| self.weekly(*figure, &all)).collect(),
            mood: self.weekly(Figure::NegativeShare, &all),
        };
        let mut series = Vec::new();
        for dimension in self.dimensions {
            let values = dimension.values(self.store, selected.mentions.clone()).await?;
            let of_values = stream::iter(values).map(|value| self.of_value(*dimension, value, &of_all));
            let of_values: Vec<Vec<_>> = of_values.buffered(AT_ONCE).try_collect().await?;
            series.extend(of_values.into_iter().flatten());
        }
        Ok(series)
    }

    async fn of_value(&self, dimension: Dimension, value: String, of_all: &OfAll) -> Result<Vec<(Subject, Series)>> {
        let selected = Selected::of(dimension, self.filter, vec![value.clone()]);
        let counts = selected.continuous(self.filter, self.include_community).daily_counts(self.store).await?;
        let figures = self.figures.iter().zip(&of_all.figures).filter(|(figure, _)| figure.is_of(dimension));
        let series = figures.map(|(figure, all)| {
            let own = self.weekly(*figure, &counts);
            let series = match figure.has_rest() {
                true => beside_the_rest(*figure, own, all),
                false => share_of_all(*figure, &own, all, dimension.is_of_what_is_said().then(|| of_all.mood.clone())),
            };
            (Subject { dimension, value: value.clone(), figure: *figure }, series)
        });
        Ok(series.collect())
    }

    fn weekly(&self, figure: Figure, counts: &DailyCounts) -> Vec<Tally> {
        self.weeks.iter().map(|week| figure.tally(&counts.within(week))).collect()
    }
}

/// Week by week, of all comments together.
struct OfAll {
    /// In the order of the figures that are looked at.
    figures: Vec<Vec<Tally>>,
    /// How much is complained: what is said moves with it through the year.
    mood: Vec<Tally>,
}

/// A figure of a value, and of everything else.
fn beside_the_rest(figure: Figure, own: Vec<Tally>, all: &[Tally]) -> Series {
    let rest = all.iter().zip(&own).map(|(all, own)| all.without(*own)).collect();
    Series { own, rest: Some(rest), span: figure.span() }
}

/// The share of all comments that have a value.
fn share_of_all(figure: Figure, own: &[Tally], all: &[Tally], mood: Option<Vec<Tally>>) -> Series {
    let share = |(own, all): (&Tally, &Tally)| {
        let mut tally = *own;
        tally.add(0.0, all.count.saturating_sub(own.count));
        tally
    };
    Series { own: own.iter().zip(all).map(share).collect(), rest: mood, span: figure.span() }
}
