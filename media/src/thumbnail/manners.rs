//! How reading for pictures makes way for viewers who wait for a disk.

use std::fmt;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::decode::{Decoders, KeyframeDecoder, Wanted};
use super::film::Film;
use super::frame::Frame;
use crate::error::Result;
use crate::limits::GIVE_WAY_MAX;

/// How often it is looked again whether the disks are wanted.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Tells whether viewers wait for disks now. Called often and from many threads; must not block.
#[derive(Clone)]
pub struct DiskDemand(Arc<dyn Fn() -> bool + Send + Sync>);

impl DiskDemand {
    /// As `is_wanted` tells.
    pub fn new(is_wanted: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(is_wanted))
    }

    /// Of a server without viewers.
    pub fn none() -> Self {
        Self::new(|| false)
    }

    /// Whether a viewer waits for a disk now.
    pub(super) fn is_there(&self) -> bool {
        (self.0)()
    }
}

impl fmt::Debug for DiskDemand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DiskDemand").field(&self.is_there()).finish()
    }
}

/// Decoders that let viewers go first: before each key frame they wait for as long as viewers wait
/// for disks, though not for ever: who asked for the picture waits too.
#[derive(Debug)]
pub(super) struct Polite {
    pub(super) decoders: Decoders,
    pub(super) disk_demand: DiskDemand,
}

impl KeyframeDecoder for Polite {
    fn decode(&self, film: &Film, wanted: Wanted, is_unwanted: &dyn Fn() -> bool) -> Result<Frame> {
        let begun = Instant::now();
        while self.disk_demand.is_there() && begun.elapsed() < GIVE_WAY_MAX && !is_unwanted() {
            sleep(LOOK_EVERY);
        }
        self.decoders.decode(film, wanted, is_unwanted)
    }

    fn cost_bytes(&self, film: &Film) -> u64 {
        self.decoders.cost_bytes(film)
    }
}
