//! Live calls come first.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::pipeline::Pipeline;

/// While live calls are being worked on, an operation rests this many times as long as it worked. It never stands still:
/// of a busy service it still gets a fifth.
const REST_PER_WORK: u32 = 4;
/// How soon it notices that the live calls are done.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// Lets live calls go first.
#[derive(Clone)]
pub struct GiveWay {
    pub pipeline: Arc<Pipeline>,
}

impl GiveWay {
    /// Rest after a step that took `worked`, as long as live calls are being worked on, but not longer than is fair.
    pub async fn after(&self, worked: Duration) {
        let until = Instant::now() + worked * REST_PER_WORK;
        while self.pipeline.in_flight() > 0 && Instant::now() < until {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}
