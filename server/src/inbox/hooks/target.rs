use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use ureq::{Agent, AgentBuilder};

use super::signature;

/// Where a hook's messages go.
#[derive(Clone)]
pub(super) struct Target {
    agent: Agent,
    url: Arc<str>,
    key: Arc<[u8]>,
}

impl Target {
    /// `timeout` is for a whole attempt.
    pub(super) fn new(url: String, key: Vec<u8>, timeout: Duration) -> Self {
        let agent = AgentBuilder::new()
            .timeout(timeout)
            // Whoever answers at the target must not lead us elsewhere.
            .redirects(0)
            .user_agent(concat!("klartext/", env!("CARGO_PKG_VERSION")))
            .build();
        Self { agent, url: url.into(), key: key.into() }
    }

    /// One attempt; `id` stays the same for all attempts of a message.
    ///
    /// # Errors
    /// Why the target has not taken it, in words without its address or answer.
    pub(super) async fn send(&self, id: String, body: String) -> Result<(), String> {
        let target = self.clone();
        let sent = tokio::task::spawn_blocking(move || target.send_now(&id, &body)).await;
        sent.unwrap_or_else(|error| Err(format!("the attempt was cut off: {error}")))
    }

    fn send_now(&self, id: &str, body: &str) -> Result<(), String> {
        let timestamp = Utc::now().timestamp();
        let request = self
            .agent
            .post(&self.url)
            .set("content-type", "application/json")
            .set("webhook-id", id)
            .set("webhook-timestamp", &timestamp.to_string())
            .set("webhook-signature", &signature(&self.key, id, timestamp, body));
        match request.send_string(body) {
            Ok(response) if (200..300).contains(&response.status()) => Ok(()),
            Ok(response) => Err(format!("status {}", response.status())),
            Err(ureq::Error::Status(status, _)) => Err(format!("status {status}")),
            Err(ureq::Error::Transport(failed)) => Err(failed.kind().to_string()),
        }
    }
}
