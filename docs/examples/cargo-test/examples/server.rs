//! Serves the policy in CROSSCHECK_POLICY, for `crosscheck run`. The test does not need it.

#[path = "../tests/served/mod.rs"]
mod served;

use tokio::net::TcpListener;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let variable = |name: &str| std::env::var(name).expect("a variable of Crosscheck");
    let policy = serde_json::from_str(&variable("CROSSCHECK_POLICY")).expect("a policy");
    let port = variable("PORT").parse().expect("a port");
    let listener = TcpListener::bind((variable("HOST"), port)).await.expect("a socket");
    served::serve(listener, &policy).await;
}
