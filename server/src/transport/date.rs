//! The date of an answer.
//!
//! hyper has one of its own, which stands still for as long as the clock on the wall was set back.

use std::cell::RefCell;
use std::time::{SystemTime, UNIX_EPOCH};

use http::HeaderValue;

/// Now, as `Date` has it (RFC 9110 §6.6.1).
pub(super) fn date() -> HeaderValue {
    thread_local! {
        /// The second it is of, and how it is written.
        static LATEST: RefCell<(u64, HeaderValue)> =
            const { RefCell::new((u64::MAX, HeaderValue::from_static(""))) };
    }
    let now = SystemTime::now();
    let second = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    LATEST.with_borrow_mut(|(of_second, date)| {
        if *of_second != second {
            let text = httpdate::fmt_http_date(now);
            *date = HeaderValue::from_str(&text).expect("a date in ASCII");
            *of_second = second;
        }
        date.clone()
    })
}
