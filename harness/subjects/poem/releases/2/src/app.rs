//! The application's handlers for releases before 3.

use crosscheck_adapter_common::reply;
use poem::error::{InternalServerError, NotFoundError};
use poem::http::{StatusCode, header};
use poem::{Endpoint, Request, Response, Result, async_trait};
use std::io;

/// Every path with a route.
pub(crate) struct Application;

#[async_trait]
impl Endpoint for Application {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let authorized = request.headers().contains_key(header::AUTHORIZATION);
        let Some(reply) = reply(request.method().as_str(), request.uri().path(), authorized) else {
            return Err(InternalServerError(io::Error::other("the handler failed")));
        };
        let mut response = Response::builder().status(StatusCode::from_u16(reply.status).unwrap_or_default());
        for (name, value) in reply.headers {
            response = response.header(name, value);
        }
        Ok(response.body(reply.body))
    }
}

/// The response of poem's router if it has no route.
pub(crate) struct Unrouted;

#[async_trait]
impl Endpoint for Unrouted {
    type Output = Response;

    async fn call(&self, _: Request) -> Result<Response> {
        Err(NotFoundError.into())
    }
}
