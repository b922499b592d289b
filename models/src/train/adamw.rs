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
    /// For each parameter the running means of the gradient and of its square.
    moments: Vec<(Tensor, Tensor)>,
    steps: i64,
}

impl AdamW {
    pub fn new(parameters: &[Parameter]) -> Self {
        let zeros = |parameter: &Parameter| (parameter.tensor.zeros_like(), parameter.tensor.zeros_like());
        Self { moments: parameters.iter().map(zeros).collect(), steps: 0 }
    }

    pub fn steps(&self) -> i64 {
        self.steps
    }

    /// `gradients` are in the order of the parameters; they are changed.
    pub fn step(&mut self, parameters: &mut [Parameter], gradients: &mut [Tensor], rate: f64) {
        tch::no_grad(|| {
            let squares: f64 = gradients.iter().map(|slope| slope.square().sum(Kind::Double).double_value(&[])).sum();
            let shortening = (MAX_LENGTH / squares.sqrt().max(f64::MIN_POSITIVE)).min(1.0);
            self.steps += 1;
            let corrections = (1.0 - BETAS.0.powf(self.steps as f64), 1.0 - BETAS.1.powf(self.steps as f64));
            for ((parameter, slope), (mean, square)) in parameters.iter_mut().zip(gradients).zip(&mut self.moments) {
                let slope = slope.g_mul_scalar_(shortening);
                let _ = mean.g_mul_scalar_(BETAS.0).g_add_(&(&slope * (1.0 - BETAS.0)));
                let _ = square.g_mul_scalar_(BETAS.1).addcmul_(&slope, &(&slope * (1.0 - BETAS.1)));
                let rate = rate * parameter.rate;
                if parameter.tensor.dim() > 1 {
                    let _ = parameter.tensor.g_mul_scalar_(1.0 - rate * DECAY);
                }
                let root = (&*square / corrections.1).sqrt() + EPSILON;
                let _ = parameter.tensor.addcdiv_(&(&*mean * (-rate / corrections.0)), &root);
            }
        });
    }

    /// What is needed to go on, under names beside the parameters'.
    pub fn state(&self, parameters: &[Parameter]) -> Vec<(String, Tensor)> {
        let of_parameter = |(parameter, (mean, square)): (&Parameter, &(Tensor, Tensor))| {
            let name = &parameter.name;
            [(format!("mean.{name}"), mean.shallow_clone()), (format!("square.{name}"), square.shallow_clone())]
        };
        let mut state: Vec<(String, Tensor)> = parameters.iter().zip(&self.moments).flat_map(of_parameter).collect();
        state.push((STEPS.to_owned(), Tensor::from(self.steps)));
        state
    }

    /// # Errors
    /// `tensor` does not know one of the names of `state`.
    pub fn restore(&mut self, parameters: &[Parameter], tensor: impl Fn(&str) -> Result<Tensor>) -> Result<()> {
        for (parameter, (mean, square)) in parameters.iter().zip(&mut self.moments) {
            mean.copy_(&tensor(&format!("mean.{}", parameter.name))?);
            square.copy_(&tensor(&format!("square.{}", parameter.name))?);
        }
        self.steps = i64::try_from(tensor(STEPS)?).map_err(Error::Torch)?;
        Ok(())
    }
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
        let walk = |parameters: &mut [Parameter], optimiser: &mut AdamW, steps: usize| {
            for _ in 0..steps {
                let slope = (&parameters[0].tensor - 1.0) * 2.0;
                optimiser.step(parameters, &mut [slope], 0.05);
            }
        };
        let mut parameters = start();
        let mut optimiser = AdamW::new(&parameters);
        walk(&mut parameters, &mut optimiser, 100);

        let state: std::collections::HashMap<String, Tensor> =
            optimiser.state(&parameters).into_iter().map(|(name, tensor)| (name, tensor.copy())).collect();
        let mut again = vec![Parameter { tensor: parameters[0].tensor.copy(), name: "point".to_owned(), rate: 1.0 }];
        let mut resumed = AdamW::new(&again);
        resumed.restore(&again, |name| Ok(state[name].shallow_clone())).expect("every name is known");
        walk(&mut parameters, &mut optimiser, 100);
        walk(&mut again, &mut resumed, 100);
        assert_eq!(parameters[0].tensor, again[0].tensor);
        let distance = (&parameters[0].tensor - 1.0).abs().max().double_value(&[]);
        assert!(distance < 0.02, "{distance}");
    }
}
