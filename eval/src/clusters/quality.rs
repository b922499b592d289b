//! How well clusters fit classes.

use std::collections::BTreeMap;

use klartext_models::clusters::agreement::Contingency;
use serde::Serialize;

/// Compared with the classes, which the clustering did not see. Texts without a cluster count as one cluster of their
/// own, as usual.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Quality {
    /// Adjusted Rand index: 1 is perfect, 0 is chance.
    pub ari: f64,
    /// The same of the texts with a cluster alone, which flatters a method with many outliers.
    pub ari_without_outliers: f64,
    /// Normalised mutual information, by the arithmetic mean of both entropies, 0 to 1.
    pub nmi: f64,
    /// Share of what the classes say that is lost because clusters hold several classes: 1 - homogeneity (Rosenberg and
    /// Hirschberg 2007).
    pub over_grouping: f64,
    /// Share of what the clusters say that only splits classes: 1 - completeness.
    pub under_grouping: f64,
    /// Share of texts without a cluster.
    pub outliers: f64,
    pub clusters: usize,
}

impl Quality {
    pub fn of(classes: &[u32], clusters: &[Option<u32>]) -> Self {
        let number = |cluster: Option<u32>| cluster.map_or(0, |cluster| cluster + 1);
        let counted = Contingency::new(classes.iter().copied().zip(clusters.iter().map(|&cluster| number(cluster))));
        let class_entropy = entropy(counted.left.values(), counted.things);
        let cluster_entropy = entropy(counted.right.values(), counted.things);
        let shared = class_entropy + cluster_entropy - entropy(counted.both.values(), counted.things);
        // Nothing to say is said completely.
        let share = |part: f64, whole: f64| if whole > 0.0 { (part / whole).clamp(0.0, 1.0) } else { 1.0 };
        let outliers = clusters.iter().filter(|cluster| cluster.is_none()).count();
        let with_cluster = classes.iter().zip(clusters).filter_map(|(&class, &cluster)| Some((class, cluster?)));
        Self {
            ari_without_outliers: Contingency::new(with_cluster).adjusted_rand_index(),
            ari: counted.adjusted_rand_index(),
            nmi: share(2.0 * shared, class_entropy + cluster_entropy),
            over_grouping: 1.0 - share(shared, class_entropy),
            under_grouping: 1.0 - share(shared, cluster_entropy),
            outliers: outliers as f64 / clusters.len().max(1) as f64,
            clusters: counted.right.len() - usize::from(outliers > 0),
        }
    }
}

/// For each text, whether it is of the class that most of its cluster is of.
pub fn is_of_main_class(classes: &[u32], clusters: &[u32]) -> Vec<bool> {
    let mut counts: BTreeMap<u32, BTreeMap<u32, usize>> = BTreeMap::new();
    for (&class, &cluster) in classes.iter().zip(clusters) {
        *counts.entry(cluster).or_default().entry(class).or_default() += 1;
    }
    let main_class =
        |counts: &BTreeMap<u32, usize>| counts.iter().max_by_key(|&(_, count)| count).map(|(&class, _)| class);
    let main_classes: BTreeMap<u32, Option<u32>> =
        counts.iter().map(|(&cluster, counts)| (cluster, main_class(counts))).collect();
    classes.iter().zip(clusters).map(|(&class, cluster)| main_classes[cluster] == Some(class)).collect()
}

fn entropy<'a>(sizes: impl Iterator<Item = &'a u64>, things: u64) -> f64 {
    let shares = sizes.map(|&size| size as f64 / things.max(1) as f64);
    shares.filter(|&share| share > 0.0).map(|share| -share * share.ln()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(left: f64, right: f64) -> bool {
        (left - right).abs() < 1e-9
    }

    fn quality(classes: &[u32], clusters: &[u32]) -> Quality {
        Quality::of(classes, &clusters.iter().map(|&cluster| Some(cluster)).collect::<Vec<_>>())
    }

    #[test]
    fn joined_classes_are_over_grouping() {
        // Four classes of two, joined by twos: half of what the classes say is left.
        let joined = quality(&[0, 0, 1, 1, 2, 2, 3, 3], &[0, 0, 0, 0, 1, 1, 1, 1]);
        assert!(close(joined.over_grouping, 0.5) && close(joined.under_grouping, 0.0));
        assert!(close(joined.nmi, 2.0 / 3.0));
        // Together 4 of 28 pairs, classes 4, clusters 12: (4 - 12/7) / (8 - 12/7).
        assert!(close(joined.ari, (4.0 - 12.0 / 7.0) / (8.0 - 12.0 / 7.0)));
        let split = quality(&[0, 0, 0, 0, 1, 1, 1, 1], &[0, 0, 1, 1, 2, 2, 3, 3]);
        assert!(close(split.over_grouping, 0.0) && close(split.under_grouping, 0.5));
        assert_eq!(split.clusters, 4);
    }

    #[test]
    fn outliers_are_counted_and_are_one_cluster() {
        let given = [Some(0), Some(0), None, None];
        let with_outliers = Quality::of(&[0, 0, 1, 1], &given);
        assert!(close(with_outliers.ari, 1.0) && close(with_outliers.outliers, 0.5));
        assert_eq!(with_outliers.clusters, 1);
        let with_wrong_ones = Quality::of(&[0, 0, 1, 1, 0], &[Some(0), Some(0), Some(1), Some(1), None]);
        assert!(with_wrong_ones.ari < 1.0 && close(with_wrong_ones.ari_without_outliers, 1.0));
    }

    #[test]
    fn nothing_and_one_class() {
        assert!(close(quality(&[], &[]).ari, 1.0));
        let split = quality(&[5, 5, 5], &[0, 1, 2]);
        assert!(close(split.ari, 0.0) && close(split.over_grouping, 0.0) && close(split.under_grouping, 1.0));
    }

    #[test]
    fn the_main_class_is_that_of_most() {
        assert_eq!(is_of_main_class(&[0, 0, 1, 1], &[4, 4, 4, 5]), [true, true, false, true]);
    }
}
