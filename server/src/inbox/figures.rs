//! How many items there are, and how long they take: counted by the store.

use futures::{StreamExt, TryStreamExt, stream};

use super::{Inbox, InboxFilter};
use crate::error::Result;
use crate::insights::{InboxState, name_of_answered};
use crate::store::{Condition, FieldValue, Filter, Kind};

/// Rows whose counts are asked for at a time.
const AT_ONCE: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InboxDimension {
    Owner,
    Touchpoint,
}

impl InboxDimension {
    fn field(self) -> &'static str {
        match self {
            InboxDimension::Owner => "owner",
            InboxDimension::Touchpoint => "touchpoint",
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct InboxFigures {
    /// Of the dimension; empty for the total, and where there is none.
    pub value: String,
    /// In the order of the states.
    pub states: [u64; InboxState::ALL.len()],
    pub to_acknowledge: Times,
    pub to_resolve: Times,
    /// Of the resolved ones; `None` without any.
    pub share_answered: Option<f64>,
}

/// Seconds, to three significant digits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    pub count: u64,
    /// At least half took at most so long; `None` where there is nothing.
    pub median: Option<i64>,
    /// At least nine tenths took at most so long.
    pub p90: Option<i64>,
}

impl Inbox {
    /// By the values of a dimension that occur, most open ones first, and altogether.
    pub async fn figures(
        &self,
        dimension: InboxDimension,
        filter: &InboxFilter,
    ) -> Result<(Vec<InboxFigures>, InboxFigures)> {
        let all = filter.for_items();
        let values = self.store().count_by(Kind::InboxItems, dimension.field(), all.clone()).await?;
        let rows = stream::iter(values).map(|(value, _)| async {
            let value = match value {
                FieldValue::Keyword(value) => value,
                FieldValue::Integer(value) => value.to_string(),
            };
            let mut of_value = all.clone();
            of_value.all.push(Condition::is(dimension.field(), &value));
            Ok::<_, crate::error::Error>(InboxFigures { value, ..self.figures_of(of_value).await? })
        });
        let mut rows: Vec<InboxFigures> = rows.buffer_unordered(AT_ONCE).try_collect().await?;
        rows.sort_by(|left, right| right.states.cmp(&left.states).then_with(|| left.value.cmp(&right.value)));
        let total = self.figures_of(all).await?;
        Ok((rows, total))
    }

    async fn figures_of(&self, filter: Filter) -> Result<InboxFigures> {
        let count_by = |field| self.store().count_by(Kind::InboxItems, field, filter.clone());
        let (states, to_acknowledge, to_resolve, answered) = tokio::try_join!(
            count_by("state"),
            count_by("acknowledge_seconds"),
            count_by("resolve_seconds"),
            count_by("answered"),
        )?;
        let keyword = |counted: &Counted, name: &str| {
            let found = counted.iter().find(|(value, _)| *value == FieldValue::Keyword(name.to_owned()));
            found.map_or(0, |(_, times)| *times)
        };
        let [yes, no] = [true, false].map(|is_answered| keyword(&answered, name_of_answered(is_answered)));
        Ok(InboxFigures {
            value: String::new(),
            states: InboxState::ALL.map(|state| keyword(&states, state.name())),
            to_acknowledge: Times::of(to_acknowledge),
            to_resolve: Times::of(to_resolve),
            share_answered: (yes + no > 0).then(|| yes as f64 / (yes + no) as f64),
        })
    }
}

type Counted = Vec<(FieldValue, u64)>;

impl Times {
    fn of(counted: Counted) -> Self {
        let mut seconds: Vec<(i64, u64)> = counted
            .into_iter()
            .filter_map(|(value, times)| match value {
                FieldValue::Integer(value) => Some((value, times)),
                FieldValue::Keyword(_) => None,
            })
            .collect();
        seconds.sort_unstable();
        let count = seconds.iter().map(|(_, times)| times).sum();
        let up_to = |tenths: u64| {
            let mut seen = 0;
            let reaches = |(_, times): &&(i64, u64)| {
                seen += times;
                seen * 10 >= count * tenths
            };
            seconds.iter().find(reaches).map(|(value, _)| *value)
        };
        Self { count, median: up_to(5), p90: up_to(9) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_from_their_counts() {
        let counted = |values: &[(i64, u64)]| {
            Times::of(values.iter().map(|(value, times)| (FieldValue::Integer(*value), *times)).collect())
        };
        assert_eq!(counted(&[]), Times::default());
        assert_eq!(counted(&[(7, 1)]), Times { count: 1, median: Some(7), p90: Some(7) });
        assert_eq!(counted(&[(100, 1), (5, 5), (20, 4)]), Times { count: 10, median: Some(5), p90: Some(20) });
    }
}
