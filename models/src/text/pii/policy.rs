use serde::{Deserialize, Serialize};

use super::kind::PersonalData;

/// What is done with personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", try_from = "String")]
pub enum Treatment {
    /// A placeholder takes its place.
    #[default]
    Mask,
    /// It goes without a trace.
    Drop,
    /// It stays.
    Keep,
}

impl TryFrom<String> for Treatment {
    type Error = String;

    /// An error of serde would not say what is expected when it comes out of a configuration.
    fn try_from(name: String) -> Result<Self, String> {
        match name.as_str() {
            "mask" => Ok(Self::Mask),
            "drop" => Ok(Self::Drop),
            "keep" => Ok(Self::Keep),
            _ => Err(format!("{name:?} is none of mask, drop, keep")),
        }
    }
}

/// What is done with each kind of personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaskingPolicy {
    treatments: [Treatment; PersonalData::ALL.len()],
}

impl MaskingPolicy {
    /// The same for every kind.
    pub fn all(treatment: Treatment) -> Self {
        Self { treatments: [treatment; PersonalData::ALL.len()] }
    }

    /// The same policy but for one kind.
    pub fn with(mut self, kind: PersonalData, treatment: Treatment) -> Self {
        self.treatments[kind as usize] = treatment;
        self
    }

    pub fn treatment(&self, kind: PersonalData) -> Treatment {
        self.treatments[kind as usize]
    }
}

impl Default for MaskingPolicy {
    /// Everything is masked but handles: most of them name companies, and whoever has one has made it public.
    fn default() -> Self {
        Self::all(Treatment::Mask).with(PersonalData::Handle, Treatment::Keep)
    }
}
