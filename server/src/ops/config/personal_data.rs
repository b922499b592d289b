//! The settings of personal data: what becomes of each kind.

use klartext_models::text::{MaskingPolicy, PersonalData, Treatment};
use serde::{Deserialize, Serialize};

/// Each is mask, drop or keep. What is dropped leaves no placeholder, unless nothing else of the text would be left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PersonalDataConfig {
    /// Of every kind that has no setting of its own.
    pub default: Treatment,
    pub e_mail: Option<Treatment>,
    pub phone: Option<Treatment>,
    pub iban: Option<Treatment>,
    pub card: Option<Treatment>,
    pub customer_number: Option<Treatment>,
    pub licence_plate: Option<Treatment>,
    pub address: Option<Treatment>,
    pub birth_date: Option<Treatment>,
    pub name: Option<Treatment>,
    /// Has a setting of its own from the start: handles are kept.
    pub handle: Option<Treatment>,
}

impl Default for PersonalDataConfig {
    fn default() -> Self {
        Self {
            default: Treatment::Mask,
            e_mail: None,
            phone: None,
            iban: None,
            card: None,
            customer_number: None,
            licence_plate: None,
            address: None,
            birth_date: None,
            name: None,
            handle: Some(MaskingPolicy::default().treatment(PersonalData::Handle)),
        }
    }
}

impl PersonalDataConfig {
    pub fn policy(&self) -> MaskingPolicy {
        PersonalData::ALL.into_iter().fold(MaskingPolicy::all(self.default), |policy, kind| {
            match self.treatment(kind) {
                Some(treatment) => policy.with(kind, treatment),
                None => policy,
            }
        })
    }

    fn treatment(&self, kind: PersonalData) -> Option<Treatment> {
        match kind {
            PersonalData::EMail => self.e_mail,
            PersonalData::Phone => self.phone,
            PersonalData::Iban => self.iban,
            PersonalData::Card => self.card,
            PersonalData::CustomerNumber => self.customer_number,
            PersonalData::LicencePlate => self.licence_plate,
            PersonalData::Address => self.address,
            PersonalData::BirthDate => self.birth_date,
            PersonalData::Name => self.name,
            PersonalData::Handle => self.handle,
        }
    }
}
