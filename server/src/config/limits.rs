//! `[limits]`: what is shared out to how many.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

use serde::Deserialize;

use super::ConfigError;
use crate::limits;

/// `[limits]` as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub struct LimitsFile {
    /// Connections at one time.
    pub connections_max: Option<usize>,
    /// Of these, from one address.
    pub connections_per_address_max: Option<usize>,
    /// Streams at one time to one address.
    pub streams_per_address_max: Option<usize>,
    /// Requests for anything but files in a second from one address.
    pub api_requests_per_second_per_address_max: Option<u32>,
    /// Seconds for which that rate may be saved up.
    pub api_burst_s: Option<u64>,
    /// Requests for anything but files at one time.
    pub api_requests_max: Option<usize>,
    /// Seconds for the answer to one of these.
    pub api_timeout_s: Option<u64>,
    /// Clients at one time that follow what the server is doing.
    pub live_clients_max: Option<usize>,
    /// Whether clients on this machine have no limits per address.
    pub loopback_is_exempt: Option<bool>,
    /// Payload in a second on one connection.
    pub bytes_per_second_per_connection_max: Option<u64>,
    /// Payload in a second to one address.
    pub bytes_per_second_per_address_max: Option<u64>,
    /// Bytes that the kernel holds for all clients beyond what is on the way to them.
    pub unsent_bytes_max: Option<u64>,
    /// Bytes of a request head.
    pub request_head_bytes_max: Option<usize>,
    /// Header fields of a request.
    pub request_headers_max: Option<usize>,
    /// Bytes of a request's path and query together.
    pub uri_bytes_max: Option<usize>,
    /// Bytes of a request's body.
    pub request_body_bytes_max: Option<usize>,
    /// Seconds for a whole TLS handshake.
    pub tls_handshake_timeout_s: Option<u64>,
    /// Seconds for a whole request head.
    pub head_timeout_s: Option<u64>,
    /// Seconds between two requests.
    pub idle_timeout_s: Option<u64>,
    /// Seconds without a client taking a byte of its answer.
    pub write_stall_timeout_s: Option<u64>,
    /// Seconds that a disk may take to bring in what is to be sent next.
    pub disk_timeout_s: Option<u64>,
    /// Seconds for running answers once the server was asked to stop.
    pub drain_timeout_s: Option<u64>,
    /// Seconds for running answers once another process has taken over.
    pub hand_over_timeout_s: Option<u64>,
    /// Streams at one time on one HTTP/2 connection.
    pub http_2_streams_max: Option<u32>,
    /// Of these, how many may be opened and reset before they were looked at.
    pub http_2_resets_max: Option<usize>,
    /// Of these, how many may be reset for the client's own faults.
    pub http_2_faults_max: Option<usize>,
    /// Media files that are kept open.
    pub open_files_max: Option<u64>,
}

/// `[limits]` as meant; the default is that of [`crate::limits`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at one time.
    pub connections_max: usize,
    /// Of these, from one address.
    pub connections_per_address_max: usize,
    /// Streams at one time to one address.
    pub streams_per_address_max: usize,
    /// Requests for anything but files in a second from one address.
    pub api_requests_per_second_per_address_max: u32,
    /// For how long that rate may be saved up.
    pub api_burst: Duration,
    /// Requests for anything but files at one time.
    pub api_requests_max: usize,
    /// Time for the answer to one of these.
    pub api_timeout: Duration,
    /// Clients at one time that follow what the server is doing.
    pub live_clients_max: usize,
    /// Whether clients on this machine have no limits per address.
    pub loopback_is_exempt: bool,
    /// Payload in a second on one connection.
    pub bytes_per_second_per_connection_max: Option<u64>,
    /// Payload in a second to one address.
    pub bytes_per_second_per_address_max: Option<u64>,
    /// Bytes that the kernel holds for all clients beyond what is on the way to them.
    pub unsent_bytes_max: u64,
    /// Bytes of a request head.
    pub request_head_bytes_max: usize,
    /// Header fields of a request.
    pub request_headers_max: usize,
    /// Bytes of a request's path and query together.
    pub uri_bytes_max: usize,
    /// Bytes of a request's body.
    pub request_body_bytes_max: usize,
    /// Time for a whole TLS handshake.
    pub tls_handshake_timeout: Duration,
    /// Time for a whole request head.
    pub head_timeout: Duration,
    /// Time between two requests.
    pub idle_timeout: Duration,
    /// Time without a client taking a byte of its answer.
    pub write_stall_timeout: Duration,
    /// Time that a disk may take to bring in what is to be sent next.
    pub disk_timeout: Duration,
    /// Time for running answers once the server was asked to stop.
    pub drain_timeout: Duration,
    /// Time for running answers once another process has taken over.
    pub hand_over_timeout: Duration,
    /// Streams at one time on one HTTP/2 connection.
    pub http_2_streams_max: u32,
    /// Of these, how many may be opened and reset before they were looked at.
    pub http_2_resets_max: usize,
    /// Of these, how many may be reset for the client's own faults.
    pub http_2_faults_max: usize,
    /// Media files that are kept open.
    pub open_files_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        LimitsFile::default().resolve().expect("the defaults are allowed, which a test sees")
    }
}

impl LimitsFile {
    pub(super) fn resolve(self) -> Result<Limits, ConfigError> {
        let (connections_max, connections_per_address_max, streams_per_address_max) =
            self.connections()?;
        let limits = Limits {
            connections_max,
            connections_per_address_max,
            streams_per_address_max,
            api_requests_per_second_per_address_max: at_least_one(
                "api_requests_per_second_per_address_max",
                self.api_requests_per_second_per_address_max,
                limits::API_REQUESTS_PER_SECOND_PER_ADDRESS_MAX,
            )?,
            api_burst: seconds("api_burst_s", self.api_burst_s, limits::API_BURST)?,
            api_requests_max: within(
                "api_requests_max",
                self.api_requests_max.unwrap_or(limits::API_REQUESTS_MAX),
                &limits::API_REQUESTS_MAX_ALLOWED,
            )?,
            api_timeout: seconds("api_timeout_s", self.api_timeout_s, limits::API_TIMEOUT)?,
            live_clients_max: within(
                "live_clients_max",
                self.live_clients_max.unwrap_or(limits::LIVE_CLIENTS_MAX),
                &limits::API_REQUESTS_MAX_ALLOWED,
            )?,
            loopback_is_exempt: self.loopback_is_exempt.unwrap_or(true),
            bytes_per_second_per_connection_max: rate(
                "bytes_per_second_per_connection_max",
                self.bytes_per_second_per_connection_max,
            )?,
            bytes_per_second_per_address_max: rate(
                "bytes_per_second_per_address_max",
                self.bytes_per_second_per_address_max,
            )?,
            unsent_bytes_max: self.unsent_bytes_max(connections_max)?,
            request_head_bytes_max: within(
                "request_head_bytes_max",
                self.request_head_bytes_max.unwrap_or(limits::REQUEST_HEAD_BYTES_MAX),
                &limits::REQUEST_HEAD_BYTES_MAX_ALLOWED,
            )?,
            request_headers_max: within(
                "request_headers_max",
                self.request_headers_max.unwrap_or(limits::REQUEST_HEADERS_MAX),
                &limits::REQUEST_HEADERS_MAX_ALLOWED,
            )?,
            uri_bytes_max: within(
                "uri_bytes_max",
                self.uri_bytes_max.unwrap_or(limits::URI_BYTES_MAX),
                &limits::URI_BYTES_MAX_ALLOWED,
            )?,
            request_body_bytes_max: within(
                "request_body_bytes_max",
                self.request_body_bytes_max.unwrap_or(limits::REQUEST_BODY_BYTES_MAX),
                &limits::REQUEST_BODY_BYTES_MAX_ALLOWED,
            )?,
            tls_handshake_timeout: seconds(
                "tls_handshake_timeout_s",
                self.tls_handshake_timeout_s,
                limits::TLS_HANDSHAKE_TIMEOUT,
            )?,
            head_timeout: seconds(
                "head_timeout_s",
                self.head_timeout_s,
                limits::REQUEST_HEAD_TIMEOUT,
            )?,
            idle_timeout: seconds("idle_timeout_s", self.idle_timeout_s, limits::IDLE_TIMEOUT)?,
            write_stall_timeout: seconds(
                "write_stall_timeout_s",
                self.write_stall_timeout_s,
                limits::WRITE_STALL_TIMEOUT,
            )?,
            disk_timeout: seconds("disk_timeout_s", self.disk_timeout_s, limits::DISK_TIMEOUT)?,
            drain_timeout: seconds("drain_timeout_s", self.drain_timeout_s, limits::DRAIN_TIMEOUT)?,
            hand_over_timeout: within(
                "hand_over_timeout_s",
                self.hand_over_timeout_s.unwrap_or(limits::HAND_OVER_TIMEOUT.as_secs()),
                &limits::HAND_OVER_TIMEOUT_ALLOWED_S,
            )
            .map(Duration::from_secs)?,
            http_2_streams_max: within(
                "http_2_streams_max",
                self.http_2_streams_max.unwrap_or(limits::HTTP_2_STREAMS_MAX),
                &limits::HTTP_2_STREAMS_MAX_ALLOWED,
            )?,
            http_2_resets_max: within(
                "http_2_resets_max",
                self.http_2_resets_max.unwrap_or(limits::HTTP_2_RESETS_MAX),
                &limits::HTTP_2_RESETS_MAX_ALLOWED,
            )?,
            http_2_faults_max: within(
                "http_2_faults_max",
                self.http_2_faults_max.unwrap_or(limits::HTTP_2_FAULTS_MAX),
                &limits::HTTP_2_RESETS_MAX_ALLOWED,
            )?,
            open_files_max: within(
                "open_files_max",
                self.open_files_max.unwrap_or(limits::OPEN_FILES_MAX),
                &limits::OPEN_FILES_MAX_ALLOWED,
            )?,
        };
        limits.check_relations()?;
        Ok(limits)
    }

    /// The default gives way to connections that need more.
    fn unsent_bytes_max(&self, connections_max: usize) -> Result<u64, ConfigError> {
        within(
            "unsent_bytes_max",
            self.unsent_bytes_max
                .unwrap_or(limits::UNSENT_BYTES_ALL_MAX.max(unsent_bytes_min(connections_max))),
            &limits::UNSENT_BYTES_ALL_MAX_ALLOWED,
        )
    }

    /// Connections and streams, of all and of one address.
    fn connections(&self) -> Result<(usize, usize, usize), ConfigError> {
        let connections_max =
            at_least_one("connections_max", self.connections_max, limits::CONNECTIONS_MAX)?;
        let connections_per_address_max = at_least_one(
            "connections_per_address_max",
            self.connections_per_address_max,
            // The default gives way to what was said of another limit.
            limits::CONNECTIONS_PER_ADDRESS_MAX.min(connections_max.div_ceil(2)),
        )?;
        let streams_per_address_max = at_least_one(
            "streams_per_address_max",
            self.streams_per_address_max,
            limits::STREAMS_PER_ADDRESS_MAX.min(connections_per_address_max),
        )?;
        Ok((connections_max, connections_per_address_max, streams_per_address_max))
    }
}

impl Limits {
    /// What `limits.rs` asserts of the defaults, for what was configured.
    fn check_relations(&self) -> Result<(), ConfigError> {
        let Self { connections_max, connections_per_address_max, streams_per_address_max, .. } =
            *self;
        if connections_per_address_max > connections_max.div_ceil(2) {
            return Err(ConfigError::Meaningless(format!(
                "limits.connections_per_address_max = {connections_per_address_max} would let one \
                 address lock the others out: give at most half of limits.connections_max = \
                 {connections_max}, or raise that"
            )));
        }
        if streams_per_address_max > connections_per_address_max {
            return Err(ConfigError::Meaningless(format!(
                "limits.streams_per_address_max = {streams_per_address_max} is more than one \
                 address may have connections, limits.connections_per_address_max = \
                 {connections_per_address_max}: lower the first or raise the second"
            )));
        }
        let unsent_bytes_min = unsent_bytes_min(connections_max);
        if self.unsent_bytes_max < unsent_bytes_min {
            return Err(ConfigError::Meaningless(format!(
                "limits.unsent_bytes_max = {} is too little for limits.connections_max = \
                 {connections_max}: give at least {unsent_bytes_min}, or allow fewer connections",
                self.unsent_bytes_max
            )));
        }
        if self.uri_bytes_max > self.request_head_bytes_max {
            return Err(ConfigError::Meaningless(format!(
                "limits.uri_bytes_max = {} is more than limits.request_head_bytes_max = {}, which \
                 it is part of: lower the first or raise the second",
                self.uri_bytes_max, self.request_head_bytes_max
            )));
        }
        let burst_s = self.api_burst.as_secs();
        let at_once = u64::from(self.api_requests_per_second_per_address_max) * burst_s;
        if at_once < limits::HOME_REQUESTS_MAX {
            return Err(ConfigError::Meaningless(format!(
                "limits.api_requests_per_second_per_address_max = {} and limits.api_burst_s = \
                 {burst_s} let {at_once} requests come at once, and the home page needs up to {}: \
                 raise one of them",
                self.api_requests_per_second_per_address_max,
                limits::HOME_REQUESTS_MAX
            )));
        }
        let stall_s = self.write_stall_timeout.as_secs();
        if let Some(rate) = self.bytes_per_second_per_address_max
            && (rate / streams_per_address_max as u64).saturating_mul(stall_s)
                < limits::SEGMENT_BYTES
        {
            return Err(ConfigError::Meaningless(format!(
                "limits.bytes_per_second_per_address_max = {rate}, shared by \
                 limits.streams_per_address_max = {streams_per_address_max}, moves less than a \
                 segment in limits.write_stall_timeout_s = {stall_s}, so streams would be taken \
                 for stalled: raise the rate or the time, or lower the number of streams"
            )));
        }
        Ok(())
    }
}

/// What so many connections need at least.
fn unsent_bytes_min(connections_max: usize) -> u64 {
    (connections_max as u64).saturating_mul(limits::UNSENT_BYTES_MIN.into())
}

fn at_least_one<T: PartialEq + From<u8>>(
    key: &str,
    value: Option<T>,
    default: T,
) -> Result<T, ConfigError> {
    let value = value.unwrap_or(default);
    if value == T::from(0) {
        return Err(ConfigError::Meaningless(format!(
            "limits.{key} = 0 would serve nobody: give at least 1, or leave it out"
        )));
    }
    Ok(value)
}

fn rate(key: &str, bytes_per_second: Option<u64>) -> Result<Option<u64>, ConfigError> {
    match bytes_per_second {
        Some(rate) if rate < limits::BYTES_PER_SECOND_MIN => {
            Err(ConfigError::Meaningless(format!(
                "limits.{key} = {rate} is too slow for any film: give at least {}, or leave it out",
                limits::BYTES_PER_SECOND_MIN
            )))
        }
        rate => Ok(rate),
    }
}

fn seconds(key: &str, value: Option<u64>, default: Duration) -> Result<Duration, ConfigError> {
    within(key, value.unwrap_or(default.as_secs()), &limits::TIMEOUT_ALLOWED_S)
        .map(Duration::from_secs)
}

fn within<T: PartialOrd + Display>(
    key: &str,
    value: T,
    allowed: &RangeInclusive<T>,
) -> Result<T, ConfigError> {
    super::within(&format!("limits.{key}"), value, allowed)
}
