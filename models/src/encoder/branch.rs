//! The two answers of one pass, and the layers that only one of them has.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::Path;

use safetensors::SafeTensors;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tch::{Kind, Tensor};

use crate::bundle::{check_sha256, hex};
use crate::{Error, Result};

/// Which of an encoder's two answers.
///
/// The published layers read every mention alone and make vectors that can be compared. For labels the comment is read as one
/// text, and from the fork on layers of ours make vectors that tell labels apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Branch {
    /// For search, for clusters, for everything that is compared.
    Vectors,
    /// For the trained heads.
    Labels,
}

/// A text's vector in each branch, 384 numbers of length 1.
#[derive(Debug, Clone, Copy)]
pub struct BranchVectors<'a> {
    pub vector: &'a [f32],
    pub label: &'a [f32],
}

impl<'a> BranchVectors<'a> {
    pub fn of(self, branch: Branch) -> &'a [f32] {
        match branch {
            Branch::Vectors => self.vector,
            Branch::Labels => self.label,
        }
    }
}

/// Ending of the name under which a matrix' scales are kept.
const SCALE: &str = ".scale";
const MANIFEST_FILE: &str = "manifest.json";

/// The branch that ships, trained by `klartext-eval train-branch`.
const SHIPPED_MANIFEST: &[u8] = include_bytes!("../../weights/label-branch/manifest.json");
const SHIPPED_LAYERS: [(&str, &[u8]); 9] = [
    ("layer-03.safetensors", include_bytes!("../../weights/label-branch/layer-03.safetensors")),
    ("layer-04.safetensors", include_bytes!("../../weights/label-branch/layer-04.safetensors")),
    ("layer-05.safetensors", include_bytes!("../../weights/label-branch/layer-05.safetensors")),
    ("layer-06.safetensors", include_bytes!("../../weights/label-branch/layer-06.safetensors")),
    ("layer-07.safetensors", include_bytes!("../../weights/label-branch/layer-07.safetensors")),
    ("layer-08.safetensors", include_bytes!("../../weights/label-branch/layer-08.safetensors")),
    ("layer-09.safetensors", include_bytes!("../../weights/label-branch/layer-09.safetensors")),
    ("layer-10.safetensors", include_bytes!("../../weights/label-branch/layer-10.safetensors")),
    ("layer-11.safetensors", include_bytes!("../../weights/label-branch/layer-11.safetensors")),
];

/// A layer's parameters by their names within it, or differences to them, float32.
pub type LayerParameters = HashMap<String, Tensor>;

/// The label branch's own layers, as differences to the published ones: small numbers, of which eight bits are enough.
///
/// In a folder there is a manifest and a file for each layer: safetensors with the names of BERT's parameters, a matrix
/// as int8 with one float32 scale a row beside it, everything else as float32.
#[derive(Debug)]
pub struct LabelBranch {
    /// The layers below are as published.
    fork: Option<usize>,
    /// Of each layer from the fork on, differences; where there is none a layer is as published.
    layers: Vec<LayerParameters>,
    digest: String,
}

#[derive(Serialize, Deserialize)]
struct BranchManifest {
    /// The first layer that exists twice.
    fork: usize,
    /// One a layer, from the fork on.
    layers: Vec<LayerFile>,
}

#[derive(Serialize, Deserialize)]
struct LayerFile {
    name: String,
    sha256: String,
}

impl LabelBranch {
    /// No layers of its own: both branches give the same.
    pub fn published() -> Self {
        Self { fork: None, layers: Vec::new(), digest: String::new() }
    }

    /// Layers of its own from `fork` on that are still as published.
    pub fn unchanged(fork: usize) -> Self {
        Self { fork: Some(fork), ..Self::published() }
    }

    /// The branch inside this program.
    ///
    /// # Errors
    /// As `read`.
    pub fn shipped() -> Result<Self> {
        Self::from_files(SHIPPED_MANIFEST, |name| {
            let layer = SHIPPED_LAYERS.iter().find(|(shipped, _)| *shipped == name);
            let (_, content) = layer.ok_or_else(|| Error::format(MANIFEST_FILE, format!("{name} is not shipped")))?;
            Ok(content.to_vec())
        })
    }

    /// The branch in a folder.
    ///
    /// # Errors
    /// A file that is missing, was changed, or is none of a layer.
    pub fn read(folder: &Path) -> Result<Self> {
        let read = |name: &str| {
            let path = folder.join(name);
            fs::read(&path).map_err(Error::io(path))
        };
        let manifest = read(MANIFEST_FILE)?;
        Self::from_files(&manifest, read)
    }

    fn from_files(manifest: &[u8], file: impl Fn(&str) -> Result<Vec<u8>>) -> Result<Self> {
        let digest = hex(&Sha256::digest(manifest)[..4]);
        let manifest: BranchManifest =
            serde_json::from_slice(manifest).map_err(|error| Error::format(MANIFEST_FILE, error))?;
        let mut layers = Vec::new();
        for LayerFile { name, sha256 } in &manifest.layers {
            let content = file(name)?;
            check_sha256(Path::new(name), sha256, hex(&Sha256::digest(&content)))?;
            layers.push(read_layer(name, &content)?);
        }
        Ok(Self { fork: Some(manifest.fork), layers, digest })
    }

    /// Write the mean of branches, to a folder that may exist. Of trainings that began alike and saw their texts in different
    /// orders it is often better than each of them (Wortsman et al. 2022, arXiv 2203.05482).
    ///
    /// # Errors
    /// There are none, they do not all fork at one layer, or the folder cannot be written.
    pub fn write_mean(folder: &Path, branches: &[LabelBranch]) -> Result<()> {
        let forks: BTreeSet<Option<usize>> = branches.iter().map(Self::fork).collect();
        let Some(&Some(fork)) = forks.first().filter(|_| forks.len() == 1) else {
            return Err(Error::Training("branches with layers from the same fork on are needed".to_owned()));
        };
        let mean = |layer: usize| -> LayerParameters {
            let mut sums: LayerParameters = HashMap::new();
            for (name, difference) in branches.iter().filter_map(|branch| branch.layers.get(layer)).flatten() {
                let share = difference / branches.len() as f64;
                sums.entry(name.clone()).and_modify(|sum| *sum += &share).or_insert(share);
            }
            sums
        };
        let layers = branches.iter().map(|branch| branch.layers.len()).max().unwrap_or(0);
        Self::write(folder, fork, &(0..layers).map(mean).collect::<Vec<_>>())
    }

    /// Write the layers from `fork` on, given as differences, to a folder that may exist.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn write(folder: &Path, fork: usize, layers: &[LayerParameters]) -> Result<()> {
        fs::create_dir_all(folder).map_err(Error::io(folder))?;
        let mut manifest = BranchManifest { fork, layers: Vec::new() };
        for (layer, differences) in (fork..).zip(layers) {
            let name = format!("layer-{layer:02}.safetensors");
            let path = folder.join(&name);
            Tensor::write_safetensors(&packed(differences), &path)?;
            let content = fs::read(&path).map_err(Error::io(&path))?;
            manifest.layers.push(LayerFile { name, sha256: hex(&Sha256::digest(&content)) });
        }
        let path = folder.join(MANIFEST_FILE);
        let json = serde_json::to_vec_pretty(&manifest).map_err(|error| Error::format(&path, error))?;
        fs::write(&path, json).map_err(Error::io(&path))
    }

    /// Short name of these very weights; empty without layers.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The first layer that exists twice, if one does.
    pub fn fork(&self) -> Option<usize> {
        self.fork
    }

    /// What is added to a published parameter, if anything is.
    pub(crate) fn difference(&self, layer: usize, parameter: &str) -> Option<&Tensor> {
        let position = layer.checked_sub(self.fork?)?;
        self.layers.get(position)?.get(parameter)
    }
}

fn read_layer(name: &str, file: &[u8]) -> Result<LayerParameters> {
    let invalid = |reason: &dyn ToString| Error::format(name, reason.to_string());
    let tensors = SafeTensors::deserialize(file).map_err(|error| invalid(&error))?;
    let tensor =
        |name: &str| -> Result<Tensor> { Ok(tensors.tensor(name).map_err(|error| invalid(&error))?.try_into()?) };
    let mut differences = HashMap::new();
    for parameter in tensors.names().into_iter().filter(|name| !name.ends_with(SCALE)) {
        let values = tensor(parameter)?;
        let difference = match values.kind() {
            Kind::Int8 => values.to_kind(Kind::Float) * tensor(&format!("{parameter}{SCALE}"))?.unsqueeze(1),
            Kind::Float => values,
            kind => return Err(invalid(&format!("{parameter} is of {kind:?}"))),
        };
        differences.insert(parameter.clone(), difference);
    }
    Ok(differences)
}

/// The tensors of a layer's file, in the order of their names.
fn packed(differences: &LayerParameters) -> Vec<(String, Tensor)> {
    let mut packed = Vec::new();
    for (parameter, difference) in differences {
        if difference.dim() < 2 {
            packed.push((parameter.clone(), difference.shallow_clone()));
            continue;
        }
        let largest = difference.abs().amax([1i64].as_slice(), true);
        let scale = (largest / 127.0).clamp_min(f64::from(f32::MIN_POSITIVE));
        let steps = (difference / &scale).round().clamp(-127.0, 127.0).to_kind(Kind::Int8);
        packed.push((parameter.clone(), steps));
        packed.push((format!("{parameter}{SCALE}"), scale.squeeze_dim(1)));
    }
    packed.sort_by(|(left, _), (right, _)| left.cmp(right));
    packed
}

#[cfg(test)]
mod tests {
    use tch::Device;

    use super::*;

    #[test]
    fn what_ships_is_whole() {
        let branch = LabelBranch::shipped().expect("a branch");
        assert_eq!(branch.layers.len(), SHIPPED_LAYERS.len());
        assert!(branch.difference(8, "output.dense.weight").is_some());
    }

    #[test]
    fn differences_come_back_within_half_a_step() {
        let matrix = Tensor::randn([4, 300], (Kind::Float, Device::Cpu)) * 1e-3;
        let bias = Tensor::randn([4], (Kind::Float, Device::Cpu));
        let differences = HashMap::from([("weight".to_owned(), matrix.copy()), ("bias".to_owned(), bias.copy())]);
        let folder = tempfile::tempdir().expect("a folder");
        LabelBranch::write(folder.path(), 8, &[differences]).expect("it is written");
        let branch = LabelBranch::read(folder.path()).expect("it is readable");
        assert_eq!(branch.digest().len(), 8);
        assert!(branch.difference(7, "weight").is_none() && branch.difference(9, "weight").is_none());
        let error = (branch.difference(8, "weight").expect("a matrix") - &matrix).abs().max().double_value(&[]);
        assert!(error <= matrix.abs().max().double_value(&[]) / 253.0, "{error}");
        assert_eq!(branch.difference(8, "bias"), Some(&bias));

        let branches = [branch, LabelBranch::unchanged(8)];
        let mean = tempfile::tempdir().expect("a folder");
        LabelBranch::write_mean(mean.path(), &branches).expect("it is written");
        let mean = LabelBranch::read(mean.path()).expect("it is readable");
        let error = (mean.difference(8, "bias").expect("a bias") * 2.0 - bias).abs().max().double_value(&[]);
        assert!(error < 1e-6, "a layer that one of two has counts half: {error}");
        let elsewhere = LabelBranch::unchanged(9);
        assert!(LabelBranch::write_mean(folder.path(), &[LabelBranch::unchanged(8), elsewhere]).is_err());

        fs::write(folder.path().join("layer-08.safetensors"), "something else").expect("it is written");
        assert!(matches!(LabelBranch::read(folder.path()), Err(Error::Checksum { .. })));
    }
}
