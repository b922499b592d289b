//! A small year through the real service, started here.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use klartext_eval::data::read_lines;
use klartext_eval::gold::{GoldComment, Split};
use klartext_eval::service::{Service, ServiceOptions};
use klartext_eval::year::{Effect, YearOptions, YearTable, measure};

/// A service loads a model: one at a time is enough for a small machine.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(|failed| failed.into_inner())
}

/// The `klartext` of this build: this program lies in its folder `deps`.
fn service() -> Service {
    let this_program = std::env::current_exe().expect("it runs");
    let build = this_program.parent().and_then(Path::parent).expect("it lies in the build folder");
    let settings = vec!["log.filter=warn".to_owned()];
    let options = ServiceOptions { binary: Some(build.join("klartext")), settings, ..ServiceOptions::default() };
    Service::open(&options).expect("the workspace is built")
}

fn gold() -> Vec<GoldComment> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("gold/comments.jsonl");
    let mut gold: Vec<GoldComment> = read_lines(&file).expect("they are gold");
    gold.retain(|comment| comment.split == Some(Split::Tune));
    gold
}

#[test]
fn planted_effects_are_found_and_both_ways_of_counting_agree() {
    let _alone = alone();
    let options =
        YearOptions { a_week: 30.0, years: 2, quiet_years: 4, watched_quiet_years: 1, seed: 1, significance: 0.2 };
    let report = measure(&gold(), &service(), &options).expect("the service answers");
    assert!(report.service_agrees, "{report:?}");
    assert!((1_300..1_800).contains(&report.comments), "{}", report.comments);
    assert!(report.tested_series > 50 && report.years == 2, "{report:?}");
    let weeks: Vec<usize> = report.effects.iter().map(|effect| effect.week).collect();
    assert_eq!(weeks, [12, 20, 30, 40]);
    assert!(report.effects.iter().any(|effect| effect.found_in_years > 0), "{report:?}");
    assert_eq!((report.gap.touchpoint.as_str(), report.measure.touchpoint.as_str()), ("ordering", "repair-warranty"));
    assert!(!report.measure.figures.is_empty(), "{report:?}");
    for effect in &report.effects {
        assert!(effect.first_said.is_none_or(|week| week >= effect.week), "{effect:?}");
        assert!(effect.found.iter().all(|found| effect.effect.explains(found)), "{effect:?}");
    }
    assert_eq!((report.quiet.years, report.quiet_watched.years), (4, 1));
    let table = YearTable(&report).to_string();
    assert!(Effect::ALL.iter().all(|effect| table.contains(effect.name())), "{table}");
    assert!(table.contains("asked at the end of every week"), "{table}");
}

#[test]
fn a_comment_that_fits_nothing_makes_no_year() {
    let _alone = alone();
    let gold: Vec<GoldComment> = gold().into_iter().filter(|comment| comment.labels.handover.is_none()).collect();
    let options =
        YearOptions { a_week: 5.0, years: 1, quiet_years: 0, watched_quiet_years: 0, seed: 1, significance: 0.05 };
    let error = measure(&gold, &service(), &options).expect_err("nobody tells of a handover");
    assert!(error.to_string().contains("handover"), "{error}");
}
