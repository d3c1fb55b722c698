//! Two ways in which pictures must not be made, for the benchmark that shows why (`make bench-storm`).
//! Behind the feature `counter-proof`, which nothing that is shipped has.

use std::env;
use std::sync::{Arc, LazyLock};
use std::thread;

use tokio::sync::oneshot;

use super::pool::{Cancel, Pool, Priority};
use super::store::PictureKey;
use crate::error::{Error, Kind, Result};

/// How pictures are made; the pool makes them where nothing is said.
#[derive(Clone, Copy)]
enum Way {
    Pool,
    /// By the thread that answers, as if decoding were no work.
    Here,
    /// By a thread for each request, of the priority that all have.
    Thread,
}

static WAY: LazyLock<Way> = LazyLock::new(|| match env::var("SPILLWAY_COUNTER_PROOF").as_deref() {
    Ok("event-loop") => Way::Here,
    Ok("threads") => Way::Thread,
    _ => Way::Pool,
});

/// In place of [`Pool::ask`].
pub(super) async fn ask<V: Send + Sync + 'static>(
    pool: &Pool<PictureKey, V>,
    key: PictureKey,
    priority: Priority,
    bytes: u64,
    work: impl FnOnce(&Cancel) -> Result<V> + Send + 'static,
) -> Result<Arc<V>, Arc<Error>> {
    match *WAY {
        Way::Pool => pool.ask(key, priority, bytes, work)?.await,
        Way::Here => Ok(Arc::new(work(&Cancel::new())?)),
        Way::Thread => {
            let (made_to, made) = oneshot::channel();
            thread::spawn(move || drop(made_to.send(work(&Cancel::new()))));
            let made = made.await.map_err(|e| Error::with_source(Kind::Internal, "drawing", e))?;
            Ok(Arc::new(made?))
        }
    }
}
