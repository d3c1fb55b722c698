//! `[limits]`: what is shared out to how many.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

use serde::Deserialize;

use super::ConfigError;
use crate::limits;

/// `[limits]` as typed.
#[derive(Clone, Debug, Default, Deserialize)]
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
    /// Whether clients on this machine have no limits per address.
    pub loopback_is_exempt: Option<bool>,
    /// Payload in a second on one connection.
    pub bytes_per_second_per_connection_max: Option<u64>,
    /// Payload in a second to one address.
    pub bytes_per_second_per_address_max: Option<u64>,
    /// Bytes of a request head.
    pub request_head_bytes_max: Option<usize>,
    /// Header fields of a request.
    pub request_headers_max: Option<usize>,
    /// Seconds for a whole request head.
    pub head_timeout_s: Option<u64>,
    /// Seconds between two requests.
    pub idle_timeout_s: Option<u64>,
    /// Seconds without a client taking a byte of its answer.
    pub write_stall_timeout_s: Option<u64>,
    /// Seconds that a disk may take to bring in what is to be sent next.
    pub disk_timeout_s: Option<u64>,
}

/// `[limits]` as meant.
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
    /// Whether clients on this machine have no limits per address.
    pub loopback_is_exempt: bool,
    /// Payload in a second on one connection.
    pub bytes_per_second_per_connection_max: Option<u64>,
    /// Payload in a second to one address.
    pub bytes_per_second_per_address_max: Option<u64>,
    /// Bytes of a request head.
    pub request_head_bytes_max: usize,
    /// Header fields of a request.
    pub request_headers_max: usize,
    /// Time for a whole request head.
    pub head_timeout: Duration,
    /// Time between two requests.
    pub idle_timeout: Duration,
    /// Time without a client taking a byte of its answer.
    pub write_stall_timeout: Duration,
    /// Time that a disk may take to bring in what is to be sent next.
    pub disk_timeout: Duration,
}

impl LimitsFile {
    pub(super) fn resolve(self) -> Result<Limits, ConfigError> {
        Ok(Limits {
            connections_max: at_least_one(
                "connections_max",
                self.connections_max,
                limits::CONNECTIONS_MAX,
            )?,
            connections_per_address_max: at_least_one(
                "connections_per_address_max",
                self.connections_per_address_max,
                limits::CONNECTIONS_PER_ADDRESS_MAX,
            )?,
            streams_per_address_max: at_least_one(
                "streams_per_address_max",
                self.streams_per_address_max,
                limits::STREAMS_PER_ADDRESS_MAX,
            )?,
            api_requests_per_second_per_address_max: at_least_one(
                "api_requests_per_second_per_address_max",
                self.api_requests_per_second_per_address_max,
                limits::API_REQUESTS_PER_SECOND_PER_ADDRESS_MAX,
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
        })
    }

    /// Whether no key is left out.
    #[cfg(test)]
    pub(super) fn is_complete(&self) -> bool {
        self.connections_max.is_some()
            && self.connections_per_address_max.is_some()
            && self.streams_per_address_max.is_some()
            && self.api_requests_per_second_per_address_max.is_some()
            && self.loopback_is_exempt.is_some()
            && self.bytes_per_second_per_connection_max.is_some()
            && self.bytes_per_second_per_address_max.is_some()
            && self.request_head_bytes_max.is_some()
            && self.request_headers_max.is_some()
            && self.head_timeout_s.is_some()
            && self.idle_timeout_s.is_some()
            && self.write_stall_timeout_s.is_some()
            && self.disk_timeout_s.is_some()
    }
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
    if !allowed.contains(&value) {
        return Err(ConfigError::Meaningless(format!(
            "limits.{key} = {value} is out of bounds: {} to {} are allowed",
            allowed.start(),
            allowed.end()
        )));
    }
    Ok(value)
}
