//! Measures the server runner: its cost per exchange compared with a bare hyper client loop. Both run against the adapter process of
//! tower-http, interleaved.

use super::{against, median};
use crate::process::root;
use anyhow::{Context as _, Result};
use bytes::Bytes;
use cpu_time::ProcessTime;
use crosscheck_corpus::{Case, Corpus};
use crosscheck_runner::run::all_cases;
use crosscheck_runner::server::{ServerRun, run_server};
use crosscheck_runner::subject::{PolicySupport, RunningSubject};
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

/// Each round replays the whole server corpus.
const ROUNDS: usize = 5;
const SUBJECT: &str = "tower-http-process";
/// Only a run that hangs waits so long.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Measures the server runner.
pub(crate) fn measure() -> Result<Value> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(rounds())
}

async fn rounds() -> Result<Value> {
    let corpus = Corpus::load(&[root().join("cases")]);
    let known = crosscheck::subjects::all()?;
    let known = known.get(SUBJECT).context("no tower-http-process")?;
    let cases: Vec<Arc<Case>> = all_cases(&corpus).into_iter().filter(|c| c.for_servers()).collect();
    let run = ServerRun {
        known: known.clone(),
        spec: known.name.parse()?,
        subject: known.name.clone(),
        policies: ServerRun::policies_of(&corpus, &cases),
        cases,
        jobs: 2,
        timeout: TIMEOUT,
        headers: crosscheck_runner::server::AddedHeaders::default(),
    };
    let running = RunningSubject::start(known, &run.spec, &run.documents()).await?;
    let ready = |l: &PolicySupport| match l {
        PolicySupport::Ready(address) => Some(*address),
        _ => None,
    };
    let address = running.listeners.values().find_map(ready).context("nothing listens")?;
    let (mut ratios, mut rates, mut micros) = (Vec::new(), Vec::new(), Vec::new());
    let mut exchanges = 0;
    for _ in 0..ROUNDS {
        let (clock, cpu) = (Instant::now(), ProcessTime::now());
        exchanges = whole(run.clone()).await?;
        let (seconds, harness) = (clock.elapsed().as_secs_f64(), cpu.elapsed().as_secs_f64());
        let cpu = ProcessTime::now();
        bare(address, exchanges).await?;
        let bare = cpu.elapsed().as_secs_f64();
        let count = f64::from(u32::try_from(exchanges)?);
        ratios.push(harness / bare);
        rates.push(count / seconds);
        micros.push(harness / count * 1e6);
    }
    running.stop().await;
    Ok(json!({
        "cases": run.cases.len(),
        "exchanges": exchanges,
        "rounds": ROUNDS,
        "cpu_to_bare_hyper_loop": against(median(ratios), 2.0, false),
        "exchanges_per_second": against(median(rates), 2000.0, true),
        "cpu_micros_per_exchange": median(micros),
    }))
}

/// Performs a whole run, including the start of the adapter. Returns the number of exchanges.
async fn whole(run: ServerRun) -> Result<usize> {
    let (sender, mut finished) = mpsc::channel(256);
    let running = tokio::spawn(async move { run_server(run, |_| {}, sender).await.map(|r| r.exchanges) });
    while finished.recv().await.is_some() {}
    Ok(running.await??)
}

/// Performs a number of exchanges over one connection, with hyper only.
async fn bare(address: SocketAddr, exchanges: usize) -> Result<()> {
    let stream = TcpStream::connect(address).await?;
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
        sender.ready().await?;
        sender.send_request(request).await?.into_body().collect().await?;
    }
    drop(sender);
    driven.await??;
    Ok(())
}
