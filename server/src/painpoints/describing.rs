//! From clusters to pain points: which known one each of them is, what it is called, what shows it, what has happened.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use klartext_models::clusters::{
    self, Candidate, ClusterName, Fate, Layout, Matching, Origin, Point, SharedMembers, Transform, match_clusters,
    representatives,
};
use klartext_models::text::Language;
use klartext_models::train::Matrix;
use uuid::Uuid;

use super::discovery::DiscoveryCounts;
use super::event::{Event, EventKind};
use super::naming::{Said, names};
use super::{PainPoint, PainPointState};
use crate::insights::{Place, pain_point_id};
use crate::store::millionths;

/// With mentions of fewer comments, copies among them, a cluster is no pain point yet: it may be one customer's story.
const FEWEST_COMMENTS: usize = 3;
const QUOTES: usize = 3;

/// A mention that is clustered.
pub(super) struct ClusteredMention {
    pub(super) id: Uuid,
    pub(super) comment_id: Uuid,
    pub(super) text: String,
    pub(super) language: Language,
    /// The pain point that it was in.
    pub(super) owner_before: Option<Uuid>,
}

/// What is clustered.
#[derive(Default)]
pub(super) struct Clustered {
    pub(super) mentions: Vec<ClusteredMention>,
    /// One row per mention, as the encoder gives them.
    pub(super) vectors: Matrix,
}

/// What was found in it.
pub(super) struct Found {
    pub(super) clusters: clusters::Discovery,
    pub(super) layout: Layout,
    /// Where each mention is on the map.
    pub(super) map: Vec<Point>,
}

/// The discovery that finds something.
pub(super) struct Finder<'a> {
    pub(super) discovery: Uuid,
    pub(super) journey: &'a str,
    pub(super) now: DateTime<Utc>,
    /// Of the journey.
    pub(super) known: &'a [Arc<PainPoint>],
}

/// What has to be written.
pub(super) struct Findings {
    pub(super) changed: Vec<PainPoint>,
    pub(super) events: Vec<Event>,
    pub(super) places: HashMap<Uuid, Place>,
    pub(super) counts: DiscoveryCounts,
}

/// A part of the clustered mentions that is, or becomes, one pain point.
struct Group {
    leaves: Vec<u32>,
    /// Rows of its mentions.
    rows: Vec<usize>,
    /// The known one that it is.
    known: Option<usize>,
    /// The known one that it was a part of.
    part_of: Option<usize>,
    /// The cluster that it is, or is of: its number, and its position among those that are large enough.
    cluster: usize,
    position: usize,
}

pub(super) fn describe(finder: &Finder<'_>, clustered: &Clustered, found: &Found) -> Findings {
    let known: Vec<&PainPoint> = finder.known.iter().map(Arc::as_ref).collect();
    let position_of = known.iter().enumerate().map(|(position, known)| (known.id, position)).collect();
    let describing = Describing { finder, clustered, found: &found.clusters, map: &found.map, known, position_of };
    let clusters = describing.clusters();
    let matching = describing.matching(&clusters);
    let groups = describing.groups(&clusters, &matching);
    describing.findings(&groups, &matching)
}

struct Describing<'a> {
    finder: &'a Finder<'a>,
    clustered: &'a Clustered,
    found: &'a clusters::Discovery,
    map: &'a [Point],
    known: Vec<&'a PainPoint>,
    /// In `known`, by id.
    position_of: HashMap<Uuid, usize>,
}

impl Describing<'_> {
    /// The clusters that are large enough, each with its number.
    fn clusters(&self) -> Vec<(usize, Vec<usize>)> {
        let mut rows: HashMap<usize, Vec<usize>> = HashMap::new();
        for (row, cluster) in self.found.clusters().into_iter().enumerate() {
            rows.entry(cluster as usize).or_default().push(row);
        }
        let comment_of = |row: &usize| self.clustered.mentions[*row].comment_id;
        let is_of_several =
            |rows: &[usize]| rows.iter().map(comment_of).collect::<HashSet<_>>().len() >= FEWEST_COMMENTS;
        let mut clusters: Vec<_> = rows.into_iter().filter(|(_, rows)| is_of_several(rows)).collect();
        clusters.sort_unstable_by_key(|(cluster, _)| *cluster);
        clusters
    }

    /// Positions of found clusters are those in `clusters`.
    fn matching(&self, clusters: &[(usize, Vec<usize>)]) -> Matching {
        let known: Vec<Vec<f32>> = self.known.iter().map(|known| known.mean()).collect();
        let centres: Vec<Vec<f32>> = clusters.iter().map(|(_, rows)| self.mean(rows)).collect();
        let found_again = clusters.iter().enumerate().flat_map(|(found, (_, rows))| {
            rows.iter().filter_map(|row| self.owner_before(*row)).map(move |known| (known, found))
        });
        let shared = SharedMembers::count(found_again);
        let matrix = |rows: &[Vec<f32>]| rows.iter().map(Vec::as_slice).collect::<Matrix>();
        match_clusters(&matrix(&known), &matrix(&centres), &shared, self.found.model.transform())
    }

    /// One for each cluster, but several where it joins pain points that a person keeps apart.
    fn groups(&self, clusters: &[(usize, Vec<usize>)], matching: &Matching) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for (position, (cluster, rows)) in clusters.iter().enumerate() {
            let (known, part_of) = match matching.origins[position] {
                Origin::Continues(known) => (Some(known), None),
                Origin::PartOf(known) => (None, Some(known)),
                Origin::Born => {
                    let whole = self.joined_by_people(position, rows, matching);
                    (whole.filter(|whole| groups.iter().all(|group| group.known != Some(*whole))), None)
                }
            };
            let joined = (0..self.known.len()).filter(|other| matching.fates[*other] == Fate::Joined(position));
            let together: Vec<usize> = joined.chain(known).collect();
            let is_apart = |one: &usize| {
                let mut others = together.iter().filter(|other| *other != one);
                others.any(|other| are_apart(self.known[*one], self.known[*other]))
            };
            let kept_apart: Vec<usize> = together.iter().copied().filter(is_apart).collect();
            let whole =
                Group { leaves: self.leaves(rows), rows: rows.clone(), known, part_of, cluster: *cluster, position };
            if kept_apart.is_empty() {
                groups.push(whole);
            } else {
                groups.extend(self.divided(whole, &kept_apart));
            }
        }
        groups
    }

    /// The one into which people have merged most of what joined a new cluster: each of the merged ones may be too small to stand
    /// for the cluster. `None` where it is another cluster.
    fn joined_by_people(&self, position: usize, rows: &[usize], matching: &Matching) -> Option<usize> {
        let were_known: Vec<usize> = rows.iter().filter_map(|row| self.owner_before(*row)).collect();
        let mut members: BTreeMap<usize, usize> = BTreeMap::new();
        for known in were_known.iter().filter(|known| matching.fates[**known] == Fate::Joined(position)) {
            *members.entry(self.shown_as(*known)).or_default() += 1;
        }
        let (whole, count) = members.into_iter().max_by_key(|(_, count)| *count)?;
        let is_other = matches!(matching.fates[whole], Fate::Continues(_));
        (!is_other && 2 * count >= were_known.len()).then_some(whole)
    }

    /// The position of the known one that a mention was in.
    fn owner_before(&self, row: usize) -> Option<usize> {
        self.position_of.get(&self.clustered.mentions[row].owner_before?).copied()
    }

    /// The position of what it was merged into, or its own.
    fn shown_as(&self, known: usize) -> usize {
        let whole = self.known[known].merged_into.and_then(|id| self.position_of.get(&id));
        whole.map_or(known, |whole| self.shown_as(*whole))
    }

    /// Leaf by leaf: each goes where most of its mentions were.
    fn divided(&self, whole: Group, kept_apart: &[usize]) -> Vec<Group> {
        let mut parts: HashMap<Option<usize>, Group> = HashMap::new();
        for leaf in &whole.leaves {
            let rows: Vec<usize> =
                whole.rows.iter().copied().filter(|row| self.found.memberships[*row].leaf == *leaf).collect();
            let votes_for = |known: usize| {
                let id = Some(self.known[known].id);
                rows.iter().filter(|row| self.clustered.mentions[**row].owner_before == id).count()
            };
            let most = kept_apart.iter().copied().chain(whole.known).max_by_key(|known| votes_for(*known));
            let owner = most.filter(|known| votes_for(*known) > 0).or(whole.known);
            let part = parts.entry(owner).or_insert_with(|| Group {
                leaves: Vec::new(),
                rows: Vec::new(),
                known: owner,
                part_of: whole.part_of.filter(|_| owner.is_none()),
                cluster: whole.cluster,
                position: whole.position,
            });
            part.leaves.push(*leaf);
            part.rows.extend(rows);
        }
        let mut parts: Vec<Group> = parts.into_values().collect();
        parts.sort_unstable_by_key(|part| part.known);
        parts
    }

    fn findings(&self, groups: &[Group], matching: &Matching) -> Findings {
        let names = names(groups.iter().map(|group| self.said(group)));
        let mut found: Vec<PainPoint> =
            groups.iter().zip(names).map(|(group, name)| self.pain_point(group, name)).collect();
        let mut events = Vec::new();
        let mut counts = DiscoveryCounts {
            copies: copies(self.found),
            weak_members: self.found.memberships.iter().filter(|membership| membership.is_weak()).count() as u64,
            ..DiscoveryCounts::default()
        };
        let members = |group: &Group| self.strong(&group.rows).len() as u64;
        for (group, pain_point) in groups.iter().zip(&mut found) {
            let Some(known) = group.known.map(|known| self.known[known]) else {
                counts.born += 1;
                events.push(Event::of(pain_point, EventKind::Born, members(group)));
                continue;
            };
            // What this discovery itself brought forth before it was taken up again is known, and has been told.
            let count = if self.is_own(known) { &mut counts.born } else { &mut counts.continued };
            *count += 1;
            if known.state == PainPointState::Resolved {
                pain_point.state = PainPointState::Active;
                events.push(Event::of(pain_point, EventKind::CameAgain, members(group)));
            }
        }
        events.extend(self.divisions(groups, &found));
        counts.pain_points =
            found.iter().filter(|found| found.state != PainPointState::Merged).count().try_into().unwrap_or(u32::MAX);

        let shown: HashSet<Uuid> = found.iter().filter_map(|found| found.merged_into).collect();
        let mut gone = Vec::new();
        let found_again: HashSet<usize> = groups.iter().filter_map(|group| group.known).collect();
        let not_found = self.known.iter().enumerate().filter(|(position, _)| !found_again.contains(position));
        for (position, known) in not_found.filter(|(_, known)| known.state == PainPointState::Active) {
            let mut ended = PainPoint { leaves: Vec::new(), ..(*known).clone() };
            if shown.contains(&known.id) {
                // What was merged into it was found: that is it now.
                ended.found_by = self.finder.discovery;
                gone.push(ended);
                continue;
            }
            counts.ended += u32::from(!self.is_own(known));
            ended.state = PainPointState::Resolved;
            let joined = match matching.fates[position] {
                Fate::Joined(cluster) => groups.iter().position(|group| group.position == cluster),
                Fate::Continues(_) | Fate::Ended => None,
            };
            events.push(match joined {
                Some(other) => Event { others: vec![found[other].id], ..Event::of(&ended, EventKind::Joined, 0) },
                None => Event::of(&ended, EventKind::Resolved, 0),
            });
            gone.push(ended);
        }
        let places = self.places(groups, &found);
        found.extend(gone);
        Findings { changed: found, events, places, counts }
    }

    /// Of known ones that were found in several parts.
    fn divisions(&self, groups: &[Group], found: &[PainPoint]) -> Vec<Event> {
        let mut divisions = Vec::new();
        for (whole, of_whole) in groups.iter().zip(found) {
            let Some(known) = whole.known else { continue };
            let parts = groups.iter().zip(found).filter(|(part, _)| part.part_of == Some(known));
            let others: Vec<Uuid> = parts.map(|(_, part)| part.id).collect();
            if !others.is_empty() {
                let mentions = self.strong(&whole.rows).len() as u64;
                divisions.push(Event { others, ..Event::of(of_whole, EventKind::Divided, mentions) });
            }
        }
        divisions
    }

    /// What the strong members of a group say, the strongest first.
    fn said(&self, group: &Group) -> Vec<Said<'_>> {
        let mut rows = self.strong(&group.rows);
        let score = |row: &usize| self.found.memberships[*row].score;
        rows.sort_by(|left, right| score(right).total_cmp(&score(left)));
        let said = |row| {
            let ClusteredMention { comment_id, text, language, .. } = &self.clustered.mentions[row];
            Said { comment_id: *comment_id, text, language: *language }
        };
        rows.into_iter().map(said).collect()
    }

    fn pain_point(&self, group: &Group, name: ClusterName) -> PainPoint {
        let mean = self.mean(&group.rows);
        let mut pain_point = PainPoint {
            leaves: group.leaves.clone(),
            quotes: self.quotes(&group.rows, &mean),
            found_by: self.finder.discovery,
            machine_name: name.name,
            key_terms: name.terms,
            ..match group.known {
                Some(known) => self.known[known].clone(),
                None => self.newborn(group),
            }
        };
        pain_point.set_mean(&mean);
        pain_point
    }

    /// Was it brought forth by this discovery, before that was taken up again?
    fn is_own(&self, known: &PainPoint) -> bool {
        known.born_by == self.finder.discovery && known.split_from.is_none()
    }

    /// Of one that is born: another one than those that this discovery has brought forth before.
    fn id_of(&self, group: &Group) -> Uuid {
        let clusters = self.found.model.hierarchy.levels[self.found.model.hierarchy.chosen].clusters;
        let ids = (0..).map(|round| pain_point_id(self.finder.discovery, group.cluster + round * clusters));
        let mut new = ids.filter(|id| self.known.iter().all(|known| known.id != *id));
        new.next().unwrap_or_default()
    }

    fn newborn(&self, group: &Group) -> PainPoint {
        PainPoint {
            id: self.id_of(group),
            journey: self.finder.journey.to_owned(),
            state: PainPointState::Active,
            machine_name: String::new(),
            given_name: None,
            key_terms: Vec::new(),
            quotes: Vec::new(),
            measures: None,
            born_at: self.finder.now,
            born_by: self.finder.discovery,
            found_by: self.finder.discovery,
            merged_into: None,
            split_from: None,
            leaves: Vec::new(),
            centre: Vec::new(),
            centre_length: 0.0,
        }
    }

    fn quotes(&self, rows: &[usize], mean: &[f32]) -> Vec<Uuid> {
        let members = self.strong(rows).into_iter().map(|row| {
            let ClusteredMention { id, text, .. } = &self.clustered.mentions[row];
            (*id, text.as_str(), self.clustered.vectors.row(row))
        });
        quotes(members, mean, self.found.model.transform())
    }

    fn places(&self, groups: &[Group], found: &[PainPoint]) -> HashMap<Uuid, Place> {
        let mut owner_of = HashMap::new();
        for (group, pain_point) in groups.iter().zip(found) {
            owner_of.extend(group.leaves.iter().map(|leaf| (*leaf, pain_point.id)));
        }
        let place = |(row, mention): (usize, &ClusteredMention)| {
            let membership = self.found.memberships[row];
            let place = Place {
                pain_point: owner_of.get(&membership.leaf).copied(),
                membership: millionths(membership.score.into()),
                leaf: membership.leaf,
                copies: self.found.copies[row],
                map: self.map[row],
                placed_by: self.finder.discovery,
            };
            (mention.id, place)
        };
        self.clustered.mentions.iter().enumerate().map(place).collect()
    }

    fn leaves(&self, rows: &[usize]) -> Vec<u32> {
        let leaves: HashSet<u32> = rows.iter().map(|row| self.found.memberships[*row].leaf).collect();
        let mut leaves: Vec<u32> = leaves.into_iter().collect();
        leaves.sort_unstable();
        leaves
    }

    /// Without weak members, unless there are no others.
    fn strong(&self, rows: &[usize]) -> Vec<usize> {
        let strong: Vec<usize> = rows.iter().copied().filter(|row| !self.found.memberships[*row].is_weak()).collect();
        if strong.is_empty() { rows.to_vec() } else { strong }
    }

    fn mean(&self, rows: &[usize]) -> Vec<f32> {
        self.clustered.vectors.select(&self.strong(rows)).mean()
    }
}

/// The mentions that show best what a cluster is about, out of its members' ids, texts and vectors; the same words once.
pub(super) fn quotes<'a>(
    members: impl Iterator<Item = (Uuid, &'a str, &'a [f32])>,
    mean: &[f32],
    transform: &Transform,
) -> Vec<Uuid> {
    let mut seen = HashSet::new();
    let distinct = members.filter(|(_, text, _)| seen.insert(*text));
    let candidate =
        |(id, text, vector): (Uuid, &str, &'a [f32])| (id, Candidate { vector, characters: text.chars().count() });
    let (ids, candidates): (Vec<Uuid>, Vec<Candidate>) = distinct.map(candidate).unzip();
    let chosen = representatives(&candidates, mean, transform, QUOTES);
    chosen.into_iter().map(|position| ids[position]).collect()
}

/// Did a person divide them?
fn are_apart(left: &PainPoint, right: &PainPoint) -> bool {
    left.split_from == Some(right.id)
        || right.split_from == Some(left.id)
        || left.split_from.is_some() && left.split_from == right.split_from
}

/// Mentions that nearly repeat another one.
fn copies(found: &clusters::Discovery) -> u64 {
    // Each of n copies of one text counts as one nth of an original.
    let originals: f64 = found.copies.iter().map(|copies| 1.0 / f64::from(*copies)).sum();
    found.copies.len() as u64 - originals.round() as u64
}

#[cfg(test)]
mod tests {
    use klartext_models::VECTOR_SIZE;
    use klartext_models::clusters::DiscoveryOptions;

    use super::*;
    use crate::painpoints::GivenName;

    /// The mention of a subject, told in one of many ways.
    fn vector(subject: usize, way: usize) -> Vec<f32> {
        let mut vector = vec![0.0; VECTOR_SIZE];
        vector[0] = 1.0;
        vector[10 + subject] = 0.8;
        vector[50 + (subject * 31 + way) % 300] = 0.3;
        vector
    }

    fn clustered(subjects: &[(usize, usize)], owner_of: impl Fn(Uuid) -> Option<Uuid>) -> Clustered {
        let mut clustered = Clustered::default();
        for (subject, count) in subjects {
            for way in 0..*count {
                let id = Uuid::from_u128((subject * 1_000 + way) as u128);
                clustered.vectors.push(&vector(*subject, way));
                clustered.mentions.push(ClusteredMention {
                    id,
                    comment_id: id,
                    text: format!("about {subject}"),
                    language: Language::English,
                    owner_before: owner_of(id),
                });
            }
        }
        clustered
    }

    fn discover(number: u128, known: &[PainPoint], before: &Findings, subjects: &[(usize, usize)]) -> Findings {
        let owner_of = |id| before.places.get(&id).and_then(|place: &Place| place.pain_point);
        described(number, known, &clustered(subjects, owner_of))
    }

    fn described(number: u128, known: &[PainPoint], clustered: &Clustered) -> Findings {
        let polarity = vec![0.0; VECTOR_SIZE];
        let options = DiscoveryOptions::default();
        let clusters = clusters::Discovery::of(&clustered.vectors, &polarity, &options).expect("they are finite");
        let layout =
            Layout::fit(&clustered.vectors, clusters.model.transform(), None, &options).expect("it is laid out");
        let map = layout.place_all(&clustered.vectors, &options);
        let found = Found { clusters, layout, map };
        let known: Vec<Arc<PainPoint>> = known.iter().cloned().map(Arc::new).collect();
        let discovery = Uuid::from_u128(number);
        describe(&Finder { discovery, journey: "generic", now: Utc::now(), known: &known }, clustered, &found)
    }

    fn nothing() -> Findings {
        Findings { changed: Vec::new(), events: Vec::new(), places: HashMap::new(), counts: DiscoveryCounts::default() }
    }

    fn kinds(findings: &Findings) -> Vec<EventKind> {
        findings.events.iter().map(|event| event.kind).collect()
    }

    const THREE: [(usize, usize); 3] = [(0, 30), (1, 20), (2, 10)];

    #[test]
    fn what_is_found_again_is_the_same() {
        let first = discover(1, &[], &nothing(), &THREE);
        assert_eq!((first.counts.born, first.counts.pain_points), (3, 3), "{:?}", first.counts);
        assert_eq!(kinds(&first), [EventKind::Born; 3]);
        assert!(first.changed.iter().all(|born| !born.quotes.is_empty() && !born.leaves.is_empty()));

        let second = discover(2, &first.changed, &first, &THREE);
        assert_eq!((second.counts.born, second.counts.continued, second.counts.ended), (0, 3, 0));
        assert!(second.events.is_empty());
        let owners = |findings: &Findings| -> HashMap<Uuid, Option<Uuid>> {
            findings.places.iter().map(|(id, place)| (*id, place.pain_point)).collect()
        };
        assert_eq!(owners(&first), owners(&second));

        let again = discover(1, &first.changed, &first, &THREE);
        assert_eq!(again.counts, first.counts, "one that is taken up again finds the same");
        assert_eq!(owners(&again), owners(&first));
        assert!(again.events.is_empty(), "and says it once");
    }

    #[test]
    fn one_that_is_taken_up_again_keeps_what_people_have_done() {
        let first = discover(1, &[], &nothing(), &THREE);
        let mut known = first.changed.clone();
        known[0].given_name = Some(GivenName { name: "Warten".to_owned(), by: "anna".to_owned() });
        known[1].state = PainPointState::Dismissed;
        let again = discover(1, &known, &first, &THREE);
        assert_eq!(again.changed[0].given_name, known[0].given_name);
        assert_eq!(again.changed[1].state, PainPointState::Dismissed);
        assert!(again.events.is_empty());

        // Found among other mentions, each is what it was; what is not found is resolved, and has no leaf any more.
        let less = discover(1, &first.changed, &first, &THREE[1..]);
        assert_eq!((kinds(&less), less.counts.born, less.counts.ended), (vec![EventKind::Resolved], 2, 0));
        let gone = less.changed.iter().find(|known| known.state == PainPointState::Resolved).expect("it is written");
        assert!(gone.id == first.changed[0].id && gone.leaves.is_empty());
    }

    #[test]
    fn what_is_not_found_is_resolved_and_may_come_again() {
        let first = discover(1, &[], &nothing(), &THREE);
        let second = discover(2, &first.changed, &first, &THREE[1..]);
        assert_eq!((second.counts.continued, second.counts.ended), (2, 1));
        assert_eq!(kinds(&second), [EventKind::Resolved]);
        let resolved = second.changed.iter().find(|known| known.state == PainPointState::Resolved);
        let resolved = resolved.expect("it is written").id;
        let third = discover(3, &second.changed, &second, &THREE);
        assert_eq!((third.counts.born, third.counts.continued), (0, 3));
        assert_eq!(kinds(&third), [EventKind::CameAgain]);
        assert_eq!(third.events[0].pain_point, resolved);
    }

    #[test]
    fn what_people_have_joined_stays_together() {
        let first = discover(1, &[], &nothing(), &THREE);
        let mut known = first.changed.clone();
        known[1].state = PainPointState::Merged;
        known[1].merged_into = Some(known[0].id);
        let without_the_whole: Vec<(usize, usize)> = THREE[1..].to_vec();
        let second = discover(2, &known, &first, &without_the_whole);
        assert_eq!((second.counts.born, second.counts.ended), (0, 0), "{:?}", kinds(&second));
        let whole = second.changed.iter().find(|whole| whole.id == known[0].id).expect("it is written");
        assert_eq!(whole.state, PainPointState::Active, "what was merged into it was found");
        let part = second.changed.iter().find(|part| part.id == known[1].id).expect("it is written");
        assert_eq!((part.state, part.merged_into), (PainPointState::Merged, Some(whole.id)));
    }

    #[test]
    fn one_customers_story_is_no_pain_point() {
        let mut story = clustered(&THREE, |_| None);
        story.mentions[30..50].iter_mut().for_each(|mention| mention.comment_id = Uuid::nil());
        let findings = described(1, &[], &story);
        assert_eq!(findings.counts.pain_points, 2);
        let has_none = |(id, place): (&Uuid, &Place)| (id.as_u128() / 1_000 == 1) == place.pain_point.is_none();
        assert!(findings.places.iter().all(has_none));
    }

    #[test]
    fn a_few_mentions_are_no_pain_point() {
        let few = discover(1, &[], &nothing(), &[(0, 2)]);
        assert_eq!(few.counts.pain_points, 0);
        assert!(few.places.values().all(|place| place.pain_point.is_none()) && few.places.len() == 2);
        assert_eq!(discover(1, &[], &nothing(), &[]).counts, DiscoveryCounts::default());
    }
}
