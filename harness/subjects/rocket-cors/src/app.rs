//! The application's handler, which also applies the policies of routes.

use crosscheck_adapter_common::{Reply, reply};
use rocket::http::hyper::header::AUTHORIZATION;
use rocket::http::{Method, Status};
use rocket::response::{self, Responder, Response};
use rocket::route::{Handler, Outcome};
use rocket::{Data, Request};
use rocket_cors::Cors;
use std::collections::HashMap;
use std::io::Cursor;
use std::sync::Arc;

/// The path on which the application itself responds to OPTIONS.
pub(crate) const OPTIONS: [&str; 2] = ["/", "/options"];

/// Settings per path instead of for the whole application.
#[derive(Default)]
pub(crate) struct Own {
    /// The settings of every other path.
    pub(crate) main: Option<Cors>,
    /// The settings of some paths.
    pub(crate) paths: HashMap<String, Option<Cors>>,
}

#[derive(Clone)]
pub(crate) struct Application {
    own: Arc<Own>,
}

impl Application {
    pub(crate) fn new(own: Own) -> Self {
        Self { own: Arc::new(own) }
    }
}

#[rocket::async_trait]
impl Handler for Application {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        let path = request.uri().path().as_str();
        if path == "/missing" {
            return Outcome::forward(data, Status::NotFound);
        }
        let authorized = request.headers().contains(AUTHORIZATION.as_str());
        let answer = if request.method() == Method::Options && !OPTIONS.contains(&path) {
            // A route for preflights only.
            Answer::Nothing
        } else {
            reply(request.method().as_str(), path, authorized).map_or(Answer::Failed, Answer::Made)
        };
        match self.own.paths.get(path).unwrap_or(&self.own.main) {
            Some(cors) => Outcome::from(request, cors.clone().respond_owned(|guard| guard.responder(answer))),
            None => Outcome::from(request, answer),
        }
    }
}

enum Answer {
    Made(Reply),
    Nothing,
    Failed,
}

impl<'r> Responder<'r, 'static> for Answer {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let mut response = Response::new();
        let reply = match self {
            Self::Made(reply) => reply,
            Self::Nothing => return Ok(response),
            Self::Failed => return Err(Status::InternalServerError),
        };
        response.set_status(Status::new(reply.status));
        for (name, value) in reply.headers {
            response.set_raw_header(name, value);
        }
        response.set_sized_body(reply.body.len(), Cursor::new(reply.body));
        Ok(response)
    }
}
