//! Six significant digits keep the file small and change no answer.

use klartext_models::heads::Heads;

/// Round every number of the heads.
pub fn round(heads: &mut Heads) {
    let topics = heads.topics.iter_mut().map(|topic| &mut topic.linear);
    let between = [&mut heads.friction.linear, &mut heads.handover.linear];
    let others = [&mut heads.sentiment, &mut heads.strength, &mut heads.action].into_iter().chain(between);
    let touchpoints = heads.touchpoints.iter_mut().map(|head| &mut head.linear);
    let sides = heads.handover.sides.iter_mut().flat_map(|head| [&mut head.from, &mut head.to]);
    let habits = heads.habits.iter_mut().map(|habit| &mut habit.linear);
    let linears = others.chain(topics).chain(touchpoints).chain(sides).chain(habits);
    for linear in linears {
        linear.weights.iter_mut().chain(&mut linear.bias).for_each(|value| *value = rounded(*value));
    }
    heads.mean.iter_mut().chain(&mut heads.polarity).for_each(|value| *value = rounded(*value));
}

fn rounded(value: f32) -> f32 {
    format!("{value:.5e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_digits_are_kept() {
        assert_eq!(rounded(0.012_345_678).to_string(), "0.0123457");
        assert_eq!(rounded(-123.456_79).to_string(), "-123.457");
        assert_eq!(rounded(0.0).to_string(), "0");
    }
}
