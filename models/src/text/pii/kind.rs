use serde::{Deserialize, Serialize};

/// What kind of personal data was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonalData {
    EMail,
    Phone,
    Iban,
    /// Of a payment card.
    Card,
    /// Number of a customer, contract, order, booking, ticket, file, invoice, member, meter, parcel and the like.
    CustomerNumber,
    LicencePlate,
    /// Street and number, with postcode and town where they stand beside it.
    Address,
    BirthDate,
    /// Without the title before it.
    Name,
    /// `@name`.
    Handle,
}

impl PersonalData {
    pub const ALL: [Self; 10] = [
        Self::EMail,
        Self::Phone,
        Self::Iban,
        Self::Card,
        Self::CustomerNumber,
        Self::LicencePlate,
        Self::Address,
        Self::BirthDate,
        Self::Name,
        Self::Handle,
    ];

    /// What stands in its place in the masked text: a noun, so that the sentence stays one.
    pub fn placeholder(self) -> &'static str {
        match self {
            Self::EMail => "[E-Mail]",
            Self::Phone => "[Telefon]",
            Self::Iban => "[IBAN]",
            Self::Card => "[Karte]",
            Self::CustomerNumber => "[Kundennummer]",
            Self::LicencePlate => "[Kennzeichen]",
            Self::Address => "[Adresse]",
            Self::BirthDate => "[Geburtsdatum]",
            Self::Name => "[Name]",
            Self::Handle => "[Nutzername]",
        }
    }

    /// The same as its serde form, for example `customer_number`.
    pub fn name(self) -> &'static str {
        match self {
            Self::EMail => "e_mail",
            Self::Phone => "phone",
            Self::Iban => "iban",
            Self::Card => "card",
            Self::CustomerNumber => "customer_number",
            Self::LicencePlate => "licence_plate",
            Self::Address => "address",
            Self::BirthDate => "birth_date",
            Self::Name => "name",
            Self::Handle => "handle",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_called_as_it_is_written() {
        for kind in PersonalData::ALL {
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{}\"", kind.name()));
        }
    }
}
