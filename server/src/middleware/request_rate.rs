//! A bound on how often one address may ask the interface; beyond it the answer is 429 at once.
//!
//! Each address has a bucket of tokens, kept as one number: the time at which it will be full
//! again. It outlives connections, as a client could open one for each request. An address that
//! was not heard of for as long as a bucket takes to fill has a full one again, so forgetting it
//! then changes nothing; if the table is full, the one not heard of for longest is forgotten early,
//! in its favour.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use crate::error::ApiError;
use crate::limits::RATED_ADDRESSES_MAX;
use crate::transport::{Peer, client_network};

/// How often every address may ask. Clones share the buckets.
#[derive(Clone)]
pub struct RequestRate {
    /// Time that one request costs.
    interval: Duration,
    /// How long the rate may be saved up.
    burst: Duration,
    loopback_is_exempt: bool,
    began: Instant,
    /// When each address' bucket is full again, in nanoseconds since `began`.
    full_at_ns: Cache<IpAddr, Arc<AtomicU64>>,
}

impl RequestRate {
    /// So many requests a second, and as many at once as in the time of `burst`.
    pub fn new(per_second: u32, burst: Duration, loopback_is_exempt: bool) -> Self {
        let full_at_ns = Cache::builder()
            .max_capacity(RATED_ADDRESSES_MAX)
            .time_to_idle(burst)
            // By use alone: an address that asks often must not be kept for it.
            .eviction_policy(EvictionPolicy::lru())
            .build();
        Self {
            interval: Duration::from_secs(1) / per_second.max(1),
            burst,
            loopback_is_exempt,
            began: Instant::now(),
            full_at_ns,
        }
    }

    /// Takes a token, or says how long the next one takes.
    fn take(&self, address: IpAddr, now: Instant) -> Result<(), Duration> {
        if self.loopback_is_exempt && address.to_canonical().is_loopback() {
            return Ok(());
        }
        let now_ns = nanoseconds(now - self.began);
        let (interval_ns, burst_ns) = (nanoseconds(self.interval), nanoseconds(self.burst));
        let full_at_ns = self.full_at_ns.get_with(client_network(address), Arc::default);
        let taken = full_at_ns.fetch_update(Relaxed, Relaxed, |full_at_ns| {
            let after = full_at_ns.max(now_ns) + interval_ns;
            (after - now_ns <= burst_ns).then_some(after)
        });
        taken.map(drop).map_err(|full_at_ns| {
            Duration::from_nanos((full_at_ns + interval_ns).saturating_sub(now_ns + burst_ns))
        })
    }
}

/// Passes the request on if its client has not asked too often. For
/// `axum::middleware::from_fn_with_state`.
pub async fn limit_rate(
    State(rate): State<RequestRate>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    // Absent where there is no connection.
    let peer = request.extensions().get::<Peer>().map(|peer| peer.address.ip());
    if let Some(Err(wait)) = peer.map(|address| rate.take(address, Instant::now())) {
        return Err(ApiError::too_many(
            "api_requests_per_second_per_address_max",
            "Too many requests from this address. Ask less often; films go on playing.",
            u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1),
        ));
    }
    Ok(next.run(request).await)
}

/// Five centuries fit.
fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BURST: Duration = Duration::from_secs(20);

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    /// How many requests in a row pass.
    fn burst(rate: &RequestRate, address: &str, now: Instant) -> usize {
        (0..1_000_000).take_while(|_| rate.take(ip(address), now).is_ok()).count()
    }

    #[test]
    fn a_burst_passes_and_then_the_rate_holds() {
        let rate = RequestRate::new(10, BURST, true);
        let begin = rate.began;
        let whole = 10 * usize::try_from(BURST.as_secs()).expect("some seconds");
        assert_eq!(burst(&rate, "192.0.2.7", begin), whole);
        assert_eq!(burst(&rate, "192.0.2.7", begin), 0, "refusals cost nothing and give nothing");
        assert_eq!(burst(&rate, "192.0.2.7", begin + Duration::from_secs(1)), 10);
        assert_eq!(burst(&rate, "192.0.2.7", begin + Duration::from_hours(1)), whole);
    }

    #[test]
    fn the_wait_is_the_time_until_a_request_passes() {
        let rate = RequestRate::new(10, BURST, true);
        let begin = rate.began;
        burst(&rate, "192.0.2.7", begin);
        let wait = rate.take(ip("192.0.2.7"), begin).expect_err("too often");
        assert_eq!(wait, Duration::from_millis(100));
        assert!(rate.take(ip("192.0.2.7"), begin + wait).is_ok());
    }

    proptest! {
        #[test]
        fn what_passes_is_what_a_bucket_of_tokens_lets_pass(
            per_second in 1_u32..50,
            gaps_ms in proptest::collection::vec(prop_oneof![Just(0), 0_u64..3_000], 0..2_000),
        ) {
            let rate = RequestRate::new(per_second, BURST, true);
            // Tokens are counted as the time they take to come.
            let (full, price) = (BURST, rate.interval);
            let (mut tokens, mut now) = (full, rate.began);
            for gap_ms in gaps_ms {
                let gap = Duration::from_millis(gap_ms);
                now += gap;
                tokens = (tokens + gap).min(full);
                let passes = rate.take(ip("192.0.2.7"), now).is_ok();
                prop_assert_eq!(passes, tokens >= price);
                if passes {
                    tokens -= price;
                }
            }
        }
    }

    #[test]
    fn each_address_has_its_own_and_this_machine_none() {
        let rate = RequestRate::new(1, BURST, true);
        let begin = rate.began;
        burst(&rate, "192.0.2.7", begin);
        assert!(rate.take(ip("192.0.2.8"), begin).is_ok());
        burst(&rate, "2001:db8::1", begin);
        assert!(rate.take(ip("2001:db8::2"), begin).is_err(), "one network of 64 bits");
        assert!(rate.take(ip("2001:db8:0:1::"), begin).is_ok());
        assert_eq!(burst(&rate, "127.0.0.1", begin), 1_000_000);
        assert!(burst(&RequestRate::new(1, BURST, false), "127.0.0.1", begin) < 1_000);
    }

    #[test]
    fn addresses_beyond_the_bound_are_forgotten() {
        let rate = RequestRate::new(1, BURST, true);
        for number in 0..u32::try_from(2 * RATED_ADDRESSES_MAX).expect("thousands") {
            let address = std::net::Ipv4Addr::from_bits(0x0a00_0000 + number);
            assert!(rate.take(address.into(), rate.began).is_ok(), "{address}");
        }
        rate.full_at_ns.run_pending_tasks();
        assert!(rate.full_at_ns.entry_count() <= RATED_ADDRESSES_MAX);
    }
}
