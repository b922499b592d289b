//! Ids that do not depend on when or how often something is sent.

use chrono::DateTime;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Comment, ScoreVersion};
use crate::TENANT;

/// All ids of Klartext live in this namespace.
const NAMESPACE: Uuid = Uuid::from_u128(0x6b6c_6172_7465_7874_8000_0000_0000_0001);

/// UUIDv5 of tenant, source and external id.
pub fn comment_id(source: &str, external_id: &str) -> Uuid {
    uuid_of(&["comment", TENANT, source, external_id])
}

/// Stands in for a missing external id: what makes the comment what it is. The time counts only when the caller gave
/// it: "now" would make the same comment a new one each time it is sent.
pub fn content_hash(comment: &Comment) -> String {
    let time = if comment.time_given { comment.time.to_rfc3339() } else { String::new() };
    let digest = digest_of(&[&comment.text, &comment.journey, &comment.subject, &comment.question, &time]);
    format!("sha256:{}", &digest[..32])
}

/// Changes with anything that a caller sent or that its labels depend on.
pub fn fingerprint(comment: &Comment, score_version: &ScoreVersion) -> String {
    let mut content = comment.clone();
    if !content.time_given {
        content.time = DateTime::UNIX_EPOCH;
    }
    let content = serde_json::to_string(&content).unwrap_or_default();
    digest_of(&[&content, &score_version.bundle, &score_version.journey])
}

/// Hexadecimal SHA-256 of the parts, each with its length in front so that they cannot run into each other.
pub fn digest_of(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part.as_bytes());
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A mention is known by its comment, the text that it is part of, and its place.
pub fn mention_id(comment: Uuid, text: &str, index: usize) -> Uuid {
    let comment = comment.to_string();
    uuid_of(&["mention", &comment, text, &index.to_string()])
}

/// A re-scoring that was started with this `request_id`.
pub fn rescoring_id(request_id: &str) -> Uuid {
    uuid_of(&["rescoring", TENANT, request_id])
}

/// A discovery that was started with this `request_id`.
pub fn discovery_id(request_id: &str) -> Uuid {
    uuid_of(&["discovery", TENANT, request_id])
}

/// The pain point that a discovery found as its cluster of this number and had not known before.
pub fn pain_point_id(discovery: Uuid, cluster: usize) -> Uuid {
    uuid_of(&["pain point", &discovery.to_string(), &cluster.to_string()])
}

/// A measure that was recorded with this `request_id`.
pub fn measure_id(request_id: &str) -> Uuid {
    uuid_of(&["measure", TENANT, request_id])
}

/// A part of what assigns the mentions of a journey.
pub fn cluster_model_id(journey: &str, part: usize) -> Uuid {
    uuid_of(&["cluster model", TENANT, journey, &part.to_string()])
}

/// What a comment asks of an owner; of nobody when that is empty.
pub fn inbox_item_id(comment: Uuid, owner: &str) -> Uuid {
    uuid_of(&["inbox item", &comment.to_string(), owner])
}

/// How far a web hook has come.
pub fn hook_position_id(hook: &str) -> Uuid {
    uuid_of(&["hook position", TENANT, hook])
}

/// A change of an inbox item for a web hook.
pub fn delivery_id(hook: &str, item: Uuid, sequence: i64) -> Uuid {
    uuid_of(&["delivery", hook, &item.to_string(), &sequence.to_string()])
}

/// A journey version.
pub fn journey_point_id(version: &str) -> Uuid {
    uuid_of(&["journey", TENANT, version])
}

fn uuid_of(parts: &[&str]) -> Uuid {
    let mut name = Vec::new();
    for part in parts {
        name.extend((part.len() as u64).to_le_bytes());
        name.extend(part.as_bytes());
    }
    Uuid::new_v5(&NAMESPACE, &name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_comment_always_has_the_same_id() {
        assert_eq!(comment_id("crm", "1"), comment_id("crm", "1"));
        assert_ne!(comment_id("crm", "1"), comment_id("crm", "2"));
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(comment_id("ab", "c"), comment_id("a", "bc"));
    }
}
