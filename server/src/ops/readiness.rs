//! Can the service be called? One answer, for `/readyz` and for the gRPC health check.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use crate::store::Store;

/// How long the store may take to say that it is there.
const STORE_TIMEOUT: Duration = Duration::from_secs(3);

#[derive(Clone, Default)]
enum State {
    #[default]
    Starting,
    /// The model is warm and the store was opened.
    Running(Arc<dyn Store>),
    Stopping,
}

/// A handle that all parts of the program share.
#[derive(Clone, Default)]
pub struct Readiness {
    state: Arc<RwLock<State>>,
}

impl Readiness {
    pub fn running(&self, store: Arc<dyn Store>) {
        self.set(State::Running(store));
    }

    pub fn stopping(&self) {
        self.set(State::Stopping);
    }

    fn set(&self, state: State) {
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = state;
    }

    /// # Errors
    /// Why it is not ready, for people.
    pub async fn check(&self) -> Result<(), String> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner).clone();
        let store = match state {
            State::Starting => return Err("starting: model and store are being opened".to_owned()),
            State::Stopping => return Err("shutting down".to_owned()),
            State::Running(store) => store,
        };
        match tokio::time::timeout(STORE_TIMEOUT, store.ready()).await {
            Ok(ready) => ready.map_err(|error| error.to_string()),
            Err(_) => Err(format!("the store has not answered for {} s", STORE_TIMEOUT.as_secs())),
        }
    }
}
