//! Web hooks: systems that cannot hold a stream are told of what changes in the inbox.
//!
//! Targets stand in the configuration only. Each hook follows the inbox by itself and remembers in the store how far it has
//! come, so that after a restart it goes on where it was; a change may come twice. One that cannot be delivered in all its
//! attempts goes on a list, from which people send it again, and the hook goes on.

mod body;
mod delivering;
mod record;
mod signature;
mod target;
mod undelivered;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use record::Undelivered;
pub use signature::signature;
pub use undelivered::{Redelivered, Redelivery};

use self::target::Target;
use super::{Inbox, InboxFilter};
use crate::ops::config::{HookConfig, InboxConfig};
use crate::ops::metrics::HookMetrics;

/// All hooks of the configuration.
#[derive(Clone)]
pub struct Hooks {
    inbox: Inbox,
    by_name: Arc<BTreeMap<String, Hook>>,
    metrics: HookMetrics,
}

struct Hook {
    name: String,
    filter: InboxFilter,
    target: Target,
    patience: Patience,
}

/// How often, and after which pauses, a change is tried.
#[derive(Debug, Clone, Copy)]
struct Patience {
    attempts: u32,
    first_pause: Duration,
    longest_pause: Duration,
}

impl Patience {
    /// After the attempt of this number, from 1; between half of it and half more, so that hooks that failed together do not
    /// come back together.
    fn pause_after(&self, attempt: u32) -> Duration {
        let doubled = self.first_pause.saturating_mul(1 << attempt.saturating_sub(1).min(31));
        doubled.min(self.longest_pause).mul_f64(0.5 + fastrand::f64())
    }
}

impl Hooks {
    pub fn new(inbox: Inbox, config: &InboxConfig, metrics: HookMetrics) -> Self {
        let hooks = config.hooks.iter().map(|(name, hook)| (name.clone(), Hook::new(name, hook, config)));
        Self { inbox, by_name: Arc::new(hooks.collect()), metrics }
    }

    /// Delivers until `stopping`; one task a hook.
    pub fn start(&self, stopping: &CancellationToken) -> Vec<JoinHandle<()>> {
        let names = self.by_name.keys().cloned();
        let deliver = |name: String| {
            let (hooks, stopping) = (self.clone(), stopping.clone());
            tokio::spawn(async move {
                // What is under way is not lost: its place is remembered only once it is delivered.
                stopping.run_until_cancelled(hooks.deliver(&name)).await;
            })
        };
        names.map(deliver).collect()
    }
}

impl Hook {
    fn new(name: &str, hook: &HookConfig, config: &InboxConfig) -> Self {
        let HookConfig { url, secret, owners, touchpoints, min_severity } = hook.clone();
        Self {
            name: name.to_owned(),
            filter: InboxFilter { owners, touchpoints, min_severity, ..InboxFilter::default() },
            target: Target::new(url, secret.key().unwrap_or_default(), config.hook_timeout),
            patience: Patience {
                attempts: config.hook_attempts,
                first_pause: config.hook_first_pause,
                longest_pause: config.hook_longest_pause,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_the_longest() {
        let patience =
            Patience { attempts: 10, first_pause: Duration::from_secs(1), longest_pause: Duration::from_secs(60) };
        for (attempt, seconds) in [(1, 1.0), (2, 2.0), (5, 16.0), (7, 60.0), (100, 60.0)] {
            let pause = patience.pause_after(attempt).as_secs_f64();
            assert!((0.5 * seconds..1.5 * seconds).contains(&pause), "{pause} after attempt {attempt}");
        }
    }
}
