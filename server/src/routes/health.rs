//! Is the process up, and is it ready?

use axum::extract::State;

use crate::error::ApiError;
use crate::state::App;

/// Is the process up?
#[utoipa::path(get, path = "/healthz", tag = "Health", responses(
    (status = 200, description = "The process is up.", body = String, content_type = "text/plain"),
))]
pub async fn check_health() -> &'static str {
    "ok\n"
}

/// Is the first scan done?
#[utoipa::path(get, path = "/readyz", tag = "Health", responses(
    (status = 200, description = "The first scan is done.", body = String, content_type = "text/plain"),
    (status = 503, description = "Not yet; what is in the catalog is served already.",
     body = crate::error::Problem, content_type = "application/problem+json"),
))]
pub async fn check_readiness(State(app): State<App>) -> Result<&'static str, ApiError> {
    if app.is_ready() {
        Ok("ready\n")
    } else {
        Err(ApiError::unavailable(
            "The first scan is not done yet. What is in the catalog is served already.",
        ))
    }
}
