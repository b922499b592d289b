use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use tonic::Status;

use crate::operations::{Operation, States};

/// The states of an operation as messages; nothing comes after an error.
pub fn states_stream<O: Operation, M: Send + 'static>(
    states: States<O>,
    to_proto: fn(&O) -> M,
) -> BoxStream<'static, Result<M, Status>> {
    let next = move |mut states: States<O>| async move {
        let state = states.next().await.transpose()?;
        Ok::<_, Status>(state.map(|state| (to_proto(&state), states)))
    };
    stream::try_unfold(states, next).boxed()
}
