//! actix-cors in front of an actix-web application of that time: one service per policy.

mod app;
mod cors;
mod era;
mod serve;

pub use serve::{block_on, serve};
