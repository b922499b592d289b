//! Limited-memory BFGS (Nocedal and Wright 2006, algorithm 7.5) for smooth convex losses.

use std::collections::VecDeque;

use tch::{Kind, Tensor};

/// Steps that are remembered to estimate the curvature.
const MEMORY: usize = 10;
const MAX_HALVINGS: usize = 20;
/// Share of the slope by which the loss has to fall (Armijo).
const SUFFICIENT_DECREASE: f64 = 1e-4;
/// A smaller relative gain in a step is taken for noise of float32.
const TOLERANCE: f64 = 1e-7;

/// The difference between two points, between their gradients, and the inverse of the product of both.
struct Change {
    point: Tensor,
    gradient: Tensor,
    inverse_curvature: f64,
}

/// Where the loss is smallest, after at most `max_steps` steps from `start`. `loss_and_gradient` takes a point, a flat
/// tensor.
pub(super) fn minimise(
    start: Tensor,
    max_steps: usize,
    loss_and_gradient: impl Fn(&Tensor) -> (f64, Tensor),
) -> Tensor {
    let mut point = start;
    let (mut loss, mut gradient) = loss_and_gradient(&point);
    let mut changes: VecDeque<Change> = VecDeque::with_capacity(MEMORY);
    for _ in 0..max_steps {
        let direction = direction(&gradient, &changes);
        let slope = dot(&direction, &gradient);
        // Without a memory the length of the gradient says nothing about the length of a good step.
        let first_length = if changes.is_empty() { (1.0 / dot(&gradient, &gradient).sqrt()).min(1.0) } else { 1.0 };
        let lengths = (0..MAX_HALVINGS).map(|halvings| first_length * 0.5f64.powi(halvings as i32));
        let steps = lengths.map(|length| {
            let next = &point + &direction * length;
            let (next_loss, next_gradient) = loss_and_gradient(&next);
            (next, next_loss, next_gradient, loss + SUFFICIENT_DECREASE * length * slope)
        });
        let mut good_steps = steps.filter(|(_, next_loss, _, highest_loss)| next_loss <= highest_loss);
        let Some((next, next_loss, next_gradient, _)) = good_steps.next() else { break };
        drop(good_steps);

        let point_change = &next - &point;
        let gradient_change = &next_gradient - &gradient;
        let curvature = dot(&point_change, &gradient_change);
        if curvature > 1e-10 * dot(&gradient_change, &gradient_change) {
            if changes.len() == MEMORY {
                changes.pop_front();
            }
            let inverse_curvature = 1.0 / curvature;
            changes.push_back(Change { point: point_change, gradient: gradient_change, inverse_curvature });
        }
        let gain = loss - next_loss;
        (point, loss, gradient) = (next, next_loss, next_gradient);
        if gain <= TOLERANCE * loss.abs() {
            break;
        }
    }
    point
}

/// Downhill along the gradient, corrected by the curvature that the last changes show (the two-loop recursion).
fn direction(gradient: &Tensor, changes: &VecDeque<Change>) -> Tensor {
    let mut direction = -gradient;
    let mut shares = Vec::with_capacity(changes.len());
    for change in changes.iter().rev() {
        let share = change.inverse_curvature * dot(&change.point, &direction);
        direction -= &change.gradient * share;
        shares.push(share);
    }
    if let Some(last) = changes.back() {
        direction *= 1.0 / (last.inverse_curvature * dot(&last.gradient, &last.gradient));
    }
    for (change, share) in changes.iter().zip(shares.into_iter().rev()) {
        let correction = change.inverse_curvature * dot(&change.gradient, &direction);
        direction += &change.point * (share - correction);
    }
    direction
}

fn dot(left: &Tensor, right: &Tensor) -> f64 {
    (left * right).sum(Kind::Double).double_value(&[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bottom_of_a_stretched_bowl_is_found() {
        let stretch = Tensor::from_slice(&[1f32, 10.0, 100.0, 1000.0]);
        let bottom = Tensor::from_slice(&[1f32, -2.0, 3.0, -4.0]);
        let found = minimise(Tensor::zeros([4], (Kind::Float, tch::Device::Cpu)), 100, |point| {
            let offset = point - &bottom;
            let pull = &offset * &stretch;
            (0.5 * dot(&offset, &pull), pull)
        });
        assert!((found - bottom).abs().max().double_value(&[]) < 1e-2);
    }
}
