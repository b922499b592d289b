use super::*;

const WEEKS: usize = 52;

/// Numbers from 0 to 1 that depend on the seed only.
struct Draws {
    seed: u64,
    drawn: u64,
}

impl Draws {
    fn new(seed: u64) -> Self {
        Self { seed, drawn: 0 }
    }

    fn next(&mut self) -> f64 {
        self.drawn += 1;
        (mixed(self.seed, self.drawn) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// How many of so many things happen.
    fn binomial(&mut self, count: u64, probability: f64) -> u64 {
        (0..count).map(|_| u64::from(self.next() < probability)).sum()
    }
}

/// A share's counts, week by week: of how many, and with which probability.
fn shares(draws: &mut Draws, week: impl Fn(usize) -> (u64, f64)) -> Vec<Tally> {
    let mut tally = |(count, probability)| {
        let mut tally = Tally::default();
        let happened = draws.binomial(count, probability);
        tally.add(1.0, happened);
        tally.add(0.0, count - happened);
        tally
    };
    (0..WEEKS).map(|number| tally(week(number))).collect()
}

fn logistic(value: f64) -> f64 {
    1.0 / (1.0 + (-value).exp())
}

/// In log-odds: worse in winter.
fn season(week: usize) -> f64 {
    0.6 * (week as f64 / WEEKS as f64 * std::f64::consts::TAU).cos()
}

/// Parts of a journey with other levels and sizes, all moved by the season; `change` is added to the first one's log-odds.
fn journey(draws: &mut Draws, parts: usize, change: impl Fn(usize) -> f64) -> Vec<Series> {
    let own: Vec<Vec<Tally>> = (0..parts)
        .map(|part| {
            let change = |week: usize| if part == 0 { change(week) } else { 0.0 };
            let level = part as f64 / parts as f64 * 3.0 - 1.5;
            shares(draws, |week| (3 + part as u64 % 7 * 4, logistic(level + season(week) + change(week))))
        })
        .collect();
    let total: Vec<Tally> =
        (0..WEEKS).map(|week| own.iter().fold(Tally::default(), |all, part| all.and(part[week]))).collect();
    let with_rest = |own: Vec<Tally>| {
        let rest = total.iter().zip(&own).map(|(all, own)| all.without(*own)).collect();
        Series { own, rest: Some(rest), span: 1.0 }
    };
    own.into_iter().map(with_rest).collect()
}

fn options() -> ChangeOptions {
    ChangeOptions { permutations: 399, ..ChangeOptions::default() }
}

#[test]
fn quiet_years_raise_few_alarms_even_with_a_season() {
    let options = ChangeOptions { significance: 0.05, permutations: 199, ..options() };
    let years = 200;
    let is_alarmed = |seed: &u64| {
        let changes = find_changes(&journey(&mut Draws::new(*seed), 12, |_| 0.0), &options);
        assert!(changes.tested >= 8, "{}", changes.tested);
        !changes.found.is_empty()
    };
    let alarms = (0..years).filter(is_alarmed).count();
    // 10 are expected of exact tests; more than 19 of them come once in 400 times.
    assert!(alarms <= 19, "{alarms} of {years}");
}

#[test]
fn a_break_is_found_in_its_week_and_nowhere_else() {
    let breaks = |week: usize| if week >= 20 { 2.0 } else { 0.0 };
    let mut in_time = 0;
    for seed in 0..20 {
        let mut series = journey(&mut Draws::new(1_000 + seed), 12, breaks);
        // The first part is small; give the break something to be seen by.
        series[0].own =
            shares(&mut Draws::new(2_000 + seed), |week| (12, logistic(-1.5 + season(week) + breaks(week))));
        let changes = find_changes(&series, &options());
        let clearest = changes.found.first().expect("it is found");
        assert_eq!(clearest.series, 0);
        assert!(clearest.difference > 0.2 && clearest.error > 0.0 && clearest.p_value <= 0.01, "{clearest:?}");
        assert!(clearest.earliest <= clearest.since && clearest.since <= clearest.latest);
        in_time += usize::from(clearest.since.abs_diff(20) <= 1);
    }
    assert!(in_time >= 15, "{in_time}");
}

#[test]
fn what_broke_and_was_repaired_is_two_changes() {
    let own = shares(&mut Draws::new(7), |week| (30, if (15..35).contains(&week) { 0.7 } else { 0.2 }));
    let rest = shares(&mut Draws::new(8), |_| (300, 0.4));
    let changes = find_changes(&[Series { own, rest: Some(rest), span: 1.0 }], &options());
    let mut since: Vec<(usize, bool, Range<usize>)> =
        changes.found.iter().map(|change| (change.since, change.difference > 0.0, change.weeks.clone())).collect();
    since.sort_by_key(|(since, ..)| *since);
    assert_eq!(since, [(15, true, 0..35), (35, false, 15..52)]);
}

#[test]
fn what_moves_with_everything_is_no_change() {
    let step = |week: usize| if week >= 26 { 0.8 } else { 0.4 };
    let own = shares(&mut Draws::new(3), |week| (40, step(week)));
    let rest = shares(&mut Draws::new(4), |week| (400, step(week) / 2.0));
    let alone = Series { own: own.clone(), rest: None, span: 1.0 };
    assert_eq!(find_changes(&[alone], &options()).found[0].since, 26);
    assert!(find_changes(&[Series { own, rest: Some(rest), span: 1.0 }], &options()).found.is_empty());
}

#[test]
fn one_loud_week_is_no_change() {
    let own = shares(&mut Draws::new(5), |week| (40, if week == 30 { 0.95 } else { 0.3 }));
    let rest = shares(&mut Draws::new(6), |_| (400, 0.3));
    assert!(find_changes(&[Series { own, rest: Some(rest), span: 1.0 }], &options()).found.is_empty());
}

#[test]
fn too_little_is_not_looked_at() {
    let rare = shares(&mut Draws::new(9), |week| (10, if week >= 50 { 0.2 } else { 0.0 }));
    let seldom = shares(&mut Draws::new(10), |week| (if week % 3 == 0 { 20 } else { 0 }, 0.5));
    let short: Vec<Tally> = seldom[..6].to_vec();
    for own in [rare, seldom, short] {
        let changes = find_changes(&[Series { own, rest: None, span: 1.0 }], &options());
        assert_eq!(changes, Changes::default());
    }
    assert_eq!(find_changes(&[], &options()), Changes::default());
}

#[test]
fn the_same_series_give_the_same_changes() {
    let series = journey(&mut Draws::new(11), 6, |week| if week >= 30 { 1.5 } else { 0.0 });
    assert_eq!(find_changes(&series, &options()), find_changes(&series, &options()));
}

#[test]
fn a_step_without_chance_is_as_high_as_it_is() {
    // Alternating 0.2 and 0.4, then 0.6 and 0.8, of ten values a week.
    let week = |week: usize| {
        let mut tally = Tally::default();
        let ones = 2 + 2 * (week as u64 % 2) + if week >= 12 { 4 } else { 0 };
        tally.add(1.0, ones);
        tally.add(0.0, 10 - ones);
        tally
    };
    let series = Series { own: (0..24).map(week).collect(), rest: None, span: 1.0 };
    let changes = find_changes(&[series], &options());
    let change = &changes.found[0];
    assert_eq!((change.since, change.degrees), (12, 22.0));
    // By hand: means .3 and .7, each week .1 away from its own.
    let error = (24.0 * 10.0 * 0.01 / 22.0 / 60.0_f64).sqrt();
    assert!((change.difference - 0.4).abs() < 1e-9 && (change.error - error).abs() < 1e-9, "{change:?}");
}
