use std::cmp::Ordering;
use std::ops::Range;

use tch::{Kind, Tensor};

use crate::{Error, Result};

const BETAS: (f64, f64) = (0.9, 0.999);
const EPSILON: f64 = 1e-8;
/// Share of a matrix that a step of rate 1 takes away.
const DECAY: f64 = 0.01;
/// Longer gradients, over all parameters together, are shortened to this.
const MAX_LENGTH: f64 = 1.0;

/// What is learnt.
pub(super) struct Parameter {
    pub name: String,
    pub tensor: Tensor,
    /// Its rate of learning, as a multiple of the step's.
    pub rate: f64,
}

/// AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101). Own, because tch's optimiser cannot be stored and gone on with.
pub(super) struct AdamW {
    groups: Vec<Group>,
    steps: i64,
}

/// Parameters that are treated alike lie one after the other in one tensor: an accelerator is slow to begin many small
/// computations.
struct Group {
    /// Positions among the parameters, and each one's numbers in the group's tensors.
    members: Vec<(usize, Range<i64>)>,
    rate: f64,
    decays: bool,
    values: Tensor,
    /// Running means of the gradient and of its square.
    mean: Tensor,
    square: Tensor,
}

impl AdamW {
    /// The parameters' tensors become parts of the optimiser's.
    pub fn new(parameters: &mut [Parameter]) -> Self {
        let mut kinds: Vec<(f64, bool)> = parameters.iter().map(Parameter::kind).collect();
        kinds.sort_by(|left, right| left.partial_cmp(right).unwrap_or(Ordering::Equal));
        kinds.dedup();
        let groups = kinds.into_iter().map(|kind| Group::new(parameters, kind)).collect();
        Self { groups, steps: 0 }
    }

    pub fn steps(&self) -> i64 {
        self.steps
    }

    /// `gradients` are in the order of the parameters.
    pub fn step(&mut self, gradients: &[Tensor], rate: f64) {
        tch::no_grad(|| {
            let slopes: Vec<Tensor> = self.groups.iter().map(|group| group.gather(gradients)).collect();
            let squares: Vec<Tensor> = slopes.iter().map(|slope| slope.square().sum(Kind::Double)).collect();
            let length = Tensor::stack(&squares, 0).sum(Kind::Double).double_value(&[]).sqrt();
            let shortening = (MAX_LENGTH / length.max(f64::MIN_POSITIVE)).min(1.0);
            self.steps += 1;
            let corrections = (1.0 - BETAS.0.powf(self.steps as f64), 1.0 - BETAS.1.powf(self.steps as f64));
            for (Group { rate: own_rate, decays, values, mean, square, .. }, mut slope) in
                self.groups.iter_mut().zip(slopes)
            {
                let slope = slope.g_mul_scalar_(shortening);
                let _ = mean.g_mul_scalar_(BETAS.0).g_add_(&(&slope * (1.0 - BETAS.0)));
                let _ = square.g_mul_scalar_(BETAS.1).addcmul_(&slope, &(&slope * (1.0 - BETAS.1)));
                let rate = rate * *own_rate;
                if *decays {
                    let _ = values.g_mul_scalar_(1.0 - rate * DECAY);
                }
                let root = (&*square / corrections.1).sqrt() + EPSILON;
                let _ = values.addcdiv_(&(&*mean * (-rate / corrections.0)), &root);
            }
        });
    }

    /// What is needed to go on, under names beside the parameters'.
    pub fn state(&self, parameters: &[Parameter]) -> Vec<(String, Tensor)> {
        let mut state = vec![(STEPS.to_owned(), Tensor::from(self.steps))];
        for group in &self.groups {
            for (parameter, mean, square) in group.moments(parameters) {
                state.push((format!("mean.{}", parameter.name), mean));
                state.push((format!("square.{}", parameter.name), square));
            }
        }
        state
    }

    /// # Errors
    /// `tensor` does not know one of the names of `state`.
    pub fn restore(&mut self, parameters: &[Parameter], tensor: impl Fn(&str) -> Result<Tensor>) -> Result<()> {
        for group in &self.groups {
            for (parameter, mut mean, mut square) in group.moments(parameters) {
                mean.copy_(&tensor(&format!("mean.{}", parameter.name))?);
                square.copy_(&tensor(&format!("square.{}", parameter.name))?);
            }
        }
        self.steps = i64::try_from(tensor(STEPS)?).map_err(Error::Torch)?;
        Ok(())
    }
}

impl Parameter {
    /// Its rate, and whether it decays: matrices do.
    fn kind(&self) -> (f64, bool) {
        (self.rate, self.tensor.dim() > 1)
    }
}

impl Group {
    /// Of the parameters of a kind.
    fn new(parameters: &mut [Parameter], kind: (f64, bool)) -> Self {
        let mut members = Vec::new();
        let mut end = 0;
        for (position, parameter) in parameters.iter().enumerate().filter(|(_, parameter)| parameter.kind() == kind) {
            let begin = end;
            end += parameter.tensor.numel() as i64;
            members.push((position, begin..end));
        }
        let flat: Vec<Tensor> =
            members.iter().map(|(position, _)| parameters[*position].tensor.detach().reshape([-1])).collect();
        let values = Tensor::cat(&flat, 0);
        for (position, range) in &members {
            let tensor = &mut parameters[*position].tensor;
            let own = part(&values, range).view(tensor.size().as_slice());
            tensor.set_data(&own);
        }
        let (mean, square) = (values.zeros_like(), values.zeros_like());
        let (rate, decays) = kind;
        Self { members, rate, decays, values, mean, square }
    }

    fn gather(&self, gradients: &[Tensor]) -> Tensor {
        let flat: Vec<Tensor> = self.members.iter().map(|(position, _)| gradients[*position].reshape([-1])).collect();
        Tensor::cat(&flat, 0)
    }

    /// Each parameter with its part of the two means, in its shape.
    fn moments<'a>(&'a self, parameters: &'a [Parameter]) -> impl Iterator<Item = (&'a Parameter, Tensor, Tensor)> {
        self.members.iter().map(|(position, range)| {
            let parameter = &parameters[*position];
            let shaped = |flat: &Tensor| part(flat, range).view(parameter.tensor.size().as_slice());
            (parameter, shaped(&self.mean), shaped(&self.square))
        })
    }
}

/// Shares the memory of the whole.
fn part(flat: &Tensor, range: &Range<i64>) -> Tensor {
    flat.narrow(0, range.start, range.end - range.start)
}

const STEPS: &str = "steps";

#[cfg(test)]
mod tests {
    use tch::Device;

    use super::*;

    #[test]
    fn a_valley_is_walked_down_and_the_walk_can_be_gone_on_with() {
        let start = || {
            let tensor = Tensor::full([3], 2.0, (Kind::Float, Device::Cpu));
            vec![Parameter { name: "point".to_owned(), tensor, rate: 1.0 }]
        };
        let walk = |parameters: &[Parameter], optimiser: &mut AdamW, steps: usize| {
            for _ in 0..steps {
                let slope = (&parameters[0].tensor - 1.0) * 2.0;
                optimiser.step(&[slope], 0.05);
            }
        };
        let mut parameters = start();
        let mut optimiser = AdamW::new(&mut parameters);
        walk(&parameters, &mut optimiser, 100);

        let state: std::collections::HashMap<String, Tensor> =
            optimiser.state(&parameters).into_iter().map(|(name, tensor)| (name, tensor.copy())).collect();
        let mut again = vec![Parameter { tensor: parameters[0].tensor.copy(), name: "point".to_owned(), rate: 1.0 }];
        let mut resumed = AdamW::new(&mut again);
        resumed.restore(&again, |name| Ok(state[name].shallow_clone())).expect("every name is known");
        walk(&parameters, &mut optimiser, 100);
        walk(&again, &mut resumed, 100);
        assert_eq!(parameters[0].tensor, again[0].tensor);
        let distance = (&parameters[0].tensor - 1.0).abs().max().double_value(&[]);
        assert!(distance < 0.02, "{distance}");
    }
}
