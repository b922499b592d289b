/// The items of most weight; among equals those that came first.
#[derive(Debug, Clone)]
pub struct Foremost<T> {
    most: usize,
    items: Vec<(f64, T)>,
}

impl<T> Foremost<T> {
    pub fn new(most: usize) -> Self {
        Self { most, items: Vec::new() }
    }

    pub fn offer(&mut self, weight: f64, item: T) {
        let place = self.items.partition_point(|(other, _)| *other >= weight);
        if place < self.most {
            self.items.insert(place, (weight, item));
            self.items.truncate(self.most);
        }
    }

    /// The heaviest first.
    pub fn into_items(self) -> Vec<T> {
        self.items.into_iter().map(|(_, item)| item).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_stay_in_order() {
        let mut foremost = Foremost::new(3);
        for (item, weight) in [1.0, 3.0, 2.0, 3.0, 0.5].into_iter().enumerate() {
            foremost.offer(weight, item);
        }
        assert_eq!(foremost.into_items(), [1, 3, 2]);
        let mut none = Foremost::new(0);
        none.offer(1.0, ());
        assert!(none.into_items().is_empty());
    }
}
