//! The judge of servers: what the answers do to a browser, and the rules that name header text.

mod assertion;
mod effect;
#[cfg(test)]
mod fixture;
mod headers;
mod itself;
mod slow;
mod vary;
mod vary_preflight;
mod vary_text;
mod without_cors;

pub use assertion::{assertions, on_answer};
pub use effect::{INCIDENTAL, blocks_actual, can_be_sent, default_grant, effect, lenient_match, sent_effect};
pub use headers::{headers, max_age};
pub use itself::{Application, retry_after};
pub use slow::{Cost, Growth, growth, is_slow, slow};
pub use vary::{requesters, vary};
pub use vary_preflight::{Variant, variants, vary_preflight};
pub use without_cors::{fails_on_input, is_failure, is_served, refuse_own};
