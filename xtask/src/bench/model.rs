//! Measures the model: preflighted exchanges per second on one core, the allocations of one, and the additional cost of parsing and
//! tracing.

use super::{ROUNDS, against, median};
use anyhow::{Context as _, Result, ensure};
use cpu_time::ThreadTime;
use crosscheck_fetch::{
    Answer, Browser, Driver, HeaderList, Init, InitBody, Off, Options, Origin, Outcome, Page, Request, ResponseType,
    Trace, Tracer, WireResponse,
};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::hint::black_box;

/// Batches of one round, and preflighted exchanges in a batch. A batch is so small that its inputs are still in the CPU cache.
const BATCHES: usize = 100;
const BATCH: usize = 200;

struct Input {
    request: Request,
    preflight: Answer,
    actual: Answer,
}

fn page() -> Result<Page> {
    Ok(Page::new(Origin::parse_serialized("https://app.example")?))
}

fn init() -> Init {
    Init {
        method: Some(Cow::Borrowed(b"PUT")),
        headers: vec![
            (Cow::Borrowed(b"Content-Type"), Cow::Borrowed(b"application/json")),
            (Cow::Borrowed(b"X-Request-Id"), Cow::Borrowed(b"42")),
        ],
        body: Some(InitBody::Text("{}".into())),
        ..Init::new("https://api.example/items/1?full=1")
    }
}

fn answer(status: u16, headers: &[(&'static str, &'static str)]) -> Answer {
    let headers: HeaderList = headers
        .iter()
        .map(|(n, v)| (n.as_bytes(), v.as_bytes().to_vec()))
        .collect();
    Answer::Response(WireResponse {
        status,
        headers,
        ..WireResponse::default()
    })
}

fn input(page: &Page) -> Result<Input> {
    Ok(Input {
        request: Request::new(page, init())?,
        preflight: answer(
            204,
            &[
                ("Access-Control-Allow-Origin", "https://app.example"),
                ("Access-Control-Allow-Methods", "GET, PUT, DELETE"),
                ("Access-Control-Allow-Headers", "content-type, x-request-id"),
                ("Access-Control-Max-Age", "600"),
                ("Vary", "Origin"),
            ],
        ),
        actual: answer(
            200,
            &[
                ("Access-Control-Allow-Origin", "https://app.example"),
                ("Access-Control-Expose-Headers", "ETag"),
                ("Content-Type", "application/json"),
                ("Vary", "Origin"),
            ],
        ),
    })
}

fn drive<T: Tracer>(input: Input) -> Outcome {
    let mut answers = [Some(input.preflight), Some(input.actual)].into_iter();
    let ended = Driver::<T>::new(input.request, Options::default()).run(&mut Browser::new(), |wire| {
        black_box(&wire);
        answers.next().flatten().unwrap_or(Answer::Failure)
    });
    black_box(ended.tracer);
    ended.outcome
}

fn plain(input: Input) -> Outcome {
    drive::<Off>(input)
}

fn traced(input: Input) -> Outcome {
    drive::<Trace>(input)
}

/// Measures the model. Fails if the exchange has an unexpected outcome.
pub(crate) fn measure() -> Result<Value> {
    let page = page()?;
    let outcome = plain(input(&page)?);
    ensure!(
        outcome.response_type == ResponseType::Cors && outcome.status == 200,
        "the benchmark's exchange fails: {outcome:?}"
    );
    let (mut bare, mut with_trace, mut with_parsing) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let mut round = [0.0; 3];
        for _ in 0..BATCHES {
            round[0] += time(inputs(&page)?, plain)?;
            round[1] += time(inputs(&page)?, traced)?;
            round[2] += time(vec![(); BATCH], |()| input(&page).map(plain))?;
        }
        bare.push(round[0]);
        with_trace.push(round[1]);
        with_parsing.push(round[2]);
    }
    let exchanges = f64::from(u32::try_from(BATCH * BATCHES)?);
    let one = input(&page)?;
    let allocations = allocation_counter::measure(|| {
        black_box(plain(one));
    });
    let (bare, with_trace, with_parsing) = (median(bare), median(with_trace), median(with_parsing));
    Ok(json!({
        "preflighted_exchanges_per_second": against(exchanges / bare, 150_000.0, true),
        "allocations_per_preflighted_exchange": against(u32::try_from(allocations.count_total).map(f64::from).context("too many allocations")?, 40.0, false),
        "ratio_with_parsing": with_parsing / bare,
        "ratio_with_trace": with_trace / bare,
    }))
}

fn inputs(page: &Page) -> Result<Vec<Input>> {
    (0..BATCH).map(|_| input(page)).collect()
}

/// Returns the CPU seconds of this thread for a batch.
fn time<I, O>(items: Vec<I>, work: impl Fn(I) -> O) -> Result<f64> {
    let start = ThreadTime::now();
    for item in items {
        black_box(work(item));
    }
    Ok(start.elapsed().as_secs_f64())
}
