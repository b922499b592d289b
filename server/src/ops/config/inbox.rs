//! The settings of the inbox: what makes a comment need somebody, and the web hooks that are told.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use tonic::transport::Uri;

use crate::insights::{InboxRules, ReasonKind};

/// What Standard Webhooks puts in front of a secret.
const SECRET_PREFIX: &str = "whsec_";
/// Bytes of a secret.
const SECRET_LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;
const MOST_HOOKS: usize = 32;
const MAX_NAME_CHARS: usize = 64;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InboxConfig {
    /// From this severity on a comment needs somebody, 0 to 1.
    pub severity: f64,
    /// What makes a comment need somebody: answer_needed, severity, discrepancy, friction, handover.
    pub reasons: Vec<ReasonKind>,
    /// Systems that are told of changes, by name. A name is of small letters, so that a secret can be given in the
    /// environment, for example as KLARTEXT_INBOX__HOOKS__CRM__SECRET.
    pub hooks: BTreeMap<String, HookConfig>,
    /// For one attempt to reach a hook, for example "10s".
    #[serde(with = "humantime_serde")]
    pub hook_timeout: Duration,
    /// How often a change is tried before it is put on the list of undelivered ones.
    pub hook_attempts: u32,
    /// The pause after the first failure; each is twice as long as the one before, up to the longest, give or take a half.
    #[serde(with = "humantime_serde")]
    pub hook_first_pause: Duration,
    #[serde(with = "humantime_serde")]
    pub hook_longest_pause: Duration,
}

/// A system that is told of changes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HookConfig {
    /// Where to: http or https. Redirects are not followed.
    pub url: String,
    /// `whsec_` and 24 to 64 bytes in base64, as Standard Webhooks has it.
    pub secret: HookSecret,
    /// Only items of these owners; empty: of all. Likewise below.
    pub owners: Vec<String>,
    pub touchpoints: Vec<String>,
    /// Only items at least this severe, 0 to 1.
    pub min_severity: Option<f64>,
}

/// What signs a hook's messages. Its Debug prints nothing of it.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HookSecret(String);

impl HookSecret {
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// `None` when it is none.
    pub fn key(&self) -> Option<Vec<u8>> {
        let key = STANDARD.decode(self.0.strip_prefix(SECRET_PREFIX)?).ok()?;
        SECRET_LENGTHS.contains(&key.len()).then_some(key)
    }
}

impl fmt::Debug for HookSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_empty() { "none" } else { "hidden" })
    }
}

impl Default for InboxConfig {
    fn default() -> Self {
        let InboxRules { severity, reasons } = InboxRules::default();
        Self {
            severity,
            reasons,
            hooks: BTreeMap::new(),
            hook_timeout: Duration::from_secs(10),
            hook_attempts: 10,
            hook_first_pause: Duration::from_secs(1),
            hook_longest_pause: Duration::from_mins(10),
        }
    }
}

impl InboxConfig {
    pub fn rules(&self) -> InboxRules {
        InboxRules { severity: self.severity, reasons: self.reasons.clone() }
    }

    /// # Errors
    /// What is wrong, with the setting's name.
    pub(super) fn check(&self) -> Result<(), String> {
        if !(0.0..=1.0).contains(&self.severity) {
            return Err(format!("inbox.severity is {}, expected 0 to 1", self.severity));
        }
        if !(1..=100).contains(&self.hook_attempts) {
            return Err(format!("inbox.hook_attempts is {}, expected 1 to 100", self.hook_attempts));
        }
        let pauses = [
            ("inbox.hook_timeout", self.hook_timeout),
            ("inbox.hook_first_pause", self.hook_first_pause),
            ("inbox.hook_longest_pause", self.hook_longest_pause),
        ];
        for (name, pause) in pauses {
            if !(Duration::from_millis(10)..=Duration::from_hours(24)).contains(&pause) {
                return Err(format!("{name} is {pause:?}, expected 10ms to 24h"));
            }
        }
        if self.hooks.len() > MOST_HOOKS {
            return Err(format!("inbox.hooks has {} hooks, at most {MOST_HOOKS} are allowed", self.hooks.len()));
        }
        self.hooks.iter().try_for_each(|(name, hook)| hook.check(name))
    }
}

impl HookConfig {
    fn check(&self, name: &str) -> Result<(), String> {
        let is_plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
        if name.is_empty() || name.len() > MAX_NAME_CHARS || !name.chars().all(is_plain) {
            return Err(format!("inbox.hooks.{name}: a name is 1 to {MAX_NAME_CHARS} of a-z, 0-9 and -"));
        }
        let parsed: Option<Uri> = self.url.parse().ok();
        let Some(uri) = parsed.filter(|uri| matches!(uri.scheme_str(), Some("http" | "https"))) else {
            return Err(format!("inbox.hooks.{name}.url is no http or https address"));
        };
        // It is shown in messages, so it must not hold a secret.
        if uri.authority().is_none_or(|authority| authority.as_str().contains('@')) {
            return Err(format!("inbox.hooks.{name}.url has no host, or holds a user's name"));
        }
        if self.secret.key().is_none() {
            return Err(format!(
                "inbox.hooks.{name}.secret: expected {SECRET_PREFIX} and {} to {} bytes in base64",
                SECRET_LENGTHS.start(),
                SECRET_LENGTHS.end()
            ));
        }
        if self.min_severity.is_some_and(|least| !(0.0..=1.0).contains(&least)) {
            return Err(format!("inbox.hooks.{name}.min_severity: expected 0 to 1"));
        }
        Ok(())
    }
}
