//! Where a page goes on, as text that fits into a URL and belongs to one request.

use serde::Serialize;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::insights::digest_of;
use crate::store::paging::Position;

/// Hexadecimal digits of the request's digest in a token: against mistakes, not against forgery, which gains nothing.
const DIGEST_DIGITS: usize = 16;
const VALUE_DIGITS: usize = 16;

/// What a token belongs to: the call and everything that decides what comes in which order.
pub struct Request {
    digest: String,
}

impl Request {
    pub fn new(call: &str, content: &impl Serialize) -> Result<Request> {
        let content = serde_json::to_string(content)
            .map_err(|error| Error::Internal(format!("a request cannot be written as JSON: {error}")))?;
        let mut digest = digest_of(&[call, &content]);
        digest.truncate(DIGEST_DIGITS);
        Ok(Request { digest })
    }

    pub fn position_token(&self, position: Position) -> String {
        format!("{}{:0VALUE_DIGITS$x}{}", self.digest, position.value.to_bits(), position.id.simple())
    }

    /// `None` for the empty token, which asks for the beginning.
    ///
    /// # Errors
    /// [`Error::PageTokenInvalid`], likewise below.
    pub fn position(&self, token: &str) -> Result<Option<Position>> {
        let Some(place) = self.place(token)? else { return Ok(None) };
        let (value, id) = place.split_at_checked(VALUE_DIGITS).ok_or(Error::PageTokenInvalid)?;
        let value = u64::from_str_radix(value, 16).map_err(|_| Error::PageTokenInvalid)?;
        let value = Some(f64::from_bits(value)).filter(|value| value.is_finite()).ok_or(Error::PageTokenInvalid)?;
        Ok(Some(Position { value, id: read_id(id)? }))
    }

    pub fn id_token(&self, id: Uuid) -> String {
        format!("{}{}", self.digest, id.simple())
    }

    pub fn id(&self, token: &str) -> Result<Option<Uuid>> {
        self.place(token)?.map(read_id).transpose()
    }

    pub fn rank_token(&self, rank: usize) -> String {
        format!("{}{rank:x}", self.digest)
    }

    pub fn rank(&self, token: &str) -> Result<usize> {
        let Some(place) = self.place(token)? else { return Ok(0) };
        usize::from_str_radix(place, 16).map_err(|_| Error::PageTokenInvalid)
    }

    /// What follows the digest: lower-case hexadecimal digits only.
    fn place<'a>(&self, token: &'a str) -> Result<Option<&'a str>> {
        if token.is_empty() {
            return Ok(None);
        }
        let place = token.strip_prefix(self.digest.as_str()).ok_or(Error::PageTokenInvalid)?;
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if place.bytes().all(is_digit) { Ok(Some(place)) } else { Err(Error::PageTokenInvalid) }
    }
}

fn read_id(digits: &str) -> Result<Uuid> {
    Some(digits).filter(|digits| digits.len() == 32).and_then(|id| id.parse().ok()).ok_or(Error::PageTokenInvalid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn request(content: &str) -> Request {
        Request::new("list", &content).expect("it is JSON")
    }

    proptest! {
        #[test]
        fn places_come_back_and_only_to_their_request(value in -1e300..1e300f64, id: u128, rank: usize) {
            let (mine, other) = (request("mine"), request("other"));
            let position = Position { value, id: Uuid::from_u128(id) };
            let tokens = [mine.position_token(position), mine.id_token(position.id), mine.rank_token(rank)];
            prop_assert_eq!(mine.position(&tokens[0]).expect("it is ours"), Some(position));
            prop_assert_eq!(mine.id(&tokens[1]).expect("it is ours"), Some(position.id));
            prop_assert_eq!(mine.rank(&tokens[2]).expect("it is ours"), rank);
            for token in tokens {
                prop_assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric()));
                prop_assert!(other.position(&token).is_err() && other.id(&token).is_err() && other.rank(&token).is_err());
            }
        }

        #[test]
        fn garbage_is_refused(garbage in ".{1,80}") {
            let request = request("mine");
            for token in [garbage.clone(), format!("{}{garbage}", request.digest)] {
                let _ = request.id(&token);
                let _ = request.rank(&token);
                if let Ok(position) = request.position(&token) {
                    prop_assert!(position.is_some_and(|position| position.value.is_finite()));
                }
            }
            prop_assert!(request.position(&garbage).is_err());
        }
    }
}
