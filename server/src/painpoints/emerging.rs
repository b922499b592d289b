//! Which pain points grow faster than chance explains.

use std::ops::AddAssign;

use chrono::TimeDelta;
use statrs::distribution::{Binomial, DiscreteCDF};

/// Growth is looked for in the last days, seen against the weeks before them.
pub const RECENT: TimeDelta = TimeDelta::days(7);
pub const EARLIER: TimeDelta = TimeDelta::days(56);
/// A growing pain point that was first seen at most this long ago is emerging.
pub const YOUNG: TimeDelta = TimeDelta::days(14);

/// Of all pain points that are called growing, at most this share is so by chance.
const FALSE_DISCOVERY_RATE: f64 = 0.05;
/// Fewer comments are no pain point that is worth an alarm.
const FEWEST_COMMENTS: u64 = 5;

/// Comments of the last days and of the weeks before them. Comments and not mentions: one customer who says a thing
/// three times is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Volume {
    pub recent: u64,
    pub earlier: u64,
}

impl AddAssign for Volume {
    fn add_assign(&mut self, other: Self) {
        self.recent += other.recent;
        self.earlier += other.earlier;
    }
}

/// For each pain point, whether it grows; `journey` is the volume of all comments, that of the pain points among them.
///
/// Comments come as Poisson processes do, and a pain point that does not grow keeps its share of the journey's. Given how
/// many of its comments there are, the recent ones among them are then binomial (Przyborowski and Wilenski 1940), which
/// allows for how little is known of the earlier rate. The false discovery rate over all pain points is held after
/// Benjamini and Hochberg (1995).
pub fn growing(pain_points: &[Volume], journey: Volume) -> Vec<bool> {
    let p_values: Vec<f64> = pain_points.iter().map(|volume| p_value(*volume, journey)).collect();
    let mut sorted = p_values.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    let tests = sorted.len() as f64;
    let bounds =
        sorted.iter().zip(1..).filter(|&(&p_value, rank)| p_value <= f64::from(rank) / tests * FALSE_DISCOVERY_RATE);
    let Some(bound) = bounds.map(|(p_value, _)| *p_value).last() else { return vec![false; p_values.len()] };
    let is_growing = |(volume, p_value): (&Volume, f64)| p_value <= bound && volume.recent >= FEWEST_COMMENTS;
    pain_points.iter().zip(p_values).map(is_growing).collect()
}

/// Of at least so many recent comments.
fn p_value(of_it: Volume, journey: Volume) -> f64 {
    let all = journey.recent + journey.earlier;
    if of_it.recent == 0 || all == 0 {
        return 1.0;
    }
    let expected_share = journey.recent as f64 / all as f64;
    let recent = Binomial::new(expected_share, of_it.recent + of_it.earlier);
    recent.map_or(1.0, |recent| recent.sf(of_it.recent - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOURNEY: Volume = Volume { recent: 100, earlier: 800 };

    #[test]
    fn what_keeps_its_share_does_not_grow() {
        let steady: Vec<Volume> = (1..40).map(|size| Volume { recent: size, earlier: 8 * size }).collect();
        assert!(growing(&steady, JOURNEY).iter().all(|is_growing| !is_growing));
    }

    #[test]
    fn what_grows_is_found_among_many() {
        let mut volumes = vec![Volume { recent: 5, earlier: 40 }; 60];
        volumes.push(Volume { recent: 12, earlier: 10 });
        volumes.push(Volume { recent: 6, earlier: 0 });
        volumes.push(Volume { recent: 3, earlier: 0 });
        let found = growing(&volumes, JOURNEY);
        assert_eq!(found.iter().filter(|is_growing| **is_growing).count(), 2);
        assert!(found[60] && found[61], "{found:?}");
    }

    #[test]
    fn by_chance_one_of_many_has_many_comments() {
        // A p-value of .01 is nothing special among two hundred.
        let mut volumes = vec![Volume { recent: 1, earlier: 8 }; 200];
        let lucky = Volume { recent: 6, earlier: 15 };
        assert!(p_value(lucky, JOURNEY) < 0.05);
        volumes.push(lucky);
        assert!(growing(&volumes, JOURNEY).iter().all(|is_growing| !is_growing));
    }

    #[test]
    fn a_journey_that_has_just_begun_has_nothing_to_compare_with() {
        let journey = Volume { recent: 50, earlier: 0 };
        assert_eq!(growing(&[Volume { recent: 20, earlier: 0 }], journey), [false]);
        assert!(growing(&[], journey).is_empty());
        assert_eq!(growing(&[Volume::default()], Volume::default()), [false]);
    }
}
