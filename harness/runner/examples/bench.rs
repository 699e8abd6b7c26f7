//! What the harness costs: its CPU time per exchange beside that of a bare hyper client loop, against the same sockets.
//! Needs the adapter process of tower-http beside it. Prints JSON.

use bytes::Bytes;
use crosscheck_corpus::Corpus;
use crosscheck_runner::run::all_cases;
use crosscheck_runner::server::{ServerRun, run_server};
use crosscheck_runner::subject::{Known, Listening, Running, subjects_folder};
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::TokioIo;
use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// User and system time of this process, in seconds.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<f64>().ok()).unwrap_or_default();
    (ticks(11) + ticks(12)) / 100.0
}

/// The most memory so far, in MiB.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find_map(|l| l.strip_prefix("VmHWM:"))
        .unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or_default() / 1024.0
}

async fn bare(address: SocketAddr, exchanges: usize) -> Result<(), Box<dyn Error>> {
    let stream = tokio::net::TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let driven = tokio::spawn(connection);
    for _ in 0..exchanges {
        let request = http::Request::get("/")
            .header("host", "api.example")
            .header("accept", "*/*")
            .header("referer", "https://app.example/")
            .header("origin", "https://app.example")
            .body(Empty::<Bytes>::new())?;
        let response = sender.send_request(request).await?;
        response.into_body().collect().await?;
    }
    drop(sender);
    driven.await??;
    Ok(())
}

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let corpus = Corpus::load(&[PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../cases"))]);
    let known = Known::all(&subjects_folder())?;
    let known = known.get("tower-http-process").ok_or("no tower-http-process")?;
    let cases: Vec<_> = all_cases(&corpus).into_iter().filter(|c| c.for_servers()).collect();
    let policies = ServerRun::policies_of(&corpus, &cases);
    let documents = policies.iter().map(|(id, p)| (id.clone(), p.complete())).collect();
    let running = Running::start(known, &known.name.parse()?, &documents).await?;
    let address = running
        .listeners
        .values()
        .find_map(|l| if let Listening::Ready(a) = l { Some(*a) } else { None })
        .ok_or("nothing listens")?;
    let mut rounds = Vec::new();
    for _ in 0..5 {
        let (began, before) = (Instant::now(), cpu());
        let run = ServerRun {
            known: known.clone(),
            spec: known.name.parse()?,
            subject: known.name.clone(),
            cases: cases.clone(),
            policies: policies.clone(),
            jobs: 2,
            timeout: Duration::from_secs(60),
        };
        let (sender, mut finished) = mpsc::channel(256);
        let asking = tokio::spawn(async move { run_server(run, |_| {}, sender).await.map(|r| r.exchanges) });
        while finished.recv().await.is_some() {}
        let exchanges = asking.await??;
        let (seconds, harness) = (began.elapsed().as_secs_f64(), cpu() - before);
        let before = cpu();
        bare(address, exchanges).await?;
        let bare = cpu() - before;
        rounds.push((
            harness / bare,
            exchanges as f64 / seconds,
            harness / exchanges as f64 * 1e6,
            exchanges,
        ));
    }
    rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (ratio, rate, micros, exchanges) = rounds[rounds.len() / 2];
    println!(
        "{}",
        serde_json::json!({"cpu_ratio": ratio, "exchanges_per_second": rate, "micros_per_exchange": micros, "exchanges": exchanges, "peak_mib": peak(), "cases": Arc::new(cases).len()})
    );
    running.stop().await;
    Ok(())
}
